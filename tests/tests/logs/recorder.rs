//! A subscriber that keeps what it is told, and calls a test's hook with it.

use core::fmt::Debug;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bowline_runtime::Server;
use bowline_tests::watchdog;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

type Fields = BTreeMap<&'static str, String>;
type Hook = Arc<dyn Fn(&Record) + Send + Sync>;

/// One event, with the connection that it is about.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) level: Level,
    pub(crate) target: String,
    pub(crate) message: String,
    pub(crate) fields: Fields,
    /// The span's fields; none if it is about no connection.
    pub(crate) connection: Fields,
}

impl Record {
    /// Where the server of this connection is, or the server itself.
    fn endpoint(&self) -> &str {
        let of = |fields: &'_ Fields| fields.get("endpoint").is_some();
        let fields = if of(&self.connection) { &self.connection } else { &self.fields };
        fields.get("endpoint").map_or("", String::as_str)
    }

    /// A field of the event.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// All that was told, and what is called for each endpoint's.
#[derive(Default)]
struct Recorder {
    records: Mutex<Vec<Record>>,
    hooks: Mutex<Vec<(String, Hook)>>,
}

/// One for all tests of this program, since what they do happens on many threads.
fn recorder() -> &'static Recorder {
    static RECORDER: OnceLock<Arc<Recorder>> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let recorder = Arc::<Recorder>::default();
        let all = Registry::default().with(Layered(Arc::clone(&recorder)));
        tracing::subscriber::set_global_default(all).expect("it is the only one");
        recorder
    })
}

/// Keeps records from now on.
pub(crate) fn start() {
    recorder();
}

/// Calls `hook` with every record about this server's connections, on the thread that tells it.
pub(crate) fn hook(server: &Server, hook: impl Fn(&Record) + Send + Sync + 'static) {
    let hooks = &recorder().hooks;
    hooks.lock().unwrap_or_else(PoisonError::into_inner).push((endpoint(server), Arc::new(hook)));
}

/// What was told of this server and of its ends of connections, down to this level.
pub(crate) fn records(server: &Server, level: Level) -> Vec<Record> {
    let (records, endpoint) = (all(), endpoint(server));
    records.into_iter().filter(|record| record.endpoint() == endpoint && record.level <= level).collect()
}

/// The messages of the same, in order.
pub(crate) fn messages(server: &Server, level: Level) -> Vec<String> {
    records(server, level).into_iter().map(|record| record.message).collect()
}

/// Waits until this server and its one connection have told all of this, down to debug, and nothing else. What two threads tell
/// may change places, but for the beginning.
#[track_caller]
pub(crate) fn lived<const N: usize>(server: &Server, mut life: [&str; N]) {
    let mut told = watchdog::eventually("all of a life", || {
        Some(messages(server, Level::DEBUG)).filter(|told| told.len() >= life.len())
    });
    assert_eq!(told[..2], life[..2]);
    told.sort_unstable();
    life.sort_unstable();
    assert_eq!(told, life);
}

/// Waits until this server, or one of its connections, has told this.
#[track_caller]
pub(crate) fn told(server: &Server, message: &str) -> Record {
    watchdog::eventually(message, || {
        records(server, Level::TRACE).into_iter().find(|record| record.message == message)
    })
}

/// Everything that was told to anybody.
pub(crate) fn all() -> Vec<Record> {
    recorder().records.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn endpoint(server: &Server) -> String {
    server.endpoint().expect("it listens").to_string()
}

struct Layered(Arc<Recorder>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Layered {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Reader::default();
        attributes.record(&mut fields);
        let span = context.span(id).expect("it is new");
        span.extensions_mut().insert(fields);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !event.metadata().target().starts_with("bowline::") {
            return;
        }
        let mut reader = Reader::default();
        event.record(&mut reader);
        let span = context.event_span(event);
        let connection = span.and_then(|span| span.extensions().get::<Reader>().map(|read| read.0.clone()));
        let record = Record {
            level: *event.metadata().level(),
            target: event.metadata().target().to_owned(),
            message: reader.0.remove("message").unwrap_or_default(),
            fields: reader.0,
            connection: connection.unwrap_or_default(),
        };
        self.0.records.lock().unwrap_or_else(PoisonError::into_inner).push(record.clone());
        let hooks = self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hooks.iter().filter(|(of, _)| of == record.endpoint()).for_each(|(_, hook)| hook(&record));
    }
}

#[derive(Default)]
struct Reader(Fields);

impl Visit for Reader {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}
