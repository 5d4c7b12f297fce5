//! Listening sockets that systemd made and handed to this process.

#[cfg(target_os = "linux")]
mod check;
#[cfg(target_os = "linux")]
mod claim;
mod error;
#[cfg(target_os = "linux")]
mod handover;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use bowline_runtime::Endpoint;
#[cfg(target_os = "linux")]
use bowline_runtime::EndpointKind;

#[cfg(target_os = "linux")]
use crate::unix;
use crate::{BindError, BindOptions, Bound};
pub use error::InheritError;

/// Where a socket listens that systemd has handed to this process under this name, the unit's `FileDescriptorName=`. `None` if this
/// process was handed none at all: it was started in another way, or the sockets are meant for another process.
///
/// Nothing is taken: a server does that, bound at this endpoint with [`BindOptions::inherited`].
///
/// ```
/// use bowline_net::{BindOptions, bind, inherited};
///
/// // systemd's socket if there is one, and else one of our own.
/// let bound = match inherited("echo")? {
///     Some(endpoint) => bind(&endpoint, &BindOptions::new().inherited("echo"))?,
///     None => bind(&"tcp://127.0.0.1:0".parse()?, &BindOptions::new())?,
/// };
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
/// [`InheritError`]: what was handed over is not what it should be, or has another name.
#[cfg(target_os = "linux")]
pub fn inherited(name: &str) -> Result<Option<Endpoint>, InheritError> {
    match claim::peek(name, check::listening_at) {
        Err(InheritError::NotActivated | InheritError::OtherProcess { .. }) => Ok(None),
        outcome => outcome.map(Some),
    }
}

/// Where a socket listens that systemd has handed to this process. This platform has no systemd, so that there is none.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn inherited(_name: &str) -> Result<Option<Endpoint>, InheritError> {
    Ok(None)
}

/// Takes the socket of this name, which has to listen at this endpoint.
#[cfg(target_os = "linux")]
pub(crate) fn adopt(endpoint: &Endpoint, name: &str, options: &BindOptions) -> Result<Bound, BindError> {
    let wanted = check::Wanted::of(endpoint, options)?;
    let (socket, serving) = claim::take(name, |socket| wanted.check(name, socket))?;
    let trust = match serving.kind() {
        EndpointKind::Abstract(_) => unix::enforced(&options.trust),
        _ => options.trust.clone(),
    };
    Ok(Bound::shared(serving, socket, trust))
}

/// As [`inherited`]: there is none.
#[cfg(not(target_os = "linux"))]
pub(crate) fn adopt(_: &Endpoint, _: &str, _: &BindOptions) -> Result<Bound, BindError> {
    Err(InheritError::NotActivated.into())
}
