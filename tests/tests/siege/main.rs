//! Hostile peers against real servers, in a small way: few of them and not for long. `cargo run --release -p
//! bowline-tests --bin siege` is the same with a thousand. Each test is one siege on one adapter and transport, by
//! processes of their own.

use std::process::Command;

macro_rules! sieges {
    ($($adapter:ident $name:literal),*) => { $(
        mod $adapter {
            mod unix {
                on_every_transport!($name, "unix");
                attack!($name, "unix", smuggled_descriptors_are_dropped, "smuggle");
            }
            mod tcp {
                on_every_transport!($name, "tcp");
            }
            mod tls {
                on_every_transport!($name, "tls");
                on_tls!($name);
            }
        }
    )* };
}

/// Mutants, each in the core:
/// memory is asked for by the announced length (giant);
/// a full queue takes one more message (flood);
/// an aborted message's buffer is kept, or aborts cost nothing (abort);
/// each ping leaves something behind (control);
/// the handshake's deadline does nothing (loris);
/// the backlog takes one more (squat);
/// a chunk beyond what is missing is refused with another code (malformed);
/// a queue counts messages but not their bytes (hoard).
/// And in net: descriptors are received, or a short read is taken for the last one (smuggle).
macro_rules! on_every_transport {
    ($adapter:literal, $transport:literal) => {
        attack!($adapter, $transport, an_announcement_costs_nothing, "giant");
        attack!($adapter, $transport, empty_messages_stop_at_the_queue_and_none_is_lost, "flood");
        attack!($adapter, $transport, aborts_are_paid_for, "abort");
        attack!($adapter, $transport, control_frames_hold_nothing, "control");
        attack!($adapter, $transport, who_dawdles_is_cut_off, "loris");
        attack!($adapter, $transport, squatters_are_few, "squat");
        attack!($adapter, $transport, every_violation_is_answered_with_its_code, "malformed");
        attack!($adapter, $transport, no_more_is_held_than_the_formula_says, "hoard");
        attack!($adapter, $transport, all_of_it_at_once, "all");
    };
}

/// Mutants, in tls:
/// all that there is to send is encrypted ahead (control);
/// a client that is turned away sees the end of the stream and no alert (foreign, stranger);
/// the end of TCP's stream is taken for the end of TLS's (torn).
/// In the runtime: clients that TLS has turned away are not counted (foreign).
/// In the core: the handshake's deadline does nothing (shake);
/// the backlog takes one more (storm);
/// an end inside of a message is one in order (torn).
macro_rules! on_tls {
    ($adapter:literal) => {
        attack!($adapter, "tls", who_keeps_the_handshake_waiting_is_cut_off, "shake");
        attack!($adapter, "tls", half_handshakes_are_few, "storm");
        attack!($adapter, "tls", what_is_no_tls_is_told_by_an_alert, "foreign");
        attack!($adapter, "tls", strangers_are_turned_away, "stranger");
        attack!($adapter, "tls", only_an_end_that_was_meant_is_one, "torn");
    };
}

macro_rules! attack {
    ($adapter:literal, $transport:literal, $test:ident, $attack:literal) => {
        #[test]
        fn $test() {
            crate::lay($adapter, $transport, $attack);
        }
    };
}

sieges!(tokio_current_thread "tokio", tokio_multi_thread "tokio-mt", smol "smol", std_threads "std");

#[track_caller]
fn lay(adapter: &str, transport: &str, attack: &str) {
    let mut siege = Command::new(env!("CARGO_BIN_EXE_siege"));
    siege.args(["--adapter", adapter, "--transport", transport, "--attack", attack]);
    siege.args(["--connections", "36", "--seconds", "0.3", "--tick", "40"]);
    let output = siege.output().expect("it can be started");
    let (said, cried) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.ends_with("1 sieges, 0 failed\n"), "{said}{cried}");
}
