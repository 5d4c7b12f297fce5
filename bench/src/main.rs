//! bowline beside its peers: every workload for every contender, in one run.

mod child;
mod contender;
mod figure;
mod heap;
mod machine;
mod options;
mod order;
mod pace;
mod pair;
mod plan;
mod record;
mod report;
mod role;
mod rounds;
mod said;
mod spinners;
mod usage;

use clap::Parser;

use options::Options;

/// What can go wrong is told to people.
type Result<T = ()> = anyhow::Result<T>;

fn main() -> Result {
    let options = Options::parse();
    if let Some(order) = &options.child {
        return child::run(order);
    }
    if options.list {
        contender::ALL.iter().for_each(|entry| println!("{}", entry.name));
        return Ok(());
    }
    let plan = plan::Plan::new(&options)?;
    eprintln!("{}", plan.describe());
    let records = rounds::run(&plan)?;
    report::make(&plan, &records, &options.out)
}
