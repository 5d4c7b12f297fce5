//! What an error of accepting is about, and so what to do next.

use std::io;

/// What a failed [`accept`](crate::accept()) means for the server that called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AcceptFault {
    /// Nobody is waiting: wait until the listener is readable.
    NotReady,
    /// One client was lost on its way in, or the call was interrupted: accept again, for the next one may be there.
    Transient,
    /// The system is out of descriptors or memory, or said something unheard of: pause, longer each time, and accept
    /// again. The client still waits, so accepting at once would fail at once.
    Exhausted,
    /// The listener itself is unusable: stop.
    Fatal,
}

impl AcceptFault {
    /// Looks the error up in a table made from accept(2).
    ///
    /// ```
    /// use bowline_net::AcceptFault;
    ///
    /// let error = std::io::ErrorKind::ConnectionAborted.into();
    /// assert_eq!(AcceptFault::of(&error), AcceptFault::Transient);
    /// ```
    #[must_use]
    pub fn of(error: &io::Error) -> Self {
        match error.raw_os_error() {
            Some(code) => by_code(code),
            None => by_kind(error.kind()),
        }
    }
}

fn by_code(code: i32) -> AcceptFault {
    let known = TABLE.iter().find(|entry| entry.0 == code);
    // A server must not end because of an error that nobody foresaw.
    known.map_or(AcceptFault::Exhausted, |entry| entry.1)
}

/// For errors that we made ourselves.
fn by_kind(kind: io::ErrorKind) -> AcceptFault {
    match kind {
        io::ErrorKind::WouldBlock => AcceptFault::NotReady,
        io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted => AcceptFault::Transient,
        _ => AcceptFault::Exhausted,
    }
}

#[cfg(unix)]
const TABLE: &[(i32, AcceptFault)] = {
    use AcceptFault::{Exhausted, Fatal, NotReady, Transient};
    use rustix::io::Errno;
    &[
        (Errno::AGAIN.raw_os_error(), NotReady),
        (Errno::WOULDBLOCK.raw_os_error(), NotReady),
        (Errno::INTR.raw_os_error(), Transient),
        (Errno::CONNABORTED.raw_os_error(), Transient),
        (Errno::CONNRESET.raw_os_error(), Transient),
        (Errno::PROTO.raw_os_error(), Transient),
        (Errno::TIMEDOUT.raw_os_error(), Transient),
        // A firewall's rules.
        (Errno::PERM.raw_os_error(), Transient),
        // Errors of the network that were already pending on the new connection. Linux hands them on.
        (Errno::NETDOWN.raw_os_error(), Transient),
        (Errno::NOPROTOOPT.raw_os_error(), Transient),
        (Errno::HOSTDOWN.raw_os_error(), Transient),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        (Errno::NONET.raw_os_error(), Transient),
        (Errno::HOSTUNREACH.raw_os_error(), Transient),
        (Errno::OPNOTSUPP.raw_os_error(), Transient),
        (Errno::NETUNREACH.raw_os_error(), Transient),
        (Errno::MFILE.raw_os_error(), Exhausted),
        (Errno::NFILE.raw_os_error(), Exhausted),
        (Errno::NOBUFS.raw_os_error(), Exhausted),
        (Errno::NOMEM.raw_os_error(), Exhausted),
        (Errno::NOSPC.raw_os_error(), Exhausted),
        (Errno::BADF.raw_os_error(), Fatal),
        (Errno::NOTSOCK.raw_os_error(), Fatal),
        (Errno::INVAL.raw_os_error(), Fatal),
        (Errno::FAULT.raw_os_error(), Fatal),
    ]
};

#[cfg(not(unix))]
const TABLE: &[(i32, AcceptFault)] = {
    use AcceptFault::{Exhausted, Fatal, NotReady, Transient};
    // By number, as the names are in no crate that we use: the WSAE… beside each.
    &[
        (10035, NotReady),  // WOULDBLOCK
        (10004, Transient), // INTR
        (10053, Transient), // CONNABORTED
        (10054, Transient), // CONNRESET
        (10050, Transient), // NETDOWN
        (10024, Exhausted), // MFILE
        (10055, Exhausted), // NOBUFS
        (10009, Fatal),     // BADF
        (10038, Fatal),     // NOTSOCK
        (10022, Fatal),     // INVAL
        (10045, Fatal),     // OPNOTSUPP
        (10014, Fatal),     // FAULT
        (10093, Fatal),     // NOTINITIALISED
    ]
};

#[cfg(all(test, unix))]
mod tests {
    use rustix::io::Errno;

    use super::*;

    fn fault(errno: Errno) -> AcceptFault {
        AcceptFault::of(&io::Error::from(errno))
    }

    #[test]
    fn every_error_of_the_manual_has_its_class() {
        for errno in [
            Errno::CONNABORTED,
            Errno::PROTO,
            Errno::INTR,
            Errno::PERM,
            Errno::NETDOWN,
            Errno::NOPROTOOPT,
            Errno::HOSTDOWN,
            Errno::HOSTUNREACH,
            Errno::OPNOTSUPP,
            Errno::NETUNREACH,
        ] {
            assert_eq!(fault(errno), AcceptFault::Transient, "{errno}");
        }
        for errno in [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM] {
            assert_eq!(fault(errno), AcceptFault::Exhausted, "{errno}");
        }
        for errno in [Errno::BADF, Errno::INVAL, Errno::NOTSOCK, Errno::FAULT] {
            assert_eq!(fault(errno), AcceptFault::Fatal, "{errno}");
        }
        assert_eq!(fault(Errno::AGAIN), AcceptFault::NotReady);
    }

    #[test]
    fn only_four_errors_stop_a_server() {
        let fatal: Vec<_> = (1..200).filter(|&code| by_code(code) == AcceptFault::Fatal).collect();
        assert_eq!(fatal.len(), 4, "{fatal:?}");
    }

    #[test]
    fn the_table_has_no_contradiction() {
        for &(code, class) in TABLE {
            assert_eq!(by_code(code), class, "{code}");
        }
    }

    #[test]
    fn what_we_made_ourselves_is_known_by_its_kind() {
        let lost = io::Error::new(io::ErrorKind::ConnectionAborted, io::Error::from(Errno::INVAL));
        assert_eq!(AcceptFault::of(&lost), AcceptFault::Transient);
        assert_eq!(AcceptFault::of(&io::ErrorKind::WouldBlock.into()), AcceptFault::NotReady);
        assert_eq!(AcceptFault::of(&io::ErrorKind::Other.into()), AcceptFault::Exhausted);
    }
}
