//! What the two memories promise to whoever uses them.

use bowline_core::storage::{Buffer, Queue};

use crate::kit::{Memory, on_both};

// Mutant: what is full counts as empty, or what is empty does not.
fn what_holds_nothing_is_empty<M: Memory>() {
    let mut buffer = M::Buffer::with_total(8);
    assert!(buffer.is_empty());
    buffer.extend(b"x");
    assert!(!buffer.is_empty());
    let mut queue = M::Queue::<u8>::default();
    assert!(queue.is_empty());
    queue.push_back(1).unwrap();
    assert!(!queue.is_empty());
    assert_eq!(queue.pop_front(), Some(1));
    assert!(queue.is_empty());
}

on_both!(what_holds_nothing_is_empty);
