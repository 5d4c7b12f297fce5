//! The real tool, used as a new user would use it, over sockets in a temporary folder.
#![cfg(unix)]

mod bench;
mod cat;
mod decode;
mod hostile;
mod inspect;
mod interrupt;
mod pages;
mod ping;
mod serve;
mod tls;
mod tool;
mod transfer;
mod vectors;
