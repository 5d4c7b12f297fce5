//! Where a trial is run.

use std::path::PathBuf;

use bowline_runtime::Profile;

use crate::{Adapter, Smol, Std, Tokio, Transport, World};

/// An adapter by its name.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The name, as in the arguments of a program.
    pub name: &'static str,
    /// Makes one.
    pub make: fn() -> Box<dyn Adapter>,
}

/// All adapters.
pub const PLACES: [Place; 4] = [
    Place { name: "tokio", make: Tokio::current_thread },
    Place { name: "tokio-mt", make: Tokio::multi_thread },
    Place { name: "smol", make: Smol::own_executor },
    Place { name: "std", make: Std::threads },
];

/// The transports that trials are run on.
pub const TRANSPORTS: [Transport; 2] = [Transport::Unix, Transport::Tcp];

impl Place {
    /// The one with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        PLACES.into_iter().find(|place| place.name == name)
    }
}

/// The name of a transport, as in the arguments of a program.
#[must_use]
pub const fn transport_name(transport: Transport) -> &'static str {
    match transport {
        Transport::Unix => "unix",
        Transport::Abstract => "abstract",
        Transport::Pipe => "pipe",
        Transport::Tcp => "tcp",
        Transport::Tls => "tls",
        Transport::Stream => "stream",
    }
}

/// What is tried, where, and how often.
#[derive(Clone, Debug)]
pub struct Setting {
    /// How often.
    pub count: u64,
    /// What determines every choice.
    pub seed: u64,
    /// On which adapter.
    pub place: Place,
    /// Over what.
    pub transport: Transport,
    /// The program `endure`, to be started as a child.
    pub program: PathBuf,
}

impl Setting {
    /// A world of this kind.
    #[must_use]
    pub fn world(&self) -> World {
        World::new(self.place.make, self.transport, Profile::Full)
    }

    /// The choices of one part of a trial.
    #[must_use]
    pub fn choices(&self, part: u64) -> fastrand::Rng {
        // Neighbouring seeds give unlike sequences.
        fastrand::Rng::with_seed(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (part << 20))
    }
}
