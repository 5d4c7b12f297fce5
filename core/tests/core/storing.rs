//! What the two memories promise to whoever uses them.

use bowline_core::storage::{Assembly, Buffer, GROWTH, Queue};

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

// Mutants, all of `Assembly::reserve`: more is taken than was announced; memory is not reserved, or for more than is to come;
// what is enough already grows.
#[test]
fn a_message_on_the_heap_has_the_memory_that_it_needs_and_no_more() {
    let held = |total: usize, parts: &[usize]| {
        let mut message = Assembly::with_total(total);
        parts.iter().for_each(|&part| message.extend(&vec![1; part]));
        let message = message.into_vec();
        (message.len(), message.capacity())
    };
    assert_eq!(held(10, &[6, 6]), (10, 10), "as many as were announced");
    assert_eq!(held(3000, &[1000, 1000, 1000]), (3000, 3000));
    assert_eq!(held(GROWTH + 10, &[GROWTH, 10]), (GROWTH + 10, GROWTH + 10));
    assert_eq!(held(2 * GROWTH, &[GROWTH - 10, 10]), (GROWTH, GROWTH));
}
