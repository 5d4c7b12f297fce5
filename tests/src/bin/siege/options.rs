//! What is besieged, by what, and for how long.

use core::fmt;
use core::time::Duration;

use bowline_tests::{Adapter, Smol, Std, Tokio};
use clap::{Parser, Subcommand, ValueEnum};

/// Hostile peers against real servers: what they can cost, and what an honest client feels of it.
#[derive(Parser, Clone, Debug)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) role: Option<Role>,
    /// How many hostile connections there are at a time.
    #[arg(long, default_value_t = 1000)]
    pub(crate) connections: usize,
    /// How long each siege lasts; the honest client is measured without it for a quarter of that, before and after.
    #[arg(long, default_value_t = 20.0)]
    pub(crate) seconds: f64,
    /// Only this adapter.
    #[arg(long)]
    pub(crate) adapter: Option<AdapterName>,
    /// Only this transport.
    #[arg(long)]
    pub(crate) transport: Option<Carrier>,
    /// Only this attack.
    #[arg(long)]
    pub(crate) attack: Option<AttackName>,
    /// Each hostile connection does something at most every so many milliseconds.
    #[arg(long, default_value_t = 20)]
    pub(crate) tick: u64,
    /// A honest 99th percentile of more than twice what it was before is a failure.
    #[arg(long)]
    pub(crate) strict_latency: bool,
}

/// What the processes do that a siege starts.
#[derive(Subcommand, Clone, Debug)]
pub(crate) enum Role {
    /// Attacks until it is told to finish.
    #[command(hide = true)]
    Hostile {
        /// Which attack, or all.
        attack: AttackName,
        /// Where the servers listen, in the order of their targets.
        endpoints: Vec<String>,
    },
    /// Makes round trips until it is told to stop.
    #[command(hide = true)]
    Honest {
        /// Where the echo is.
        endpoint: String,
    },
    /// Burns so many thousandths of a processor.
    #[command(hide = true)]
    Burn {
        /// How many.
        thousandths: u64,
    },
}

/// The adapters, with tokio's two runtimes.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AdapterName {
    Tokio,
    TokioMt,
    Smol,
    Std,
}

impl AdapterName {
    pub(crate) fn start(self) -> Box<dyn Adapter> {
        match self {
            Self::Tokio => Tokio::current_thread(),
            Self::TokioMt => Tokio::multi_thread(),
            Self::Smol => Smol::own_executor(),
            Self::Std => Std::threads(),
        }
    }
}

/// What carries the bytes.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Carrier {
    Unix,
    Tcp,
    /// TLS over TCP, with certificates on both sides.
    Tls,
}

/// The attacks, each with the threat that it stands for.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum AttackName {
    /// No attack: peers that say hello and nothing more.
    Idle,
    /// Giant lengths, then a byte now and then (T1).
    Giant,
    /// Empty messages while nobody reads (T3).
    Flood,
    /// Messages that are begun and withdrawn (T4).
    Abort,
    /// Control frames from a peer that never reads (T5).
    Control,
    /// Silence, or a byte now and then (T6).
    Loris,
    /// Connections to a program that accepts nobody (T7).
    Squat,
    /// What is no bowline, over and over (T8).
    Malformed,
    /// As much as the limits allow, both ways (T9).
    Hoard,
    /// Descriptors that come with messages (T11).
    Smuggle,
    /// Silence before and inside of TLS's handshake, a byte now and then, a message of it that never ends.
    Shake,
    /// Half handshakes, one after the other, to a program that accepts nobody.
    Storm,
    /// What is no TLS, or no TLS that anybody speaks.
    Foreign,
    /// Handshakes with a certificate from elsewhere, or with none.
    Stranger,
    /// Streams of TLS that are cut off, meddled with, or end in order.
    Torn,
    /// All of them at once.
    All,
}

impl AttackName {
    /// Each of them alone.
    pub(crate) const ALONE: [Self; 15] = [
        Self::Idle,
        Self::Giant,
        Self::Flood,
        Self::Abort,
        Self::Control,
        Self::Loris,
        Self::Squat,
        Self::Malformed,
        Self::Hoard,
        Self::Smuggle,
        Self::Shake,
        Self::Storm,
        Self::Foreign,
        Self::Stranger,
        Self::Torn,
    ];

    /// Descriptors only travel through Unix sockets, and some attacks are on TLS.
    pub(crate) fn suits(self, carrier: Carrier) -> bool {
        match self {
            Self::Smuggle => carrier == Carrier::Unix,
            Self::Shake | Self::Storm | Self::Foreign | Self::Stranger | Self::Torn => {
                carrier == Carrier::Tls
            }
            _ => true,
        }
    }

    /// The attacks that this stands for.
    pub(crate) fn parts(self, carrier: Carrier) -> Vec<Self> {
        let alone = Self::ALONE.into_iter().filter(|name| name.suits(carrier));
        match self {
            Self::All => alone.filter(|name| *name != Self::Idle).collect(),
            one => vec![one],
        }
    }
}

macro_rules! displayed {
    ($($name:ident),*) => { $(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.to_possible_value().map_or(Ok(()), |value| f.pad(value.get_name()))
            }
        }
    )* };
}

displayed!(AdapterName, Carrier, AttackName);

impl Options {
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    /// How long what must come to an end may take; far longer than it does on a machine that does nothing else. The more
    /// connections, the more there is to read and to say goodbye to.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(60)
            + Duration::from_millis(200) * u32::try_from(self.connections).unwrap_or(u32::MAX)
    }

    pub(crate) fn tick(&self) -> Duration {
        Duration::from_millis(self.tick)
    }
}
