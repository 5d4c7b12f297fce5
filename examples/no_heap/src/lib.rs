//! What the firmwares share: the driver of a connection, the clock, the serial port, a line in memory.
//!
//! The guide is README.md in this folder.

#![no_std]

pub mod clock;
pub mod drive;
pub mod line;
pub mod memory;
pub mod script;
pub mod stack;
pub mod uart;

// For the table of interrupts, which a firmware needs even if it uses none.
use lm3s6965 as _;
