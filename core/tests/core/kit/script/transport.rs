//! A script's transport: it moves some bytes, cuts them anywhere, or takes them over and confirms them later.

use super::Player;
use crate::kit::Memory;
use crate::kit::pair::{Side, shown};

impl<M: Memory> Player<'_, M> {
    pub(super) fn send(&mut self, side: Side) {
        let most = self.byte();
        self.confirm(side);
        self.pair.send(side, if most > 200 { usize::MAX } else { most });
    }

    pub(super) fn deliver(&mut self, side: Side) {
        let most = self.byte();
        self.pair.deliver(side, if most > 200 { usize::MAX } else { most }, most.is_multiple_of(2));
    }

    pub(super) fn lend(&mut self, side: Side) {
        let most = self.byte();
        let bytes = shown(self.pair.end(side), most);
        self.pair.end(side).lend(bytes.len());
        self.lent[side as usize] += bytes.len();
        self.pair.pipe(side.other()).put(&bytes);
    }

    pub(super) fn confirm(&mut self, side: Side) {
        let lent = core::mem::take(&mut self.lent[side as usize]);
        if lent > 0 {
            self.pair.end(side).transmitted(lent);
        }
    }

    pub(super) fn drive(&mut self) {
        self.confirm(Side::Client);
        self.confirm(Side::Server);
        self.pair.drive();
    }
}
