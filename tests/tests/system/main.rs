//! What the operating system does to the real adapters: descriptors that run out, resets, full backlogs, forks; and what
//! programs do to themselves: panics, forgotten handles, drops in every order, races.
//!
//! Each behaviour is in a quick size here. `BOWLINE_LONG=1 cargo test --release -p bowline-tests --test system` takes the
//! sizes that prove something. What needs a tracer or a network of its own is in `.ci/faults`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod cancels;
mod crowd;
mod forget;
mod inherit;
mod kit;
mod orders;
mod panics;
mod races;
mod resets;
mod siege;
mod victim;

use bowline_tests::{Adapter, Transport};

macro_rules! on_every_adapter {
    ($each:ident) => {
        mod tokio_current_thread {
            $each!("tokio", bowline_tests::Tokio::current_thread);
        }
        mod tokio_multi_thread {
            $each!("tokio-mt", bowline_tests::Tokio::multi_thread);
        }
        mod smol {
            $each!("smol", bowline_tests::Smol::own_executor);
        }
        mod std_threads {
            $each!("std", bowline_tests::Std::threads);
        }
    };
}

macro_rules! on_every_transport {
    ($adapter:literal, $make:path) => {
        mod unix {
            everything!($adapter, $make, Unix);
        }
        mod tcp {
            everything!($adapter, $make, Tcp);
        }
    };
}

macro_rules! everything {
    ($adapter:literal, $make:path, $transport:ident) => {
        tests! { $adapter, $make, $transport:
            cancels { one_outcome_each, }
            crowd { a_storm_on_a_short_backlog, many_connections_at_once, }
            forget { nothing_depends_on_a_drop, nobody_waits_for_a_forgotten_accept, }
            inherit { children_get_none_of_our_descriptors, a_forked_child_keeps_no_peer_waiting, }
            orders { any_order_of_drops, }
            panics { in_a_callback_of_a_server, in_a_callback_of_a_socket, in_a_callback_of_a_task, in_a_waker, }
            races { accepts_that_run_out_of_time, }
            resets { delivered_is_a_part_of_sent, }
            siege { out_of_descriptors, }
        }
    };
}

macro_rules! tests {
    ($adapter:literal, $make:path, $transport:ident: $($module:ident { $($name:ident,)* })*) => {
        $(mod $module {
            $(#[test]
            fn $name() {
                let name = concat!(module_path!(), "::", stringify!($name));
                let transport = crate::Transport::$transport;
                let place = crate::kit::Place { adapter: $adapter, make: $make, transport };
                crate::kit::test(name, place, crate::$module::$name);
            })*
        })*
    };
}

on_every_adapter!(on_every_transport);

type Make = fn() -> Box<dyn Adapter>;
