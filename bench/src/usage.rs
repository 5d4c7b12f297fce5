//! What this process has used.

use core::time::Duration;
use std::sync::OnceLock;
use std::{fs, process};

use anyhow::Context;
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

use crate::order::Order;
use crate::said::Usage;
use crate::{Result, heap};

/// Since it began.
pub(crate) fn now() -> Result<Usage> {
    let status = fs::read_to_string("/proc/self/status")?;
    Ok(Usage {
        resident: number(&status, "VmRSS:")? << 10,
        resident_peak: number(&status, "VmHWM:")? << 10,
        held: heap::held(),
        allocations: heap::allocations(),
        sleeps: switches("voluntary_ctxt_switches:")?,
        preemptions: switches("nonvoluntary_ctxt_switches:")?,
    })
}

/// The other process of a pair, once it is known.
static PEER: OnceLock<u32> = OnceLock::new();

/// The peer's work counts, too, from now on.
pub(crate) fn include_peer(order: &Order) {
    if let Some(peer) = order.peer {
        PEER.get_or_init(|| peer);
    }
}

/// How long the processors have worked for this process and its peer.
pub(crate) fn processors() -> Duration {
    let processes = [Some(process::id()), PEER.get().copied()];
    processes.into_iter().flatten().map(|process| work_of(process).unwrap_or_default()).sum()
}

fn work_of(process: u32) -> Result<Duration> {
    let clock = clock_getcpuclockid(Pid::from_raw(process.try_into()?))?;
    Ok(clock_gettime(clock)?.into())
}

/// The number behind a name.
fn number(status: &str, name: &str) -> Result<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name)).context("the system does not say")?;
    Ok(value.split_whitespace().next().context("the system says nothing")?.parse()?)
}

/// The sum over all threads that there are.
fn switches(name: &str) -> Result<u64> {
    let mut sum = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        // One that has ended meanwhile is left out.
        if let Ok(status) = fs::read_to_string(thread?.path().join("status")) {
            sum += number(&status, name)?;
        }
    }
    Ok(sum)
}
