//! The runtimes, and how a program is made to run on them.

use core::future::Future;
use std::thread;

use futures_lite::future::block_on;
use tokio::runtime::{Builder, Runtime};

/// A way to run programs.
pub(crate) trait Flavour: Send + Sync + 'static {
    /// Runs a program to its end.
    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T;

    /// Runs something beside it.
    fn spawn(task: impl Future<Output = ()> + Send + 'static);
}

/// tokio's current-thread runtime; the program is a task of it.
pub(crate) struct Current;

/// tokio's multi-thread runtime; the program is a task of it.
pub(crate) struct Multi;

/// What `#[tokio::main]` makes of an `async fn main`: the main thread polls it, while a thread of the runtime's waits for I/O.
pub(crate) struct Main;

/// `smol::block_on`: the main thread runs the program and waits for I/O.
pub(crate) struct Smol;

/// A task of smol's global executor, on a thread of its own.
pub(crate) struct SmolSpawned;

/// Plain threads, which block.
pub(crate) struct Threads;

impl Flavour for Current {
    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        run_spawned(built(&mut Builder::new_current_thread()), program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(task);
    }
}

impl Flavour for Multi {
    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        run_spawned(built(&mut Builder::new_multi_thread()), program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(task);
    }
}

impl Flavour for Main {
    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        built(&mut Builder::new_multi_thread()).block_on(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(task);
    }
}

impl Flavour for Smol {
    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        smol::block_on(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        smol::spawn(task).detach();
    }
}

impl Flavour for SmolSpawned {
    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        block_on(smol::spawn(program))
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        smol::spawn(task).detach();
    }
}

impl Flavour for Threads {
    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T {
        block_on(program)
    }

    fn spawn(task: impl Future<Output = ()> + Send + 'static) {
        thread::spawn(|| block_on(task));
    }
}

fn run_spawned<T: Send + 'static>(runtime: &Runtime, program: impl Future<Output = T> + Send + 'static) -> T {
    runtime.block_on(runtime.spawn(program)).expect("the program does not panic")
}

/// A runtime that stays until the process is ended: with it would end all connections, before what they hold is counted.
fn built(builder: &mut Builder) -> &'static Runtime {
    Box::leak(Box::new(builder.enable_all().build().expect("a runtime can be had")))
}
