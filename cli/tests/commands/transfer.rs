//! `send` and `receive`: what arrives, what is left when it does not, and what a hostile sender can do.

use std::fs;
use std::os::unix::fs::symlink;

use bowline_tests::watchdog;
use rustix::process::Signal;

use crate::tool::{Place, Running, run, start};

/// A receiver that listens.
pub(crate) fn receiver(options: &[&str]) -> Running {
    let mut running = start(&[&["receive"], options].concat());
    running.until("listening on");
    running
}

/// The names in a folder, in order.
pub(crate) fn names(folder: &str) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.expect("an entry").file_name().into_string().expect("UTF-8")
    };
    let mut names: Vec<_> = fs::read_dir(folder).expect("a folder").map(name).collect();
    names.sort();
    names
}

/// Bytes that are nowhere the same.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| byte()).collect()
}

#[test]
fn files_arrive_whole() {
    watchdog::run("files", || {
        for wire in [&[][..], &["--plain"]] {
            let place = Place::new();
            let (endpoint, inbox) = (place.endpoint("s"), place.folder("inbox"));
            let large = noise(1_500_001);
            let files = [("large", &large[..]), ("a b.txt", b"hi\n"), ("empty", b"")];
            let paths = files.map(|(name, content)| place.file(name, content));
            let receiver = receiver(&[&[endpoint.as_str(), &inbox], wire].concat());
            let paths: Vec<_> = paths.iter().map(String::as_str).collect();
            let sent = run(&[&["send", &endpoint], wire, &paths[..]].concat(), b"").expect(0);
            assert!(sent.stdout.contains("a b.txt: 3 B sent, hash confirmed"), "{sent:?}");
            let received = receiver.end().expect(0);
            assert!(received.stdout.contains("empty: 0 B received, hash right"), "{received:?}");
            assert_eq!(names(&inbox), ["a b.txt", "empty", "large"]);
            for (name, content) in files {
                assert!(fs::read(format!("{inbox}/{name}")).unwrap() == content, "{name}");
            }
        }
    });
}

#[test]
fn json_has_the_hash_that_sha256sum_has() {
    watchdog::run("hash", || {
        let place = Place::new();
        let (endpoint, inbox, file) = (place.endpoint("s"), place.folder("inbox"), place.file("abc", b"abc"));
        let mut receiver = start(&["--json", "receive", &endpoint, &inbox]);
        receiver.until("listening");
        run(&["send", &endpoint, &file, "-q"], b"").expect(0);
        let event = receiver.end().expect(0).event("file");
        assert_eq!(event["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((&event["name"], &event["bytes"]), (&"abc".into(), &3.into()));
    });
}

#[test]
fn the_sender_may_be_the_server() {
    watchdog::run("sender listens", || {
        let place = Place::new();
        let (endpoint, inbox, file) =
            (place.endpoint("s"), place.folder("inbox"), place.file("f", b"content"));
        let mut sender = start(&["send", "--listen", &endpoint, &file]);
        sender.until("listening on");
        run(&["receive", "--connect", &endpoint, &inbox], b"").expect(0);
        sender.end().expect(0);
        assert_eq!(fs::read(format!("{inbox}/f")).unwrap(), b"content");
    });
}

#[test]
fn one_sender_after_the_other_is_received_from() {
    watchdog::run("keep", || {
        let place = Place::new();
        let (endpoint, inbox) = (place.endpoint("s"), place.folder("inbox"));
        let (one, two) = (place.file("one", b"1"), place.file("two", b"2"));
        let receiver = receiver(&[&endpoint, &inbox, "--keep"]);
        run(&["send", &endpoint, &one], b"").expect(0);
        // What goes wrong with one sender is not the next one's business.
        run(&["send", &endpoint, &one], b"").expect(1);
        run(&["send", &endpoint, &two], b"").expect(0);
        receiver.stop().expect(0);
        assert_eq!(names(&inbox), ["one", "two"]);
    });
}

/// A transfer that goes on for longer than any test, of which something has come.
fn under_way(place: &Place) -> (Running, Running, String) {
    let (endpoint, inbox, huge) = (place.endpoint("s"), place.folder("inbox"), place.file("huge", b""));
    fs::File::options().write(true).open(&huge).expect("a file").set_len(1 << 40).expect("a sparse file");
    let receiver = receiver(&[&endpoint, &inbox]);
    let sender = start(&["send", &endpoint, &huge]);
    let has_begun = || {
        names(&inbox)
            .iter()
            .any(|name| fs::metadata(format!("{inbox}/{name}")).is_ok_and(|file| file.len() > 0))
    };
    watchdog::until("something has come", has_begun);
    (sender, receiver, inbox)
}

// Mutant: what has come is kept.
#[test]
fn a_killed_sender_leaves_nothing() {
    watchdog::run("killed sender", || {
        let place = Place::new();
        let (sender, receiver, inbox) = under_way(&place);
        sender.signal(Signal::KILL);
        let ran = receiver.end().expect(1);
        assert!(ran.stderr.contains("the peer was lost"), "{ran:?}");
        assert_eq!(names(&inbox), [""; 0]);
    });
}

// Mutant: Ctrl-C ends the sender without a word.
#[test]
fn a_cancelled_transfer_leaves_nothing_and_both_say_so() {
    watchdog::run("cancelled", || {
        let place = Place::new();
        let (sender, receiver, inbox) = under_way(&place);
        assert_eq!(sender.stop().expect(130).stderr, "error: interrupted\n");
        let ran = receiver.end().expect(1);
        assert!(ran.stderr.ends_with("error: cancelled by the peer: interrupted\n"), "{ran:?}");
        assert_eq!(names(&inbox), [""; 0]);

        let place = Place::new();
        let (sender, receiver, inbox) = under_way(&place);
        receiver.stop().expect(130);
        let ran = sender.end().expect(1);
        assert_eq!(ran.stderr, "error: cancelled by the peer: interrupted\n");
        assert_eq!(names(&inbox), [""; 0]);
    });
}

// Mutant: the file has its name from the beginning.
#[test]
fn a_killed_receiver_leaves_nothing_under_the_name() {
    watchdog::run("killed receiver", || {
        let place = Place::new();
        let (sender, receiver, inbox) = under_way(&place);
        receiver.signal(Signal::KILL);
        sender.end().expect(1);
        let names = names(&inbox);
        assert!(
            names.iter().all(|name| name.starts_with(".bowline-") && name.ends_with(".part")),
            "{names:?}"
        );
    });
}

#[test]
fn what_is_there_stays_unless_it_is_to_be_replaced() {
    watchdog::run("overwrite", || {
        let place = Place::new();
        let (endpoint, inbox, file) = (place.endpoint("s"), place.folder("inbox"), place.file("f", b"new"));
        fs::write(format!("{inbox}/f"), "old").unwrap();
        let careful = receiver(&[&endpoint, &inbox]);
        let sent = run(&["send", &endpoint, &file], b"").expect(1);
        assert!(sent.stderr.contains("it is there already"), "{sent:?}");
        careful.end().expect(4);
        assert_eq!(fs::read(format!("{inbox}/f")).unwrap(), b"old");

        let replacing = receiver(&[&endpoint, &inbox, "--overwrite"]);
        run(&["send", &endpoint, &file], b"").expect(0);
        replacing.end().expect(0);
        assert_eq!(fs::read(format!("{inbox}/f")).unwrap(), b"new");
    });
}

// Mutant: what has come is copied to the name, so that a link is followed.
#[test]
fn a_link_in_the_folder_is_replaced_not_followed() {
    watchdog::run("link", || {
        let place = Place::new();
        let (endpoint, inbox, file) = (place.endpoint("s"), place.folder("inbox"), place.file("f", b"new"));
        let precious = place.file("precious", b"old");
        symlink(&precious, format!("{inbox}/f")).unwrap();
        let replacing = receiver(&[&endpoint, &inbox, "--overwrite"]);
        run(&["send", &endpoint, &file], b"").expect(0);
        replacing.end().expect(0);
        assert_eq!(fs::read(&precious).unwrap(), b"old");
        assert_eq!(fs::read(format!("{inbox}/f")).unwrap(), b"new");
    });
}

#[test]
fn what_can_not_be_sent_is_said_before_anybody_is_asked() {
    watchdog::run("unreadable", || {
        let place = Place::new();
        let endpoint = place.endpoint("nobody");
        let missing = run(&["send", &endpoint, &place.path("missing")], b"").expect(4);
        assert!(missing.stderr.contains("missing: No such file"), "{missing:?}");
        let folder = run(&["send", &endpoint, &place.folder("folder")], b"").expect(4);
        assert!(folder.stderr.contains("not a plain file"), "{folder:?}");
        let nowhere = run(&["receive", &endpoint, &place.path("nowhere")], b"").expect(4);
        assert!(nowhere.stderr.contains("no such folder"), "{nowhere:?}");
    });
}
