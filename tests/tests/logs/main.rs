//! What connections and servers tell `tracing`, and that whoever listens can harm nobody.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod lives;
mod recorder;
mod refusals;
mod strangers;
mod subscribers;

use bowline_runtime::Profile;
use bowline_tests::{Adapter, Transport, World, watchdog};

/// Each test on each adapter.
macro_rules! on_every_adapter {
    ($($module:ident::$test:ident)*) => {
        on_every_adapter!(@ tokio, bowline_tests::Tokio::multi_thread, $($module::$test)*);
        on_every_adapter!(@ tokio_current_thread, bowline_tests::Tokio::current_thread, $($module::$test)*);
        on_every_adapter!(@ smol, bowline_tests::Smol::own_executor, $($module::$test)*);
        on_every_adapter!(@ std_threads, bowline_tests::Std::threads, $($module::$test)*);
    };
    (@ $adapter:ident, $make:path, $($module:ident::$test:ident)*) => {
        mod $adapter {
            $(
                #[test]
                fn $test() {
                    crate::run($make, stringify!($test), crate::$module::$test);
                }
            )*
        }
    };
}

on_every_adapter! {
    lives::an_orderly_life
    lives::an_abort
    lives::a_killed_peer
    lives::nothing_of_a_payload
    lives::a_write_that_is_too_long
    lives::a_server_from_start_to_end
    refusals::by_the_application
    refusals::by_a_cap
    refusals::for_want_of_interest
    strangers::a_violation
    strangers::a_handshake_that_never_comes
    strangers::a_port_scan
    strangers::one_without_tls
    strangers::nobody_at_an_address
    subscribers::one_that_panics
    subscribers::one_that_uses_the_very_socket
    subscribers::one_that_sends_its_log_over_a_socket
}

fn run(make: fn() -> Box<dyn Adapter>, name: &str, test: fn(&World)) {
    watchdog::run(name, move || {
        recorder::start();
        test(&World::new(make, Transport::Local, Profile::Full));
    });
}
