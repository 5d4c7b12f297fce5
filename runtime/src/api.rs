//! What every adapter offers under its own name: the types of a program that uses bowline.

pub use crate::{
    Accept, AcceptError, Admission, Batch, Broadcast, Bytes, Cancelled, Clients, Close, CloseError,
    CloseReason, Closed, Config, Connect, ConnectError, Credentials, Ended, Endpoint, EndpointError,
    EndpointKind, Fault, Heartbeat, Identity, Incoming, Messages, Misuse, Operation, Outgoing, Peer,
    PeerAddress, Profile, Read, ReadBatch, ReadError, ReadHalf, ReadMany, Refusal, Role, Server,
    ServerOptions, ServerStats, Shutdown, ShutdownReport, Socket, Stats, Status, Task, Text, ToEndpoint,
    Traffic, TransportError, TransportErrorKind, Violation, Waitable, Write, WriteAll, WriteAllError,
    WriteError, WriteFailure, WriteHalf, all, any, wait_all, wait_any,
};
