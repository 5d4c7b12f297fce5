//! Who takes part.

use anyhow::Context;

use super::Contender;
use super::bowline::Bowline;
use super::codec_smol::CodecSmol;
use super::codec_tokio::Codec;
use super::flavour::{Current, Main, Multi, Smol, SmolSpawned, Threads};
use super::hand_tokio::ByHand;
use super::interprocess::Interprocess;
use super::ipc_channel::IpcChannel;
use super::l0::L0;
use super::monoio::Monoio;
use super::tokio_streams::OnTokio;
use super::zeromq::ZeroMq;
use crate::Result;
use crate::order::{Order, Side};
use crate::role;
use crate::said::Said;

/// A contender by its name.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// Carries out an order.
    pub(crate) obey: fn(Order) -> Result,
}

/// All of them; the first is what the others are compared with.
pub(crate) const ALL: &[Entry] = &[
    Entry::of::<L0>(),
    Entry::of::<Bowline<Current>>(),
    Entry::of::<Bowline<Multi>>(),
    Entry::of::<Bowline<Main>>(),
    Entry::of::<Bowline<Smol>>(),
    Entry::of::<Bowline<SmolSpawned>>(),
    Entry::of::<Bowline<Threads>>(),
    Entry::of::<OnTokio<ByHand, Current>>(),
    Entry::of::<OnTokio<ByHand, Multi>>(),
    Entry::of::<OnTokio<ByHand, Main>>(),
    Entry::of::<OnTokio<Codec, Current>>(),
    Entry::of::<OnTokio<Codec, Multi>>(),
    Entry::of::<OnTokio<Codec, Main>>(),
    Entry::of::<CodecSmol<Smol>>(),
    Entry::of::<CodecSmol<SmolSpawned>>(),
    Entry::of::<Interprocess>(),
    Entry::of::<IpcChannel>(),
    Entry::of::<Monoio>(),
    Entry::of::<ZeroMq<Current>>(),
    Entry::of::<ZeroMq<Multi>>(),
    #[cfg(feature = "libzmq")]
    Entry::of::<super::libzmq::LibZmq>(),
    #[cfg(feature = "nng")]
    Entry::of::<super::nng::Nng>(),
];

/// The one with this name.
pub(crate) fn find(name: &str) -> Result<&'static Entry> {
    ALL.iter().find(|entry| entry.name == name).with_context(|| {
        let names: Vec<_> = ALL.iter().map(|entry| entry.name).collect();
        format!("no contender is called {name:?}; there are {}", names.join(", "))
    })
}

impl Entry {
    const fn of<C: Contender>() -> Self {
        Self { name: C::NAME, obey: obey::<C> }
    }
}

fn obey<C: Contender>(order: Order) -> Result {
    let Order { side, workload, address, length, .. } = order;
    match side {
        Side::Server => C::run(role::serve::<C>(workload, address)),
        Side::Client => Said::Outcome(C::run(role::measure::<C>(workload, address, length))?).say(),
    }
}
