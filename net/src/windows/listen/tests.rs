//! What pipes are made and opened with, whatever the options are and in whatever order they were set.
//!
//! Wine 8 shows a pipe's descriptor and type, and what is inherited. It takes no notice of the flags for a first instance
//! and against clients on other machines, nor of how far a server may go in its client's name: what comes of them is asked
//! on Windows only, and nobody has run it there yet. That they are passed is seen in Wine's list of calls, which
//! `.ci/platforms` looks at.

use core::sync::atomic::{AtomicU32, Ordering};
use core::task::Waker;
use std::fs::OpenOptions;
use std::os::windows::io::OwnedHandle;

use bowline_runtime::Endpoint;
use windows_sys::Win32::Storage::FileSystem::SECURITY_IDENTIFICATION;
use windows_sys::Win32::System::Pipes::{PIPE_SERVER_END, PIPE_TYPE_BYTE};

use super::*;
use crate::DialError;
use crate::trust::Trust;
use crate::windows::pipe_name;
use crate::windows::system::seen;
use crate::windows::system::wine::is_wine;

type Setter = fn(BindOptions) -> BindOptions;

/// Everything that may be given up, but for who may connect.
const SETTERS: [Setter; 5] = [
    |options| options.allow_remote(true),
    |options| options.mode(0o777),
    |options| options.backlog(1),
    |options| options.allow_users([0, 1000]),
    |options| options.shared_directory(true),
];

/// Mutants: the descriptor is left out, or it lets everybody in; handles are inherited.
#[test]
fn no_order_of_setters_lets_anybody_in() {
    for order in orders(&SETTERS) {
        expect_safe(&open(&order), "");
    }
}

/// Others may read and write, and never make an instance of their own (0x4).
///
/// Mutants: others get all rights; one setter resets what another has set.
#[test]
fn others_come_in_only_when_they_may_and_then_only_to_talk() {
    let setters = [&SETTERS[..], &[|options| options.same_user(false)]].concat();
    for order in orders(&setters) {
        expect_safe(&open(&order), "(A;;0x12019b;;;WD)");
    }
}

/// Mutant: the next instance is made with no descriptor, or with handles that are inherited.
#[test]
fn the_next_instance_is_like_the_first() {
    let mut listen = open(&[]);
    let client = pipes::open(&listen.name.wide).unwrap();
    let first = Arc::clone(listen.waiting.as_ref().unwrap());
    let _arrival = eventually(|cx| listen.poll_accept(cx)).unwrap();
    assert!(!Arc::ptr_eq(&first, listen.waiting.as_ref().unwrap()), "an instance is used once");
    expect_safe(&listen, "");
    assert!(!seen::is_inherited(&client));
}

/// Mutant (on Windows): clients on other machines are not refused.
#[test]
fn other_machines_are_refused() {
    let listen = open(&SETTERS);
    let name = listen.name.endpoint.to_string().replace("pipe://", "");
    if is_wine() {
        return println!("not checked: Wine has no pipes of other machines");
    }
    let remote = OpenOptions::new().read(true).write(true).open(format!(r"\\127.0.0.1\pipe\{name}"));
    assert!(remote.is_err());
}

/// Mutant (on Windows): the first instance is made like the next ones.
#[test]
fn a_name_that_is_taken_is_refused() {
    let listen = open(&[]);
    if is_wine() {
        return println!("not checked: Wine 8 takes no notice of the flag for a first instance");
    }
    let second = PipeListen::open(listen.name.clone(), &BindOptions::new());
    assert!(matches!(second, Err(BindError::InUse { .. })));
}

/// Mutant (on Windows): a client is opened without saying how far the server may go, which is: all the way.
#[test]
fn a_server_learns_who_its_client_is_and_can_not_act_as_it() {
    let listen = open(&[]);
    let server = listen.waiting.as_ref().unwrap();
    let client = Channel::open(File::Pipe(pipes::open(&listen.name.wide).unwrap())).unwrap();
    assert!(has_come(eventually(|cx| server.poll(cx))));
    let (output, input) = (Operation::on(&client), Operation::on(server.channel()));
    output.with_memory(|memory| memory.push(1));
    output.write(0);
    input.with_memory(|memory| memory.push(0));
    input.read();
    assert_eq!(eventually(|cx| input.poll(cx)).unwrap().unwrap(), 1);
    let level = seen::level_of_client(handle(&listen));
    if is_wine() {
        return println!("not checked: Wine 8 grants every server the same level, here {level:?}");
    }
    assert_eq!(level.unwrap() << 16, SECURITY_IDENTIFICATION);
}

/// Mutant: a client does not look at who owns the pipe.
#[test]
fn a_pipe_of_somebody_else_is_refused() {
    let name = name();
    let Some(_squatters) = squat(&name) else {
        return println!("not checked: this user can't give a pipe away");
    };
    assert!(matches!(name.open(&Trust::default()), Err(DialError::WrongOwner(_))));
    let trusting = Trust { same_user: false, ..Trust::default() };
    assert!(name.open(&trusting).unwrap().is_some());
}

/// Two instances that belong to the system, for which one has to be allowed to restore files, or to the administrators.
fn squat(name: &PipeName) -> Option<[OwnedHandle; 2]> {
    ["SY", "BA"].into_iter().find_map(|owner| {
        let descriptor = security::Descriptor::parse(&format!("O:{owner}D:(A;;GA;;;WD)")).unwrap();
        let first = pipes::make(&name.wide, true, &descriptor).ok()?;
        Some([first, pipes::make(&name.wide, false, &descriptor).unwrap()])
    })
}

fn expect_safe(listen: &PipeListen, others: &str) {
    let (handle, user) = (handle(listen), security::own_user().unwrap());
    assert!(!seen::is_inherited(handle));
    assert_eq!(seen::kind_of_pipe(handle), PIPE_SERVER_END | PIPE_TYPE_BYTE);
    let meant = format!("O:{user}D:P(A;;GA;;;{user})(A;;GA;;;SY){others}");
    // Windows says which rights a file's "all" are, Wine does not.
    assert_eq!(seen::descriptor(handle).replace("FA", "GA"), seen::in_other_words(&meant));
}

fn open(setters: &[Setter]) -> PipeListen {
    let options = setters.iter().fold(BindOptions::new(), |options, set| set(options));
    PipeListen::open(name(), &options).unwrap()
}

fn handle(listen: &PipeListen) -> &OwnedHandle {
    match listen.waiting.as_ref().unwrap().channel().file() {
        File::Pipe(handle) => handle,
        File::Socket(_) => unreachable!("it is a pipe"),
    }
}

fn name() -> PipeName {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let endpoint = Endpoint::pipe(format!("bowline-net-{}-{number}", std::process::id())).unwrap();
    pipe_name(&endpoint).ok().flatten().unwrap()
}

/// Every order of some things.
fn orders<T: Copy>(things: &[T]) -> Vec<Vec<T>> {
    if things.is_empty() {
        return vec![Vec::new()];
    }
    let last = |index: usize| {
        let others = [&things[..index], &things[index + 1..]].concat();
        orders(&others).into_iter().map(move |order| [order, vec![things[index]]].concat())
    };
    (0..things.len()).flat_map(last).collect()
}

fn eventually<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
    for _ in 0..60_000 {
        if let Poll::Ready(done) = poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("nothing comes of it");
}
