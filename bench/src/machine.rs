//! Where and when it was measured.

use std::fs;
use std::time::SystemTime;

/// The processor, the system and the day, in a line.
pub(crate) fn describe() -> String {
    let (processor, kernel) = (processor(), rustix::system::uname().release().to_string_lossy().into_owned());
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{} · {count} × {processor} · Linux {kernel}", today())
}

fn processor() -> String {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information.lines().find_map(|line| line.strip_prefix("model name"));
    model.map_or("unknown", |model| model.trim_start_matches([' ', '\t', ':'])).to_owned()
}

/// As `2026-07-09`.
fn today() -> String {
    let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    now.chars().take_while(|&character| character != 'T').collect()
}
