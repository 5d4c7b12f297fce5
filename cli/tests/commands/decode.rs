//! `decode` of captures as files, against what is expected word for word.

use bowline_tests::{bytes_of, watchdog};
use serde_json::json;

use crate::tool::{Place, Ran, run};

const HELLO: &str = "10000001 62776c6e 0100 0000 00000001 00000000";

/// Decodes bytes that are written as in the test vectors.
fn decode(capture: &str, options: &[&str]) -> Ran {
    let place = Place::new();
    let file = place.file("capture.bin", &bytes_of(capture));
    run(&[&["decode", &file], options].concat(), b"")
}

#[test]
fn a_conversation_is_shown_frame_by_frame() {
    watchdog::run("good capture", || {
        let capture = format!(
            "{HELLO} 05000000 68656c6c6f 00000000 04000000 00ff0a0d 04000004 07000000 04000005 61626364 08000007 \
             0102030405060708 03000005 656667 04000004 02000000 00000006 020000ff cafe 2c000000 61*44 \
             08000009 0500000000000000 0800000a 0000000000000000"
        );
        let ran = decode(&capture, &[]).expect(0);
        assert_eq!(ran.stdout, include_str!("golden/client.txt"), "{}", ran.stdout);
    });
}

#[test]
fn a_server_that_refuses_is_shown() {
    watchdog::run("refusal", || {
        let capture = "10000002 62776c6e 0100 0000 00001000 30750000 0b000003 0710 636f6d65206261636b";
        let ran = decode(capture, &["--from", "server"]).expect(0);
        assert_eq!(ran.stdout, include_str!("golden/refused.txt"), "{}", ran.stdout);
    });
}

#[test]
fn what_is_wrong_is_said_and_at_which_byte() {
    watchdog::run("broken capture", || {
        let capture = format!("{HELLO} 04000004 04000000 03000005 616263 02000005 6465 05000000 68656c6c6f");
        let ran = decode(&capture, &[]).expect(3);
        assert_eq!(ran.stdout, include_str!("golden/overflow.txt"), "{}", ran.stdout);
        assert_eq!(ran.stderr, "error: the stream is wrong at byte 35\n");
    });
}

#[test]
fn an_end_too_early_is_said() {
    watchdog::run("cut capture", || {
        let cut = decode(&format!("{HELLO} 05000000 6865"), &[]).expect(3).stdout;
        assert!(
            cut.contains(
                "wrong at byte 26: the stream ends inside the frame that begins at byte 20: 3 bytes"
            ),
            "{cut}"
        );
        let word = decode(&format!("{HELLO} 0500"), &[]).expect(3).stdout;
        assert!(
            word.contains(
                "wrong at byte 22: the stream ends inside the frame that begins at byte 20: 2 bytes"
            ),
            "{word}"
        );
        let chunks = decode(&format!("{HELLO} 04000004 04000000 03000005 616263"), &[]).expect(3).stdout;
        assert!(
            chunks.contains("wrong at byte 35: the stream ends inside an announced message: 3 of 4"),
            "{chunks}"
        );
        let after = decode("02000003 0600 00", &[]).expect(3).stdout;
        assert!(after.contains("wrong at byte 6: bytes after a refuse"), "{after}");
    });
}

#[test]
fn the_plain_profile_is_lengths_and_messages() {
    watchdog::run("plain capture", || {
        let ran = decode("05000000 68656c6c6f 00000000 01000000 ff", &["--plain"]).expect(0);
        assert_eq!(ran.stdout, include_str!("golden/plain.txt"), "{}", ran.stdout);
        let long = decode("05000000 68656c6c6f 0b000000", &["--plain", "--limit", "10"]).expect(3).stdout;
        assert!(
            long.contains("wrong at byte 9: TooLong (0x0104, longer than the limit): a length of 11"),
            "{long}"
        );
        let full = decode(HELLO, &["--plain"]).expect(3).stdout;
        assert!(full.contains("is it the full protocol"), "{full}");
        let plain = decode("05000000 68656c6c6f", &[]).expect(3).stdout;
        assert!(plain.contains("is it the plain profile, --plain"), "{plain}");
    });
}

#[test]
fn a_capture_may_begin_in_the_middle() {
    watchdog::run("middle", || {
        let ran = decode("01000000 61 08000009 0900000000000000", &["--middle"]).expect(0);
        assert!(ran.stdout.contains("9 messages"), "{}", ran.stdout);
        // Fewer than were seen can't be right, though.
        decode("01000000 61 08000009 0000000000000000", &["--middle"]).expect(3);
    });
}

#[test]
fn json_has_a_line_for_each_frame_and_one_for_the_end() {
    watchdog::run("json capture", || {
        let ran = decode(&format!("{HELLO} 02000000 6869 0000000b"), &["--json"]).expect(3);
        let [hello, message, end] = &ran.json()[..] else { panic!("{ran:?}") };
        assert_eq!(
            *hello,
            json!({"offset": 0, "kind": "hello", "length": 16, "version": 1, "limit": 16_777_216, "heartbeat_ms": 0})
        );
        assert_eq!(*message, json!({"offset": 20, "kind": "message", "length": 2, "text": "hi"}));
        assert_eq!((&end["frames"], &end["messages"]), (&json!(2), &json!(1)));
        let wrong = &end["wrong"];
        assert_eq!((&wrong["frame"], &wrong["offset"]), (&json!(26), &json!(29)));
        assert_eq!((&wrong["violation"], &wrong["code"]), (&json!("UnknownKind"), &json!(0x0103)));
    });
}

#[test]
fn standard_input_and_what_is_not_there() {
    watchdog::run("stdin capture", || {
        run(&["decode", "-"], &bytes_of(HELLO)).expect(0);
        let place = Place::new();
        run(&["decode", &place.path("missing")], b"").expect(4);
        let empty = run(&["decode", "-"], b"").expect(0).stdout;
        assert!(empty.contains("without a handshake"), "{empty}");
    });
}
