//! Waiting on a thread that must not wait: what only tokio has, since its executor may be the waiting thread's own.

use core::time::Duration;
use std::sync::mpsc;

use bowline_runtime::{CloseError, ConnectError, Misuse, ReadError};
use bowline_tests::{unique_name, watchdog};
use bowline_tokio::{Role, bind, connect, from_stream};
use tokio::runtime::Builder;

use crate::kit::PATIENCE;

/// Mutant: a wait on the thread of a current-thread runtime blocks the reactor that it waits for.
#[test]
fn a_wait_inside_of_a_current_thread_runtime_says_so() {
    watchdog::run("own_thread::a_wait_inside_of_a_current_thread_runtime_says_so", || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (one, other) = tokio::io::duplex(1000);
            let one = from_stream(one, Role::Server, Default::default(), "one");
            let other = from_stream(other, Role::Client, Default::default(), "other");
            let (one, other) = (one.await.unwrap(), other.await.unwrap());
            let mut read = one.read();
            let wait = read.wait_for(PATIENCE);
            assert_eq!(wait, Some(Err(ReadError::Misuse(Misuse::WouldDeadlock))));
            other.write("one").await.unwrap();
            assert_eq!(read.await.unwrap(), "one");
            assert_eq!(one.ended().wait(), Err(CloseError::Misuse(Misuse::WouldDeadlock)));
            assert_eq!(one.close(PATIENCE).wait(), Err(CloseError::Misuse(Misuse::WouldDeadlock)));
        });
    });
}

/// Also before the runtime has had a chance to run anything of ours.
#[test]
fn the_very_first_wait_says_so_too() {
    watchdog::run("own_thread::the_very_first_wait_says_so_too", || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let endpoint = format!("local://{}", unique_name());
        runtime.block_on(async {
            let server = bind(&endpoint).unwrap();
            let accept = server.accept();
            let mut connect = connect(&endpoint);
            let wait = connect.wait_for(Duration::from_secs(5));
            assert!(matches!(wait, Some(Err(ConnectError::Misuse(Misuse::WouldDeadlock)))), "{wait:?}");
            let _served = accept.await.unwrap().accept().unwrap();
            connect.await.unwrap();
        });
    });
}

/// A callback on the runtime's own thread is such a place as well.
#[test]
fn a_wait_in_a_callback_says_so() {
    watchdog::run("own_thread::a_wait_in_a_callback_says_so", || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (said, says) = mpsc::channel();
        runtime.block_on(async {
            let (one, other) = tokio::io::duplex(1000);
            let one = from_stream(one, Role::Server, Default::default(), "one");
            let other = from_stream(other, Role::Client, Default::default(), "other");
            let (one, other) = (one.await.unwrap(), other.await.unwrap());
            let socket = one.clone();
            one.read().on_complete(move |message| {
                assert_eq!(message.unwrap(), "one");
                said.send(socket.read().wait()).unwrap();
            });
            other.write("one").await.unwrap();
            let ended = other.ended();
            drop(one);
            ended.await.unwrap();
        });
        assert_eq!(watchdog::next("a callback", &says), Err(ReadError::Misuse(Misuse::WouldDeadlock)));
    });
}

/// Threads of a multi-thread runtime that may block may wait.
#[test]
fn a_blocking_thread_of_a_runtime_may_wait() {
    watchdog::run("own_thread::a_blocking_thread_of_a_runtime_may_wait", || {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let (one, other) = tokio::io::duplex(1000);
            let one = from_stream(one, Role::Server, Default::default(), "one");
            let other = from_stream(other, Role::Client, Default::default(), "other");
            let (one, other) = (one.await.unwrap(), other.await.unwrap());
            let waits = tokio::task::spawn_blocking(move || one.read().wait());
            other.write("one").await.unwrap();
            assert_eq!(waits.await.unwrap().unwrap(), "one");
        });
    });
}

/// A result that is there already needs no waiting.
#[test]
fn what_is_there_may_be_taken_anywhere() {
    watchdog::run("own_thread::what_is_there_may_be_taken_anywhere", || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (one, other) = tokio::io::duplex(1000);
            let one = from_stream(one, Role::Server, Default::default(), "one");
            let other = from_stream(other, Role::Client, Default::default(), "other");
            let (one, other) = (one.await.unwrap(), other.await.unwrap());
            let (first, second) = (one.read(), one.read());
            other.write("one").await.unwrap();
            other.write("two").await.unwrap();
            assert_eq!(second.await.unwrap(), "two");
            assert_eq!(first.wait().unwrap(), "one");
        });
    });
}
