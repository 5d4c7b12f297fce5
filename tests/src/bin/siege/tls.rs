//! What TLS holds, beside what connections hold without it.

use crate::options::AttackName;

/// The state of one connection, with its certificates.
const STATE: usize = 16 << 10;
/// A record that has not come whole.
const RECORD: usize = 18 << 10;
/// A message of the handshake that has not.
const HANDSHAKE: usize = 64 << 10;
/// What is encrypted and has not left, in at most five records.
const AHEAD: usize = (68 << 10) + 5 * 22;

/// The sessions that rustls remembers, so that clients can come back.
pub(crate) const PROGRAM: usize = 1 << 20;

/// What `tls/README.md` says of one connection. While there is a handshake, nothing is encrypted ahead.
pub(crate) const FORMULA: usize = STATE + RECORD + AHEAD;

/// What one connection may be brought to hold by this attack.
pub(crate) fn held(name: AttackName) -> usize {
    match name {
        AttackName::Hoard | AttackName::Control => FORMULA,
        AttackName::Flood | AttackName::Abort | AttackName::Malformed | AttackName::Torn => STATE + RECORD,
        AttackName::Shake => STATE + HANDSHAKE,
        _ => STATE,
    }
}
