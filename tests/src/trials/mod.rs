//! Endurance trials: the real adapters over real sockets, with real processes, for as long as one likes.
//!
//! Each trial is a function of a [`Setting`] that returns a [`Report`]. The test binary `endurance` runs them in small
//! numbers; the program `endure` runs them in large ones.

mod aborts;
pub mod child;
pub mod children;
mod closes;
mod figures;
mod kills;
mod lanes;
mod ledger;
mod outcome;
mod place;
pub mod proxy;
mod report;
mod silent;
pub mod soak;
mod stamp;
mod stops;
mod way;

pub use aborts::aborts;
pub use child::Doomed;
pub use closes::closes;
pub use kills::kills;
pub use lanes::in_lanes;
pub use outcome::{poll_once, within};
pub use place::{PLACES, Place, Setting, TRANSPORTS, transport_name};
pub use proxy::proxy;
pub use report::Report;
pub use silent::silent;
pub use stamp::Stamp;
pub use stops::stops;
pub use way::Way;
