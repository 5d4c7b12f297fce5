//! T8: every row of the test vectors that is to be refused at once, over and over.

use std::sync::LazyLock;

use bowline_tests::certificates::Visitor;
use bowline_tests::{Script, Step, rows, script_of};

use super::attack::Attack;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::Target;

struct Row {
    name: String,
    script: Script,
    code: u16,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let at_once = rows("errors.txt").into_iter().filter(|row| row[3] == "0");
    at_once.map(|row| Row::new(&row)).collect()
});

impl Row {
    fn new(fields: &[String]) -> Self {
        let code = u16::from_str_radix(fields[2].trim_start_matches("0x"), 16).expect("a code in hex");
        Self { name: fields[0].replace(' ', "_"), script: script_of(&fields[1]), code }
    }
}

pub(super) struct Malformed {
    row: usize,
    /// The next step of the row.
    next: usize,
}

impl Malformed {
    pub(super) fn new(index: usize) -> Self {
        // Each starts somewhere else.
        Self { row: index * 7, next: 0 }
    }

    fn row(&self) -> &'static Row {
        &ROWS[self.row % ROWS.len()]
    }
}

impl Attack for Malformed {
    fn target(&self) -> Target {
        Target::Sink
    }

    /// Every other one is old.
    fn visitor(&self) -> Option<Visitor> {
        Some(if self.row.is_multiple_of(2) { Visitor::Member } else { Visitor::Veteran })
    }

    fn begin(&mut self) {
        self.row += 1;
        self.next = 0;
    }

    fn step(&mut self, wire: &mut Wire, _tally: &mut Tally) {
        while let Some(step) = self.row().script.get(self.next) {
            let done = match step {
                Step::Send(bytes) => wire.offer(bytes),
                Step::Await(kind) => {
                    wire.flush();
                    core::iter::from_fn(|| wire.hear()).any(|frame| frame.kind == *kind)
                }
            };
            if !done {
                return;
            }
            self.next += 1;
        }
        wire.flush();
        wire.listen();
    }

    fn over(&mut self, wire: &Wire, tally: &mut Tally) {
        let row = self.row();
        tally.add("rows", 1);
        if wire.refusal() != Some(row.code) {
            let code = wire.refusal().map_or("nothing".to_owned(), |code| format!("0x{code:04x}"));
            tally.add(&format!("mismatch.{}:{code}", row.name), 1);
        }
    }
}
