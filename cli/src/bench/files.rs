//! The figures of each interval, in files for other programs.

use core::time::Duration;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Instant, SystemTime};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriter, IntervalLogWriterBuilder};

use super::client::Count;
use crate::latency::Summary;
use crate::{Failure, Result};

/// The files that were asked for.
pub(super) struct Files {
    hdr: Option<Log>,
    csv: Option<BufWriter<File>>,
}

/// An HdrHistogram log, written as the intervals come.
struct Log {
    file: BufWriter<File>,
    serializer: V2DeflateSerializer,
}

impl Files {
    pub(super) fn open(hdr: Option<&Path>, csv: Option<&Path>) -> Result<Self> {
        let hdr = hdr.map(Log::open).transpose()?;
        let mut csv = csv.map(create).transpose()?;
        if let Some(file) = &mut csv {
            let head = "seconds,interval_seconds,messages,messages_per_second,min_ns,mean_ns,p50_ns,p90_ns,p99_ns,p999_ns,max_ns";
            writeln!(file, "{head}").map_err(unwritable)?;
        }
        Ok(Self { hdr, csv })
    }

    /// Writes the figures of an interval that ends now.
    pub(super) fn interval(&mut self, begin: Instant, last: Instant, count: &Count) -> Result {
        let (since, took) = (last - begin, last.elapsed());
        if let Some(log) = &mut self.hdr {
            log.write(since, took, count)?;
        }
        match &mut self.csv {
            Some(file) => row(file, since + took, took, count).map_err(unwritable),
            None => Ok(()),
        }
    }

    pub(super) fn end(self) -> Result {
        let files = [self.hdr.map(|log| log.file), self.csv];
        files.into_iter().flatten().try_for_each(|mut file| file.flush()).map_err(unwritable)
    }
}

impl Log {
    fn open(path: &Path) -> Result<Self> {
        let (mut file, mut serializer) = (create(path)?, V2DeflateSerializer::new());
        let now = SystemTime::now();
        let mut head = IntervalLogWriterBuilder::new();
        head.add_comment("bowline bench: round trips in nanoseconds")
            .with_start_time(now)
            .with_base_time(now);
        head.begin_log_with(&mut file, &mut serializer).map_err(unwritable)?;
        Ok(Self { file, serializer })
    }

    fn write(&mut self, since: Duration, took: Duration, count: &Count) -> Result {
        let mut writer: IntervalLogWriter<'_, '_, _, _> = IntervalLogWriterBuilder::new()
            .begin_log_with(&mut self.file, &mut self.serializer)
            .map_err(unwritable)?;
        let written = writer.write_histogram(&count.latencies, since, took, None);
        written.map_err(|error| Failure::Local(format!("can't write the HDR log: {error:?}")))
    }
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    File::create(path).map(BufWriter::new).map_err(Failure::local(path.display()))
}

fn unwritable(error: std::io::Error) -> Failure {
    Failure::local("can't write the figures")(error)
}

fn row(file: &mut impl Write, since: Duration, took: Duration, count: &Count) -> std::io::Result<()> {
    let (messages, seconds) = (count.latencies.len(), took.as_secs_f64());
    write!(file, "{:.3},{seconds:.3},{messages},{:.1}", since.as_secs_f64(), messages as f64 / seconds)?;
    match Summary::of(&count.latencies) {
        Some(Summary { min_ns, mean_ns, p50_ns, p90_ns, p99_ns, p999_ns, max_ns }) => {
            writeln!(file, ",{min_ns},{mean_ns:.0},{p50_ns},{p90_ns},{p99_ns},{p999_ns},{max_ns}")
        }
        None => writeln!(file, ",,,,,,,"),
    }
}
