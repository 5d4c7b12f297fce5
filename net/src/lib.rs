//! The operating system's side of bowline's endpoints, shared by every adapter and tied to no executor.
//!
//! * [`bind()`] turns an [`Endpoint`] into a listening socket that only the right users can reach, takes the place of a
//!   dead server but never of a living one, and cleans up behind itself: [`Bound`]. [`accept()`] takes the next client
//!   from it and says who that is; [`Bound::verify`] says whether it may come in, [`AcceptFault`] what to do when
//!   accepting fails.
//! * [`candidates`] lists the addresses at which a server may be; [`Candidate::dial`] begins to connect to one and
//!   [`Candidate::finish`] says who answered, unless it is the wrong user.
//! * [`serve`] and [`join`] do all of this on a [`Reactor`], which is what an adapter has to bring.
//!
//! Every socket that comes out is nonblocking and is not inherited by child processes; TCP sockets don't delay small
//! messages. Nothing here waits, sleeps or retries, apart from looking up host names, which may block.
//!
//! # Who can connect
//! By default only processes of the same user can, on both ends:
//!
//! | endpoint | kept out by |
//! |---|---|
//! | `unix://`, `local://` | permissions: the socket is 0600 from the first moment, `local://` also lies in a directory 0700; and credentials, checked by both sides |
//! | `abstract://` | credentials, checked by both sides, always; anyone may take the name first |
//! | `pipe://`, `local://` on Windows | a descriptor that names this user and the system; clients check the owner, and on other machines are refused |
//! | `tcp://` | nothing but the loopback interface, and every local user can reach that |
//! | `tls+tcp://` | certificates, as the program's TLS configuration says: see [`RawStream`] for the seam, `bowline-tls` for TLS |
//!
//! Behind a proxy, [`BindOptions::proxies`] has a server read who the client really is. [`BindOptions::inherited`] takes over a socket that systemd
//! has made.
//!
//! # Platforms
//! Unix sockets need a Unix, abstract names Linux or Android, credentials Linux, Android, macOS, iOS or a BSD (elsewhere
//! a check for the same user fails). What a platform does not have is refused with `Unsupported`.
//!
//! On Windows there are named pipes and TCP, by overlapped I/O on a completion port of the process with one thread, which
//! starts with the first connection and ends after the last. [`bind()`] and [`candidates`] know TCP only there; [`serve`] and
//! [`join`] know pipes, too. A pipe's two directions end together: on the plain profile, which has no goodbye, a close
//! ends both once everything has left, and what the peer is sending then is lost. User ids, modes and shared directories mean nothing there.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod accept;
mod bind;
mod bound;
mod candidate;
mod connect;
mod credentials;
mod deadline;
mod dial;
mod entrance;
mod error;
mod fault;
mod inherited;
mod listen;
mod proxy;
mod reactor;
mod security;
mod tcp;
mod trace;
#[cfg(unix)]
mod transport;
mod trust;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
use windows as unix;

#[cfg(all(test, unix))]
mod scratch;

pub use accept::{Accepted, accept, adopt};
pub use bind::{BindOptions, bind};
pub use bound::Bound;
pub use candidate::{Candidate, Dialing};
pub use connect::{ConnectOptions, join};
pub use deadline::Deadline;
pub use dial::{Candidates, DialOptions, candidates};
pub use error::{AddressError, BindError, DialError, DirectoryError};
pub use fault::AcceptFault;
pub use inherited::{InheritError, inherited};
pub use listen::serve;
pub use proxy::{Network, NetworkError, ProxyError};
pub use reactor::Reactor;
#[cfg(unix)]
pub use reactor::{Attempt, Descriptor, Source};
pub use security::{ClientSecurity, Insecure, RawStream, SecurityError, ServerSecurity};
pub use trust::Unauthorized;

#[doc(no_inline)]
pub use bowline_runtime::{Credentials, Endpoint, Peer, PeerAddress};
#[doc(no_inline)]
pub use socket2::Socket;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
