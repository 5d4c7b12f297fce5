//! tokio-util's `LengthDelimitedCodec` on tokio's streams.

use bytes::Bytes;
use futures_lite::future::poll_once;
use futures_util::{SinkExt, StreamExt};
use tokio_util::codec::{Framed, LengthDelimitedCodec};

use super::Connection;
use super::frames::BLOCK;
use super::tokio_streams::{OverStream, Stream};
use crate::Result;

/// Reads and writes through the codec's own buffers.
pub(crate) struct Codec(Framed<Stream, LengthDelimitedCodec>);

/// Larger ones make the round trip of a long message slower.
const BUFFER: usize = 72 << 10;

impl OverStream for Codec {
    const NAMES: [&str; 3] = ["codec-tokio", "codec-tokio-mt", "codec-tokio-main"];

    fn over(stream: Stream) -> Self {
        let codec = LengthDelimitedCodec::builder().max_frame_length(1 << 30).new_codec();
        let mut framed = Framed::with_capacity(stream, codec, BUFFER);
        framed.set_backpressure_boundary(BLOCK);
        Self(framed)
    }
}

impl Connection for Codec {
    async fn send(&mut self, message: &Bytes) -> Result {
        Ok(self.0.send(message.clone()).await?)
    }

    async fn receive(&mut self) -> Result<Option<usize>> {
        Ok(self.0.next().await.transpose()?.map(|message| message.len()))
    }

    async fn echo(&mut self) -> Result<bool> {
        let Some(message) = self.0.next().await else { return Ok(false) };
        self.0.send(message?.freeze()).await?;
        Ok(true)
    }

    async fn send_batch(&mut self, message: &Bytes, count: usize) -> Result {
        for _ in 0..count {
            self.0.feed(message.clone()).await?;
        }
        Ok(SinkExt::<Bytes>::flush(&mut self.0).await?)
    }

    async fn cancel_receive(&mut self) -> Result {
        let too_early = poll_once(self.0.next()).await;
        anyhow::ensure!(too_early.is_none(), "there is a message already");
        Ok(())
    }
}
