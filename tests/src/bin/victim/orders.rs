//! Dropping everything that there is, in every order, in a process that can count its descriptors.

use bowline_runtime::Profile;
use bowline_tests::{Adapter, World, permute};
use clap::ValueEnum;

use crate::host::Kind;
use crate::process::{self, print};

/// What carries the bytes.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Transport {
    Unix,
    Tcp,
}

impl Transport {
    /// A world on this transport.
    pub(crate) fn world(self, kind: Kind) -> World {
        let make: fn() -> Box<dyn Adapter> = kind.maker();
        let transport = match self {
            Self::Unix => bowline_tests::Transport::Unix,
            Self::Tcp => bowline_tests::Transport::Tcp,
        };
        World::new(make, transport, Profile::Full)
    }
}

/// Both ends are held: the client's tasks belong to one, a full queue to the other.
pub(crate) fn run(kind: Kind, transport: Transport) {
    // What an adapter makes once and keeps is there from now on.
    drop_in_order(transport.world(kind), &[0, 1, 2, 3, 4]);
    let before = process::descriptors();
    let mut count = 0;
    permute(&mut [0, 1, 2, 3, 4], 0, &mut |order| {
        drop_in_order(transport.world(kind), order);
        count += 1;
    });
    process::expect_closed(before, process::descriptors);
    print("orders", count);
}

fn drop_in_order(world: World, order: &[usize]) {
    let server = world.serve();
    let (socket, served) = world.join(&server, world.config());
    let (read, write) = (socket.read(), served.write(vec![1; 1 << 20]));
    let mut things: [Option<Box<dyn FnOnce()>>; 5] = [
        Some(Box::new(move || drop(server))),
        Some(Box::new(move || drop((socket, served)))),
        Some(Box::new(move || drop(read))),
        Some(Box::new(move || drop(write))),
        Some(Box::new(move || drop(world))),
    ];
    order.iter().filter_map(|&index| things[index].take()).for_each(|drop_it| drop_it());
}
