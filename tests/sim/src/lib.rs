//! bowline's core in a world that a seed decides: virtual time, streams that cut, delay, clog and reset, transports that
//! confirm later, hostile peers, and programs that do everything in any order. A plain reference says what must come of it.
//!
//! After each step the invariants I1 to I17 of `RELIABILITY.md` are checked; a panic names the one that does not hold.
//! [`Script`]s are data: a seed stands for one, a fuzzer makes others of any bytes, and [`shrink()`] finds the shortest that
//! still fails.
//!
//! ```
//! use bowline_core::Heap;
//! use bowline_sim::{Script, play};
//!
//! let script = Script::generate(1);
//! assert_eq!(play::<Heap>(&script), play::<Heap>(&script));
//! ```

#[cfg(feature = "cli")]
pub mod cli;
mod dice;
mod digest;
mod end;
mod guarded;
mod hostile;
mod link;
mod lobby;
mod marks;
mod model;
mod shrink;
mod step;
mod swarm;
mod tap;
mod wire;
mod world;

pub use digest::Digest;
pub use end::{Memory, Small};
pub use marks::{Mark, Marks};
pub use shrink::{attempt, shrink};
pub use step::{Action, Script, Side, Step};
pub use world::{Summary, play};
