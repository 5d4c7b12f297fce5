//! A child process: one side of one measurement.

use core::time::Duration;
use std::{io, process, thread};

use rustix::process::{Resource, Rlimit, getrlimit, setpriority_process, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::order::Order;
use crate::said::Said;
use crate::{Result, contender, heap, role, usage};

/// Carries out an order; what comes of it is said on the standard output.
pub(crate) fn run(order: &str) -> Result {
    let order: Order = serde_json::from_str(order)?;
    prepare(&order)?;
    thread::spawn(answer_questions);
    let (entry, side) = (contender::find(&order.contender)?, order.side);
    match (entry.obey)(order) {
        Ok(()) => {}
        Err(error) if role::is_unsupported(&error) => Said::Unsupported.say()?,
        Err(error) => Said::Failed(format!("{side:?}: {error:#}")).say()?,
    }
    // The parent decides when both sides end.
    thread::sleep(Duration::MAX);
    Ok(())
}

/// Before there is any second thread, so that all of them stay on the core.
fn prepare(order: &Order) -> Result {
    if let Some(core) = order.core {
        let mut set = CpuSet::new();
        set.set(core);
        sched_setaffinity(None, &set)?;
    }
    setpriority_process(None, order.nice)?;
    usage::include_peer(order);
    if order.count_allocations {
        heap::count();
    }
    let most = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most })?)
}

/// Each line that the parent writes asks what was used so far. When he is gone, so is this process.
fn answer_questions() {
    for _question in io::stdin().lines().map_while(io::Result::ok) {
        let said = usage::now().map_or_else(|error| Said::Failed(error.to_string()), Said::Usage);
        if said.say().is_err() {
            break;
        }
    }
    process::exit(0);
}
