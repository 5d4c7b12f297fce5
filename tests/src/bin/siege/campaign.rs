//! All sieges that were asked for, one after the other.

use std::process::Command;

use crate::child;
use crate::options::{AdapterName, AttackName, Carrier, Options};
use crate::siege;

/// One siege.
#[derive(Clone, Copy)]
struct Plan {
    adapter: AdapterName,
    carrier: Carrier,
    attack: AttackName,
}

/// Runs them; how many failed.
pub(crate) fn run(options: &Options) -> usize {
    let plans = plans(options);
    let failed = match plans[..] {
        [one] => usize::from(!siege::run(options, one.adapter, one.carrier, one.attack)),
        _ => plans.iter().filter(|plan| !plan.run_apart(options)).count(),
    };
    println!("{} sieges, {failed} failed", plans.len());
    failed
}

fn plans(options: &Options) -> Vec<Plan> {
    let adapters = [AdapterName::Tokio, AdapterName::TokioMt, AdapterName::Smol, AdapterName::Std];
    let attacks = AttackName::ALONE.into_iter().chain([AttackName::All]);
    let mut plans = Vec::new();
    for adapter in adapters.into_iter().filter(|adapter| options.adapter.is_none_or(|only| only == *adapter))
    {
        for carrier in [Carrier::Unix, Carrier::Tcp, Carrier::Tls] {
            let attacks = attacks.clone().filter(|attack| attack.suits(carrier));
            plans.extend(attacks.map(|attack| Plan { adapter, carrier, attack }));
        }
    }
    plans.retain(|plan| options.transport.is_none_or(|only| only == plan.carrier));
    plans.retain(|plan| options.attack.is_none_or(|only| only == plan.attack));
    plans
}

impl Plan {
    /// In a process of its own: nothing of one siege is counted in the next, and a server that dies is one failure.
    fn run_apart(&self, options: &Options) -> bool {
        let mut command = Command::new(child::own_program());
        command.args(["--adapter", &self.adapter.to_string()]);
        command.args(["--transport", &self.carrier.to_string(), "--attack", &self.attack.to_string()]);
        command.args(child::passed_on(options));
        let output = command.output().expect("this program can be run again");
        let said = String::from_utf8_lossy(&output.stdout);
        said.lines().filter(|line| !line.contains(" sieges, ")).for_each(|line| println!("{line}"));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        output.status.success()
    }
}
