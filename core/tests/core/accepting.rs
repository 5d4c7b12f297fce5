//! The listener: the n-th live accept owns the n-th client, and nobody is let in unasked.

use bowline_core::{Admission, ClientId, CloseReason, Listener, ListenerEvent, ReadError, Refusal, Status};

use crate::kit::{Memory, on_both};

fn listener<M: Memory>() -> Listener<M> {
    let mut listener = Listener::new(Admission::new());
    listener.show_interest();
    listener
}

fn arrive<M: Memory>(listener: &mut Listener<M>) -> ClientId {
    let client = listener.handle_arrival(None).unwrap();
    assert!(listener.offer(client));
    client
}

fn nobody_is_let_in_before_somebody_asks<M: Memory>() {
    let mut listener = Listener::<M>::new(Admission::new());
    assert_eq!(listener.handle_arrival(None), Err(Refusal::NotAccepting));
    let accept = listener.accept().unwrap();
    assert!(listener.cancel_accept(accept));
    assert!(listener.handle_arrival(None).is_ok(), "interest was shown");
}

// Mutant: cancel_accept drops the client with the accept.
fn a_cancelled_accept_leaves_its_client_to_the_next<M: Memory>() {
    let mut listener = listener::<M>();
    let accepts = [(); 3].map(|()| listener.accept().unwrap());
    let clients = [(); 2].map(|()| arrive(&mut listener));
    assert_eq!(listener.poll_event(), Some(ListenerEvent::AcceptReady(accepts[0])));
    assert!(listener.cancel_accept(accepts[0]) && !listener.cancel_accept(accepts[0]));
    assert_eq!(listener.take(accepts[1]), Ok(Some(clients[0])));
    assert_eq!(listener.take(accepts[2]), Ok(Some(clients[1])));
    assert_eq!(listener.take(accepts[2]), Err(ReadError::NoSuchTask), "too late: the client is taken");
    assert_eq!(listener.poll_event(), None);
}

/// Dropped after its result is there: as left.
fn a_client_without_an_accept_waits<M: Memory>() {
    let mut listener = listener::<M>();
    let client = arrive(&mut listener);
    let accept = listener.accept().unwrap();
    assert_eq!(listener.accept_status(accept), Some(Status::Success));
    assert!(listener.cancel_accept(accept));
    let next = listener.accept().unwrap();
    assert_eq!(listener.take(next), Ok(Some(client)));
    assert_eq!((listener.clients(), listener.undecided()), (0, 1));
    assert!(listener.admit(client));
    assert_eq!((listener.clients(), listener.undecided()), (1, 0));
}

// Mutant: a program that takes clients without an accept gets none.
fn unclaimed_clients_are_those_behind_the_accepts<M: Memory>() {
    let mut listener = listener::<M>();
    let accept = listener.accept().unwrap();
    assert_eq!(listener.take_unclaimed(), None);
    let clients = [(); 2].map(|()| arrive(&mut listener));
    assert_eq!(listener.take_unclaimed(), Some(clients[1]));
    assert_eq!(listener.take_unclaimed(), None);
    assert_eq!(listener.take(accept), Ok(Some(clients[0])));
}

// Mutant: a client that is gone still fills its accept.
fn a_client_that_is_gone_makes_room_for_the_next<M: Memory>() {
    let mut listener = listener::<M>();
    let accepts = [(); 2].map(|()| listener.accept().unwrap());
    let clients = [(); 3].map(|()| arrive(&mut listener));
    while listener.poll_event().is_some() {}
    assert_eq!(listener.handle_gone(clients[0]), Some(false));
    assert_eq!(listener.handle_gone(clients[0]), None);
    assert_eq!(listener.take(accepts[0]), Ok(Some(clients[1])));
    assert_eq!(listener.handle_gone(clients[2]), Some(false));
    assert_eq!(listener.take(accepts[1]), Ok(None));
    let late = arrive(&mut listener);
    assert_eq!(listener.poll_event(), Some(ListenerEvent::AcceptReady(accepts[1])), "told anew");
    assert_eq!(listener.take(accepts[1]), Ok(Some(late)));
    assert!(!listener.admit(clients[0]));
    assert!(listener.admit(clients[1]) && listener.handle_gone(clients[1]) == Some(true));
    assert_eq!((listener.clients(), listener.undecided()), (0, 1));
}

// Mutant: accepted clients count as waiting ones.
fn every_limit_has_its_refusal<M: Memory>() {
    let admission = Admission::new().max_clients(5).max_per_user(2).backlog(3);
    let mut listener = Listener::<M>::new(admission);
    listener.show_interest();
    let mine = [(); 2].map(|()| listener.handle_arrival(Some(7)).unwrap());
    assert_eq!(listener.handle_arrival(Some(7)), Err(Refusal::UserLimit));
    let other = listener.handle_arrival(None).unwrap();
    assert_eq!(listener.handle_arrival(None), Err(Refusal::Backlog));
    assert!(mine.into_iter().chain([other]).all(|client| listener.admit(client)));
    assert_eq!(listener.handle_arrival(Some(7)), Err(Refusal::UserLimit), "accepted ones count for a user");
    let _more = [8, 9].map(|user| listener.handle_arrival(Some(user)).unwrap());
    assert_eq!(listener.handle_arrival(None), Err(Refusal::Full));
    assert_eq!(listener.handle_gone(other), Some(true));
    assert!(listener.handle_arrival(None).is_ok());
}

fn a_listener_stops_in_order<M: Memory>() {
    let mut listener = listener::<M>();
    let accepts = [(); 2].map(|()| listener.accept().unwrap());
    let accepted = arrive(&mut listener);
    assert_eq!(listener.take(accepts[0]), Ok(Some(accepted)));
    listener.admit(accepted);
    listener.cancel_accept(accepts[1]);
    let waiting = [(); 2].map(|()| arrive(&mut listener));
    let greeting = listener.handle_arrival(None).unwrap();
    assert_eq!([(); 3].map(|()| listener.stop()), [Some(waiting[0]), Some(waiting[1]), None]);
    assert!(!listener.offer(greeting));
    assert_eq!(listener.handle_arrival(None), Err(Refusal::ShuttingDown));
    let accept = listener.accept().unwrap();
    assert_eq!(listener.accept_status(accept), Some(Status::Failure));
    assert_eq!(listener.take(accept), Err(ReadError::Closed(CloseReason::Closed)));
    assert_eq!(listener.clients(), 1, "who was accepted stays");
}

/// A listener with storage of a fixed size turns away whom it can't hold.
fn a_listener_of_any_size_stays_within_it<M: Memory>() {
    let mut listener = listener::<M>();
    for number in 0..64 {
        match listener.handle_arrival(None) {
            Ok(client) => assert!(listener.offer(client)),
            Err(refusal) => assert_eq!((refusal, number), (Refusal::Full, 8)),
        }
        if listener.undecided() <= number {
            return;
        }
    }
    assert_eq!(listener.handle_arrival(None), Err(Refusal::Backlog));
}

on_both!(
    nobody_is_let_in_before_somebody_asks,
    a_cancelled_accept_leaves_its_client_to_the_next,
    a_client_without_an_accept_waits,
    unclaimed_clients_are_those_behind_the_accepts,
    a_client_that_is_gone_makes_room_for_the_next,
    every_limit_has_its_refusal,
    a_listener_stops_in_order,
    a_listener_of_any_size_stays_within_it,
);
