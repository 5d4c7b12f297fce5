//! The service itself. It is a plain thread that the system starts, so that the adapter is the one for plain threads.

use core::time::Duration;
use std::ffi::OsString;
use std::sync::mpsc::{self, Receiver};

use bowline_std::{Bytes, Socket, bind, connect};
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle};
use windows_service::{define_windows_service, service_dispatcher};

pub(crate) type Result<T = ()> = core::result::Result<T, Box<dyn core::error::Error + Send + Sync>>;

const NAME: &str = "bowline-echo";
/// Only programs of the account that the service runs as can reach this. For others, take `pipe://bowline-echo` with
/// `BindOptions::same_user(false)`, and the same in the clients' `DialOptions`.
const ENDPOINT: &str = "local://bowline-echo";
/// How long clients may take to take in what was sent. The system waits longer, since it is told of it.
const PATIENCE: Duration = Duration::from_secs(10);

define_windows_service!(entry, main_of_service);

/// Hands this thread to the system, which calls `main_of_service` on another; returns when the service has stopped.
pub(crate) fn run() -> Result {
    Ok(service_dispatcher::start(NAME, entry)?)
}

/// What a client of the service's does.
pub(crate) fn talk() -> Result {
    let socket = connect(ENDPOINT).wait()?;
    socket.write("ahoy").wait()?;
    println!("the service says {:?}", socket.read().wait()?);
    println!("the connection is {}", socket.ended().wait()?);
    Ok(())
}

/// Nobody sees what a service prints. What goes wrong here the system enters in its log.
fn main_of_service(_arguments: Vec<OsString>) {
    let (stop, stopped) = mpsc::channel();
    let handle = service_control_handler::register(NAME, move |control| match control {
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        ServiceControl::Stop | ServiceControl::Shutdown => {
            // Asked a second time, it is stopping already.
            let _stopping = stop.send(());
            ServiceControlHandlerResult::NoError
        }
        _ => ServiceControlHandlerResult::NotImplemented,
    });
    let Ok(handle) = handle else { return };
    let exit_code = match serve(handle, &stopped) {
        Ok(()) => ServiceExitCode::NO_ERROR,
        Err(_failure) => ServiceExitCode::ServiceSpecific(1),
    };
    let _process_ends = report(handle, ServiceState::Stopped, exit_code);
}

/// Serves until the system says stop.
fn serve(handle: ServiceStatusHandle, stopped: &Receiver<()>) -> Result {
    let server = bind(ENDPOINT)?;
    server.on_connect(|_peer| true, |socket| socket.on_message(echo));
    report(handle, ServiceState::Running, ServiceExitCode::NO_ERROR)?;
    stopped.recv()?;
    report(handle, ServiceState::StopPending, ServiceExitCode::NO_ERROR)?;
    server.close(PATIENCE).wait()?;
    Ok(())
}

fn echo(socket: &Socket, message: Bytes) {
    // Refused only if the client sends without reading, or has left.
    let _has_room = socket.write(message).detach();
}

fn report(
    handle: ServiceStatusHandle,
    current_state: ServiceState,
    exit_code: ServiceExitCode,
) -> windows_service::Result<()> {
    let is_running = current_state == ServiceState::Running;
    let is_stopping = current_state == ServiceState::StopPending;
    let accepted = ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN;
    handle.set_service_status(ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state,
        controls_accepted: if is_running { accepted } else { ServiceControlAccept::empty() },
        exit_code,
        checkpoint: 0,
        wait_hint: if is_stopping { PATIENCE * 2 } else { Duration::ZERO },
        process_id: None,
    })
}
