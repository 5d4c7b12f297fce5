//! Plays a scenario of the core so many times: `bowline-instructions NAME COUNT`. Without arguments it names them all.
//!
//! Under callgrind two counts tell what one more time costs, and nothing else does: no socket, no clock, no thread.
//! `.ci/instructions` does that.

mod pair;
mod scenario;

use core::error::Error;

use scenario::SCENARIOS;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [name, count] = &arguments[..] {
        let (_, play) =
            SCENARIOS.iter().find(|(known, _)| known == name).ok_or("there is no such scenario")?;
        play(count.parse()?);
    } else {
        SCENARIOS.iter().for_each(|(name, _)| println!("{name}"));
    }
    Ok(())
}
