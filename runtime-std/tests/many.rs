//! Many threads at once, callbacks, and handles dropped in odd orders.
#![allow(clippy::unwrap_used, reason = "it is a test")]

mod kit;

use std::collections::BTreeSet;
use std::sync::mpsc;
use std::thread;

use bowline_std::{Bytes, Misuse, ReadError, bind, connect};
use kit::{echo, pair, unique, until, watched};

const MESSAGES: usize = 400;
const WRITERS: usize = 8;

#[test]
fn two_threads_read_what_eight_write() {
    watched(|| {
        let (left, right) = pair();
        let writing = (0..WRITERS).map(|writer| {
            let right = right.clone();
            thread::spawn(move || {
                for number in 0..MESSAGES {
                    right.write(format!("{writer} {number}")).wait().unwrap();
                }
            })
        });
        let writing: Vec<_> = writing.collect();
        let reading = [left.clone(), left].map(|left| {
            thread::spawn(move || {
                let one = |_| String::from_utf8(left.read().wait().unwrap().to_vec()).unwrap();
                (0..WRITERS * MESSAGES / 2).map(one).collect::<Vec<_>>()
            })
        });
        let read: BTreeSet<_> = reading.into_iter().flat_map(|reader| reader.join().unwrap()).collect();
        assert_eq!(read.len(), WRITERS * MESSAGES);
        writing.into_iter().for_each(|writer| writer.join().unwrap());
    });
}

#[test]
fn both_sides_write_more_than_fits_before_either_reads() {
    watched(|| {
        let (left, right) = pair();
        let long = Bytes::from(vec![1; 3 << 20]);
        let sides = [left, right].map(|socket| {
            let long = long.clone();
            thread::spawn(move || {
                for _ in 0..4 {
                    socket.write(long.clone()).wait().unwrap();
                    assert_eq!(socket.read().wait().unwrap().len(), long.len());
                }
            })
        });
        sides.into_iter().for_each(|side| side.join().unwrap());
    });
}

#[test]
fn what_nobody_waits_for_arrives() {
    watched(|| {
        let (left, right) = pair();
        for number in 0..MESSAGES {
            right.write(number.to_string()).detach().unwrap();
        }
        for number in 0..MESSAGES {
            assert_eq!(left.read().wait().unwrap(), number.to_string());
        }
        drop(right);
        assert!(left.read().wait().is_err());
    });
}

#[test]
fn a_server_by_callbacks() {
    watched(|| {
        let name = format!("local://{}", unique("callbacks"));
        let server = bind(&name).unwrap();
        let (gone, goes) = mpsc::channel();
        server.on_connect(
            |_peer| true,
            |socket| {
                socket.on_message(|socket, message| {
                    assert_ne!(message, "panic", "as the test wants it");
                    socket.write(message).detach().unwrap();
                });
            },
        );
        server.on_disconnect(move |_peer, reason| gone.send(reason).unwrap());
        let (calm, jumpy) = (connect(&name).wait().unwrap(), connect(&name).wait().unwrap());
        jumpy.write("panic").wait().unwrap();
        assert!(jumpy.read().wait().is_err());
        for number in 0..MESSAGES {
            calm.write(number.to_string()).detach().unwrap();
        }
        for number in 0..MESSAGES {
            assert_eq!(calm.read().wait().unwrap(), number.to_string());
        }
        drop((calm, jumpy));
        goes.iter().take(2).for_each(drop);
    });
}

#[test]
fn blocked_callbacks_hold_up_nobody() {
    watched(|| {
        let blocked = 3 * thread::available_parallelism().unwrap().get();
        let (release, held) = (0..blocked).map(|_| mpsc::channel::<()>()).unzip::<_, _, Vec<_>, Vec<_>>();
        let (inside, is_inside) = mpsc::channel();
        let (left, right) = pair();
        for held in held {
            let inside = inside.clone();
            left.read().on_complete(move |_message| {
                inside.send(()).unwrap();
                assert!(held.recv().is_err());
            });
            right.write("block").wait().unwrap();
        }
        is_inside.iter().take(blocked).for_each(drop);
        let (near, far) = pair();
        near.write("through").detach().unwrap();
        assert_eq!(far.read().wait().unwrap(), "through");
        drop(release);
    });
}

#[test]
fn a_callback_may_wait() {
    watched(|| {
        let (left, right) = pair();
        let (sent, told) = mpsc::channel();
        let reader = left.clone();
        left.read().on_complete(move |first| sent.send((first, reader.read().wait())).unwrap());
        right.write("one").wait().unwrap();
        right.write("two").wait().unwrap();
        let (one, two) = told.recv().unwrap();
        assert_eq!((one.unwrap(), two.unwrap()), ("one".into(), "two".into()));
    });
}

#[test]
fn the_keeper_does_not_wait_for_itself() {
    use core::task::{Context, Waker};
    use std::sync::{Arc, Mutex};
    use std::task::Wake;

    /// A waker that does what it should not.
    struct Rash(Mutex<Option<bowline_std::Read>>, mpsc::Sender<Result<Bytes, ReadError>>);

    impl Wake for Rash {
        fn wake(self: Arc<Self>) {
            if let Some(read) = self.0.lock().unwrap().take() {
                self.1.send(read.wait()).unwrap();
            }
        }
    }

    watched(|| {
        let ((left, right), (other, _silent)) = (pair(), pair());
        let (sent, told) = mpsc::channel();
        let waker = Waker::from(Arc::new(Rash(Mutex::new(Some(other.read())), sent)));
        let mut read = core::pin::pin!(left.read());
        assert!(read.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        right.write("ahoy").wait().unwrap();
        // The pool may have been faster than the keeper's own wake-up; its threads may wait.
        let result = told.recv_timeout(core::time::Duration::from_secs(1));
        assert!(matches!(result, Err(_) | Ok(Err(ReadError::Misuse(Misuse::WouldDeadlock)))), "{result:?}");
        other.abort();
    });
}

#[test]
fn handles_can_be_dropped_in_any_order() {
    watched(|| {
        for order in 0..120 {
            let name = format!("local://{}", unique("orders"));
            let server = bind(&name).unwrap();
            let accept = server.accept();
            let connecting = connect(&name);
            let far = accept.wait().unwrap().accept().unwrap();
            let near = connecting.wait().unwrap();
            let (read, write) = (near.read(), far.write(vec![0; 100_000]));
            let mut things: Vec<Box<dyn Send>> =
                vec![Box::new(server), Box::new(far), Box::new(near), Box::new(read), Box::new(write)];
            let mut rest = order;
            while !things.is_empty() {
                drop(things.swap_remove(rest % things.len()));
                rest /= things.len() + 1;
            }
        }
        let (left, right) = pair();
        let answering = thread::spawn(move || echo(&left));
        right.write("still here").wait().unwrap();
        assert_eq!(right.read().wait().unwrap(), "still here");
        drop(right);
        answering.join().unwrap();
        until("nothing is left", || kit::threads().iter().all(|name| !name.starts_with("bowline-pool")));
    });
}
