//! A range of IP addresses.

use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;

/// A range of IP addresses, written as `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
///
/// ```
/// use bowline_net::Network;
///
/// let network: Network = "10.1.0.0/16".parse()?;
/// assert!(network.contains([10, 1, 2, 3].into()));
/// assert!(!network.contains([10, 2, 2, 3].into()));
/// assert_eq!(network.to_string(), "10.1.0.0/16");
/// # Ok::<(), bowline_net::NetworkError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The text is no range of addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// There is no IP address before the `/`.
    #[error("not an IP address")]
    Address,
    /// What stands behind the `/` is no number of bits that such an address has.
    #[error("not a number of bits from 0 to {0}")]
    Prefix(u8),
    /// The address has bits behind those that count, so that it is unclear which of them is wrong.
    #[error("the address has more bits than the {0} that count")]
    Bits(u8),
}

impl Network {
    /// The addresses that have the first `prefix` bits in common with this one, whose other bits are 0.
    ///
    /// # Errors
    /// [`Prefix`](NetworkError::Prefix) and [`Bits`](NetworkError::Bits).
    pub fn new(address: IpAddr, prefix: u8) -> Result<Self, NetworkError> {
        let bits = bits(&address);
        if prefix > bits {
            return Err(NetworkError::Prefix(bits));
        }
        if first_bits(&address, prefix) != first_bits(&address, bits) {
            return Err(NetworkError::Bits(prefix));
        }
        Ok(Self { address, prefix })
    }

    /// Whether this address is in the range. An IPv4 address that is written as an IPv6 one is the IPv4 one.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        bits(&address) == bits(&self.address)
            && first_bits(&address, self.prefix) == first_bits(&self.address, self.prefix)
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self { address, prefix: bits(&address) }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) =
            text.split_once('/').map_or((text, None), |(left, right)| (left, Some(right)));
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Address)?;
        match prefix {
            None => Ok(address.into()),
            Some(prefix) => {
                let prefix = prefix.parse().map_err(|_| NetworkError::Prefix(bits(&address)))?;
                Self::new(address, prefix)
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

const fn bits(address: &IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The first bits of an address, the others 0.
fn first_bits(address: &IpAddr, count: u8) -> u128 {
    let all = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    };
    let cut = 128 - u32::from(count);
    all.checked_shr(cut).and_then(|kept| kept.checked_shl(cut)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Result<Network, NetworkError> {
        text.parse()
    }

    /// Mutant: the last bit of the prefix does not count.
    #[test]
    fn contains_what_begins_alike() {
        for (range, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"),
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("127.0.0.1", "::ffff:127.0.0.1", "::1"),
            ("::1", "::1", "127.0.0.1"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"),
            ("0.0.0.0/0", "255.1.2.3", "::"),
            ("::/0", "ffff::", "1.2.3.4"),
        ] {
            let range = network(range).unwrap();
            assert!(range.contains(inside.parse().unwrap()), "{range} {inside}");
            assert!(!range.contains(outside.parse().unwrap()), "{range} {outside}");
            assert_eq!(network(&range.to_string()), Ok(range));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(network("localhost"), Err(NetworkError::Address));
        assert_eq!(network("10.0.0.0/33"), Err(NetworkError::Prefix(32)));
        assert_eq!(network("::/129"), Err(NetworkError::Prefix(128)));
        assert_eq!(network("10.0.0.0/"), Err(NetworkError::Prefix(32)));
        assert_eq!(network("10.1.0.0/8"), Err(NetworkError::Bits(8)));
    }
}
