//! What the program is asked to do.

use core::time::Duration;
use std::path::PathBuf;

use bowline_tests::Transport;
use bowline_tests::trials::{self, PLACES, Place, Report, Setting, TRANSPORTS, transport_name};
use clap::{Parser, ValueEnum};

/// Endurance trials of bowline's adapters over real sockets, with real processes.
#[derive(Parser)]
pub(crate) struct Arguments {
    /// What to try.
    pub(crate) trial: Trial,
    /// How often, on each adapter and transport.
    #[arg(long, default_value_t = 100)]
    count: u64,
    /// How long to soak.
    #[arg(long, default_value_t = 3600)]
    seconds: u64,
    /// How many connections to soak.
    #[arg(long, default_value_t = 1000)]
    pub(crate) connections: usize,
    /// What determines all choices.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Only this adapter: tokio, tokio-mt, smol or std.
    #[arg(long, value_parser = place)]
    pub(crate) adapter: Option<Place>,
    /// Only this transport: unix or tcp.
    #[arg(long, value_parser = transport)]
    transport: Option<Transport>,
}

/// What to try.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Trial {
    /// Processes that are killed.
    Kills,
    /// Writes that are withdrawn while they leave.
    Aborts,
    /// Closes with unread messages on both sides.
    Closes,
    /// Peers that never answer a goodbye.
    Silent,
    /// Processes that are stopped and go on.
    Stops,
    /// Scripts of operations through a proxy that cuts, delays and breaks.
    Proxy,
    /// A thousand connections for an hour.
    Soak,
}

impl Trial {
    pub(crate) fn run(self, setting: &Setting) -> Report {
        match self {
            Self::Kills => trials::kills(setting),
            Self::Aborts => trials::aborts(setting),
            Self::Closes => trials::closes(setting),
            Self::Silent => trials::silent(setting),
            Self::Stops => trials::stops(setting),
            Self::Proxy => trials::proxy(setting),
            Self::Soak => Report::default(),
        }
    }
}

impl Arguments {
    pub(crate) const fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Every adapter and transport that was asked for.
    pub(crate) fn settings(&self) -> impl Iterator<Item = Setting> {
        let places = self.adapter.map_or(PLACES.to_vec(), |place| vec![place]);
        let transports = self.transport.map_or(TRANSPORTS.to_vec(), |transport| vec![transport]);
        let pairs = places
            .into_iter()
            .flat_map(move |place| transports.clone().into_iter().map(move |transport| (place, transport)));
        let (count, seed) = (self.count, self.seed);
        pairs.map(move |(place, transport)| Setting { count, seed, place, transport, program: program() })
    }
}

/// This program.
pub(crate) fn program() -> PathBuf {
    std::env::current_exe().expect("the system knows it")
}

fn place(name: &str) -> Result<Place, String> {
    Place::named(name).ok_or_else(|| "not an adapter".to_owned())
}

fn transport(name: &str) -> Result<Transport, String> {
    let found = TRANSPORTS.into_iter().find(|transport| transport_name(*transport) == name);
    found.ok_or_else(|| "not a transport".to_owned())
}
