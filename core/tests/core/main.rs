//! The core's tests. Every test of the state machine runs on both memories, in virtual time, without a socket.
//!
//! `kit` is what they share; the fuzz targets use it too. Comments name the mutants that a test is there to catch.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod aborting;
mod accepting;
mod batching;
mod budgets;
mod closing;
mod corpus;
mod counting;
mod handshake;
mod kit;
mod leaving;
mod losing;
mod parting;
mod reading;
mod resting;
mod sending;
mod stalling;
mod storing;
mod telling;
mod timing;
mod vectors;
mod writing;
