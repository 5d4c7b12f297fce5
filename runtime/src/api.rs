//! What every adapter offers under its own name: the types of a program that uses bowline.

#[cfg(feature = "metrics")]
pub use crate::view::describe_metrics;
pub use crate::{
    Accept, AcceptError, Admission, Batch, Broadcast, Bytes, Cancelled, CancelledAll, Clients, Close,
    CloseError, CloseReason, Closed, Config, Connect, ConnectError, Credentials, Ended, Endpoint,
    EndpointError, EndpointKind, Fault, Heartbeat, Identity, Incoming, MESSAGE_OVERHEAD, Messages, Misuse,
    Operation, Outgoing, Peer, PeerAddress, Profile, Read, ReadBatch, ReadError, ReadHalf, ReadMany, Refusal,
    Role, Server, ServerOptions, ServerStats, Shutdown, ShutdownReport, Socket, Stats, Status, Task, Text,
    ToEndpoint, Traffic, TransportError, TransportErrorKind, Violation, Waitable, Write, WriteAll,
    WriteAllError, WriteError, WriteFailure, WriteHalf, all, any, view, wait_all, wait_any,
};
