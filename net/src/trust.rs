//! Which users may be at the other end.

use bowline_runtime::{Peer, PeerAddress};

use crate::credentials;

/// The peer is not a user that may be there: refuse it with the code for unauthorized peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", describe(*uid))]
pub struct Unauthorized {
    uid: Option<u32>,
}

impl Unauthorized {
    #[cfg(windows)]
    pub(crate) const fn unknown() -> Self {
        Self { uid: None }
    }

    /// Which user it is, or `None` if the system can't tell; whoever is unknown is refused.
    #[must_use]
    pub fn uid(&self) -> Option<u32> {
        self.uid
    }
}

/// The rule by which one end judges the other.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    pub(crate) same_user: bool,
    pub(crate) users: Vec<u32>,
}

impl Default for Trust {
    fn default() -> Self {
        Self { same_user: true, users: Vec::new() }
    }
}

impl Trust {
    /// TCP passes, for it has no users, and so does a pipe: the system keeps out whom its descriptor does not name. Root gets
    /// no privilege: it could be anyone's program running as root.
    pub(crate) fn check(&self, peer: &Peer) -> Result<(), Unauthorized> {
        if !self.same_user || matches!(peer.address(), PeerAddress::Tcp(_) | PeerAddress::Pipe(_)) {
            return Ok(());
        }
        match peer.credentials().map(|credentials| credentials.uid()) {
            Some(uid) if Some(uid) == credentials::own_user() || self.users.contains(&uid) => Ok(()),
            uid => Err(Unauthorized { uid }),
        }
    }
}

fn describe(uid: Option<u32>) -> String {
    match uid {
        Some(uid) => format!("user {uid} is not allowed here"),
        None => "the system can't tell which user the peer is".to_owned(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use bowline_runtime::Credentials;

    use super::*;

    fn peer(uid: u32) -> Peer {
        Peer::new(PeerAddress::Unix(None)).with_credentials(Credentials::new(uid, 0, None))
    }

    fn us() -> u32 {
        credentials::own_user().expect("a Unix has users")
    }

    #[test]
    fn only_the_same_user_by_default() {
        let trust = Trust::default();
        assert_eq!(trust.check(&peer(us())), Ok(()));
        let other = us() + 1;
        assert_eq!(trust.check(&peer(other)), Err(Unauthorized { uid: Some(other) }));
    }

    #[test]
    fn listed_users_come_besides_the_same_one() {
        let other = us() + 1;
        let trust = Trust { users: vec![other], ..Trust::default() };
        assert_eq!(trust.check(&peer(other)), Ok(()));
        assert_eq!(trust.check(&peer(us())), Ok(()));
        assert_eq!(trust.check(&peer(other + 1)), Err(Unauthorized { uid: Some(other + 1) }));
    }

    #[test]
    fn an_unknown_user_is_refused() {
        let unknown = Peer::new(PeerAddress::Unix(None));
        assert_eq!(Trust::default().check(&unknown), Err(Unauthorized { uid: None }));
    }

    #[test]
    fn it_can_be_switched_off() {
        let trust = Trust { same_user: false, ..Trust::default() };
        assert_eq!(trust.check(&peer(us() + 1)), Ok(()));
    }

    #[test]
    fn tcp_has_no_users() {
        let tcp = Peer::new(PeerAddress::Tcp(([127, 0, 0, 1], 80).into()));
        assert_eq!(Trust::default().check(&tcp), Ok(()));
    }
}
