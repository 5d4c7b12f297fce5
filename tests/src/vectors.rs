//! The test vectors, `tests/vectors/*.txt`. The head of each file describes its fields.

use std::fs;
use std::path::Path;

/// What a client does.
pub type Script = Vec<Step>;

/// One step of a client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// It sends these bytes.
    Send(Vec<u8>),
    /// It reads frames until one of this kind has come.
    Await(u8),
}

/// The cases of a file, each as its fields.
#[must_use]
pub fn rows(file: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file);
    let text = fs::read_to_string(&path).expect("the vectors are there");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(" | ").map(str::to_owned).collect()).collect()
}

/// The bytes that a field stands for.
#[must_use]
pub fn bytes_of(field: &str) -> Vec<u8> {
    field.split_whitespace().filter(|group| !matches!(*group, "-" | "empty")).flat_map(group).collect()
}

/// What a field says that the client does.
#[must_use]
pub fn script_of(field: &str) -> Script {
    let mut script = Script::new();
    for part in field.split_whitespace().filter(|part| *part != "-") {
        match (part.strip_prefix('<'), script.last_mut()) {
            (Some(kind), _) => script.push(Step::Await(u8::from_str_radix(kind, 16).expect("a kind in hex"))),
            (None, Some(Step::Send(bytes))) => bytes.extend(group(part)),
            (None, _) => script.push(Step::Send(group(part))),
        }
    }
    script
}

/// `HEX` or `HEX*N`.
fn group(text: &str) -> Vec<u8> {
    let (hex, count) = text.split_once('*').unwrap_or((text, "1"));
    let digits = hex.as_bytes().chunks(2).map(|pair| {
        let pair = str::from_utf8(pair).expect("digits");
        u8::from_str_radix(pair, 16).expect("two hex digits")
    });
    digits.collect::<Vec<_>>().repeat(count.parse().expect("a number"))
}
