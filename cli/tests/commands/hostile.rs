//! `receive` from a sender that says what it likes. `cat` is that sender.

use bowline_tests::watchdog;

use crate::tool::{Place, Ran, run};
use crate::transfer::{names, receiver};

/// What a receiver makes of a sender that says this, each a message in hex; it must leave nothing behind.
fn hostile(options: &[&str], messages: &[Vec<u8>]) -> Ran {
    let place = Place::new();
    let (endpoint, inbox) = (place.endpoint("s"), place.folder("inbox"));
    let receiver = receiver(&[&[endpoint.as_str(), &inbox], options].concat());
    let mut script = Vec::new();
    for message in messages {
        let digits: String = message.iter().map(|byte| format!("{byte:02x}")).collect();
        script.extend(format!("{digits}\n").bytes());
    }
    run(&["cat", &endpoint, "-i", "hex", "-o", "none", "-w", "1h", "-q"], &script).expect(0);
    let ran = receiver.end();
    assert_eq!(names(&inbox), [""; 0], "{ran:?}");
    ran
}

fn offer(name: &str, size: u64) -> Vec<u8> {
    let files = serde_json::json!([{"name": name, "size": size}]);
    serde_json::json!({"offer": {"version": 1, "files": files}}).to_string().into_bytes()
}

fn digest(sha256: &str) -> Vec<u8> {
    serde_json::json!({"digest": {"sha256": sha256}}).to_string().into_bytes()
}

// Mutant: names are not checked.
#[test]
fn no_name_leads_out_of_the_folder() {
    watchdog::run("names", || {
        for name in ["../evil", "/tmp/evil", "..", "a/b", ".profile", "a\u{1b}[2J"] {
            let ran = hostile(&[], &[offer(name, 0), digest("00")]).expect(3);
            assert!(ran.stderr.contains("refused the file name"), "{ran:?}");
            assert!(!ran.stderr.contains('\u{1b}'), "a terminal would obey: {ran:?}");
        }
    });
}

// Mutants: the hash, or the count of bytes, is not compared.
#[test]
fn what_is_not_what_was_said_is_thrown_away() {
    watchdog::run("wrong content", || {
        let piece = b"\0abc".to_vec();
        let right = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let wrong_hash =
            hostile(&[], &[offer("f", 3), piece.clone(), digest(&right.replace('b', "c"))]).expect(3);
        assert!(wrong_hash.stderr.contains("its SHA-256 is not what the sender says"), "{wrong_hash:?}");
        let too_many = hostile(&[], &[offer("f", 2), piece.clone(), digest(right)]).expect(3);
        assert!(too_many.stderr.contains("more bytes than announced"), "{too_many:?}");
        let too_few = hostile(&[], &[offer("f", 4), piece, digest(right)]).expect(3);
        assert!(too_few.stderr.contains("fewer bytes than announced"), "{too_few:?}");
    });
}

#[test]
fn who_does_not_speak_of_files_is_told_so() {
    watchdog::run("nonsense", || {
        hostile(&[], &[b"hello".to_vec()]).expect(3);
        hostile(&[], &[offer("f", 3), offer("g", 3)]).expect(3);
        hostile(&[], &[br#"{"offer":{"version":2,"files":[]}}"#.to_vec()]).expect(1);
        let ran = hostile(&["--max-size", "1k"], &[offer("f", 1025)]).expect(3);
        assert!(ran.stderr.contains("more than 1.00 KiB"), "{ran:?}");
    });
}
