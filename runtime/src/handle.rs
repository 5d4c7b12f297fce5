//! A hard reference to a connection.

use core::ops::Deref;
use core::sync::atomic::Ordering;
use std::sync::Arc;

use crate::clock;
use crate::link::Link;

/// A hard reference: with the last one the connection says goodbye.
pub(crate) struct Handle(Arc<Link>);

impl Handle {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        link.handles.fetch_add(1, Ordering::Relaxed);
        Self(link)
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.0))
    }
}

impl Deref for Handle {
    type Target = Arc<Link>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // AcqRel: what was done through other handles comes before the goodbye.
        if self.0.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.with(|driven| driven.connection.abandon(clock::now()));
            self.0.waiters.call_keeper();
        }
    }
}
