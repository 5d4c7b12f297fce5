//! Clients who were there before the server: they wait with the system until somebody asks for them.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll};
use std::sync::{Arc, Mutex};

use bowline_runtime::{Arrival, Config, ConnectOperation, Listen, ListenFault, Role, Server, ServerOptions};
use bowline_tests::watchdog;
use tokio::runtime::Builder;

use super::executor::Simple;
use super::{arrival, pipe};
use crate::kit::{PATIENCE, expect, send};

/// A client waits, as in a socket that was handed to this process.
struct Queue {
    client: Mutex<Option<Arrival>>,
    asked: Arc<AtomicUsize>,
}

impl Listen for Queue {
    fn poll_accept(&mut self, _cx: &mut Context<'_>) -> Poll<Result<Arrival, ListenFault>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.client.lock().unwrap().take().map_or(Poll::Pending, |client| Poll::Ready(Ok(client)))
    }

    fn keeps_clients(&self) -> bool {
        true
    }
}

/// Mutant: the acceptor does not ask whether anybody is interested, or the first interest does not call it.
#[test]
fn whoever_waits_is_not_turned_away() {
    watchdog::run("waiting::whoever_waits_is_not_turned_away", || {
        for by_callback in [false, true] {
            let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let executor = || Arc::new(Simple::new(runtime.handle().clone()));
            let (near, far, _gate) = pipe();
            let asked = Arc::<AtomicUsize>::default();
            let queue = Queue { client: Mutex::new(Some(arrival(far))), asked: Arc::clone(&asked) };
            let server = Server::start(executor(), ServerOptions::new(), None, Box::new(queue));
            std::thread::sleep(core::time::Duration::from_millis(50));
            assert_eq!(asked.load(Ordering::Relaxed), 0);

            let dial = Box::pin(async move { Ok(arrival(near)) });
            let connect = ConnectOperation::start(executor(), Config::new(), Role::Client, PATIENCE, dial);
            if by_callback {
                server.on_connect(|_peer| true, |socket| send(&socket, "ahoy"));
                expect(&connect.wait().unwrap(), ["ahoy"]);
            } else {
                let served = server.accept().wait().unwrap().accept().unwrap();
                send(&served, "ahoy");
                expect(&connect.wait().unwrap(), ["ahoy"]);
            }
        }
    });
}
