//! One siege, from the peace before it to the peace after it.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::panic;
use std::thread;
use std::time::Instant;

use crate::bound::{self, Besieged};
use crate::child::{Helper, passed_on};
use crate::figures::{self, Most};
use crate::fortress::Fortress;
use crate::heap;
use crate::options::{AdapterName, AttackName, Carrier, Options};
use crate::percentiles::Percentiles;
use crate::tally::Tally;
use crate::target::backlog;
use crate::verdict;

/// Between two looks at the figures.
const LOOK: Duration = Duration::from_millis(10);
/// The most messages in a queue, by default.
const QUEUED: usize = 1024;
/// Descriptors that an executor may open for itself when it first needs them.
const OWN: usize = 8;

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Runs it and prints its line; whether all was well.
pub(crate) fn run(options: &Options, adapter: AdapterName, carrier: Carrier, attack: AttackName) -> bool {
    count_panics();
    let mut siege = Siege::prepare(options, adapter, carrier, attack);
    let before = siege.peace();
    siege.attack();
    let beside = siege.load();
    let after = siege.peace();
    let complaints = siege.complaints(&before);
    println!("{}", siege.line(&before, &beside, &after, &complaints));
    complaints.iter().for_each(|complaint| println!("    {complaint}"));
    complaints.is_empty()
}

/// An executor may catch a panic; here it is a failure.
fn count_panics() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        report(info);
    }));
}

struct Siege<'a> {
    options: &'a Options,
    adapter: AdapterName,
    carrier: Carrier,
    attack: AttackName,
    squatters: usize,
    fortress: Fortress,
    honest: Helper,
    most: Most,
    tally: Tally,
    during: Percentiles,
    /// Heap and descriptors before it began.
    base: (usize, usize),
    /// The same when it was over.
    rest: (usize, usize),
    /// Thousandths of a processor that the hostile peers and the servers used.
    load: (u64, u64),
    /// The same of the servers without a siege.
    peaceful: u64,
    complaints: Vec<String>,
}

impl<'a> Siege<'a> {
    fn prepare(options: &'a Options, adapter: AdapterName, carrier: Carrier, attack: AttackName) -> Self {
        let squatters = bound::squatters(&attack.parts(carrier), options.connections);
        let mut fortress = Fortress::build(adapter, carrier, options.connections, squatters);
        let mut arguments = passed_on(options);
        arguments.extend([format!("--adapter={adapter}"), "honest".into(), fortress.echo()]);
        let honest = Helper::start(&arguments);
        fortress.open();
        Self {
            options,
            adapter,
            carrier,
            attack,
            squatters,
            fortress,
            honest,
            most: Most::default(),
            tally: Tally::default(),
            during: Percentiles::default(),
            base: (0, 0),
            rest: (0, 0),
            load: (0, 0),
            peaceful: 0,
            complaints: Vec::new(),
        }
    }

    fn parts(&self) -> Vec<AttackName> {
        self.attack.parts(self.carrier)
    }

    /// What round trips take without any siege.
    fn peace(&mut self) -> Percentiles {
        self.mark();
        let (begun, spent) = (Instant::now(), figures::own_processor_time());
        thread::sleep(self.options.duration() / 4);
        self.peaceful = thousandths(figures::own_processor_time() - spent, begun.elapsed());
        self.mark()
    }

    /// What the honest client's round trips took since the last time.
    fn mark(&mut self) -> Percentiles {
        self.honest.tell();
        Percentiles::parse(&self.honest.line()).unwrap_or_default()
    }

    /// The same; goes on with the siege until there is one, which takes long only on a machine that does something else.
    fn mark_at_least_once(&mut self) -> Percentiles {
        let deadline = Instant::now() + self.options.patience();
        loop {
            let since = self.mark();
            if since.count > 0 || Instant::now() > deadline {
                return since;
            }
            self.watch(LOOK);
        }
    }

    fn attack(&mut self) {
        self.base = (heap::held(), figures::descriptors());
        heap::forget_peak();
        let mut hostile = Helper::start(&self.orders());
        hostile.line();
        let begun = Instant::now();
        let (spent, own) = (hostile.processor_time(), figures::own_processor_time());
        self.watch(self.options.duration() / 2);
        self.expect_full_queues();
        self.fortress.resume();
        self.watch(self.options.duration() / 2);
        self.during = self.mark_at_least_once();
        let spent = (hostile.processor_time() - spent, figures::own_processor_time() - own);
        self.load = (thousandths(spent.0, begun.elapsed()), thousandths(spent.1, begun.elapsed()));
        let (tally, ended_well) = hostile.finish();
        self.complaints.extend((!ended_well).then(|| "the hostile peers did not end well".to_owned()));
        self.tally = tally;
        self.settle();
    }

    /// Whoever floods a program that does not read fills its queue, and no more than that.
    fn expect_full_queues(&mut self) {
        let parts = self.parts();
        if !parts.contains(&AttackName::Flood) {
            return;
        }
        let flooded = bound::share(&parts, AttackName::Flood, self.options.connections);
        let is_full = |siege: &Self| {
            let queued = siege.fortress.queued();
            queued.len() == flooded && queued.iter().all(|queued| *queued == QUEUED)
        };
        let deadline = Instant::now() + self.options.patience();
        while !is_full(self) && Instant::now() < deadline {
            self.watch(LOOK);
        }
        // Whether it stays at that.
        self.watch(LOOK);
        let queued = self.fortress.queued();
        let complaint = || format!("messages in the queues of {flooded}, which hold {QUEUED}: {queued:?}");
        self.complaints.extend((!is_full(self)).then(complaint));
    }

    fn orders(&self) -> Vec<String> {
        let mut orders = passed_on(self.options);
        orders.extend(["hostile".to_owned(), self.attack.to_string()]);
        orders.extend(self.fortress.endpoints());
        orders
    }

    /// Looks at the figures again and again.
    fn watch(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        while Instant::now() < deadline {
            let (clients, undecided) = self.fortress.counts();
            self.most.look(clients, undecided);
            thread::sleep(LOOK);
        }
    }

    /// Waits until the servers have noticed that nobody is there any more.
    fn settle(&mut self) {
        let deadline = Instant::now() + self.options.patience();
        let is_over = |siege: &Self| {
            siege.fortress.counts().0 == 0
                && figures::descriptors() <= siege.base.1 + OWN
                && siege.is_even()
                && siege.agree_on_ends()
        };
        while !is_over(self) && Instant::now() < deadline {
            self.watch(LOOK);
        }
        // Threads of a pool end when they have been idle for a while, and give their memory back.
        self.watch(Duration::from_millis(250));
        self.rest = (heap::held(), figures::descriptors());
    }

    /// Whether the program has read what the hostile peers have sent.
    fn is_even(&self) -> bool {
        let (read, sunk) = self.fortress.messages();
        read == self.tally.of("flood.sent") && sunk >= self.tally.of("smuggle.sent")
    }

    /// Whether the program takes for ends in order what the hostile peers meant to be some, and whether the servers know of
    /// all whom they have turned away because of TLS.
    fn agree_on_ends(&self) -> bool {
        self.fortress.ends() == (self.tally.of("torn.orderly"), self.tally.of("torn.torn"))
            && self.fortress.insecure() >= self.turned_away()
    }

    fn disagreement(&self) -> String {
        let (ends, insecure) = (self.fortress.ends(), self.fortress.insecure());
        let meant = (self.tally.of("torn.orderly"), self.tally.of("torn.torn"));
        let turned_away = self.turned_away();
        format!(
            "{ends:?} ends in order and not, {meant:?} were meant; {insecure} insecure, {turned_away} turned away"
        )
    }

    fn turned_away(&self) -> u64 {
        self.tally.of("foreign.turned_away") + self.tally.of("stranger.turned_away")
    }

    /// What round trips take without any siege, beside so much processor time as the hostile peers and their victims used.
    fn load(&mut self) -> Percentiles {
        let besieged = self.load.0 + self.load.1.saturating_sub(self.peaceful);
        let load = Helper::start(&["burn".to_owned(), besieged.to_string()]);
        let beside = self.peace();
        drop(load);
        beside
    }
}

/// So much of a processor: both in milliseconds.
fn thousandths(spent: u64, time: Duration) -> u64 {
    let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
    spent * 1000 / time
}

impl Siege<'_> {
    fn heap(&self) -> (usize, usize, usize) {
        let (parts, connections) = (self.parts(), self.options.connections);
        let measured = self.most.heap.saturating_sub(self.base.0);
        let bounds = Besieged { parts: &parts, carrier: self.carrier, connections, most: &self.most };
        (measured, bounds.tight(&self.tally), bounds.formula())
    }

    fn complaints(&self, before: &Percentiles) -> Vec<String> {
        let mut all = self.complaints.clone();
        all.extend(verdict::complaints(&self.parts(), &self.tally));
        let (measured, tight, formula) = self.heap();
        let (read, sunk) = self.fortress.messages();
        let connections =
            usize::try_from(self.tally.of(&format!("{}.connections", self.attack))).unwrap_or(0);
        let kept = self.rest.0.saturating_sub(self.base.0);
        let checks = [
            (measured * 10 > formula * 11, format!("{measured} bytes of heap, the formula says {formula}")),
            (measured > tight, format!("{measured} bytes of heap, this attack may cost {tight}")),
            (kept > (1 << 20) + connections * 16, format!("{kept} bytes of heap are kept")),
            (self.rest.1 > self.base.1 + OWN, format!("{} descriptors, then {}", self.base.1, self.rest.1)),
            (
                self.most.descriptors > self.most_descriptors(),
                format!("{} descriptors", self.most.descriptors),
            ),
            (self.most.undecided > backlog(self.squatters), format!("{} wait", self.most.undecided)),
            (self.fortress.counts().0 > 0, format!("{} clients are left", self.fortress.counts().0)),
            (!self.is_even(), format!("{read} messages read, {sunk} sunk: not all that were sent")),
            (!self.agree_on_ends(), self.disagreement()),
            (self.tally.of("unfinished") > 0, format!("{} unfinished", self.tally.of("unfinished"))),
            (self.during.count == 0, "no honest round trip".to_owned()),
            (PANICS.load(Ordering::Relaxed) > 0, "a panic".to_owned()),
            (
                self.options.strict_latency && self.during.p99 > 2 * before.p99,
                format!("p99 {} µs, before {} µs", self.during.p99, before.p99),
            ),
        ];
        all.extend(checks.into_iter().filter_map(|(is_wrong, complaint)| is_wrong.then_some(complaint)));
        all
    }

    /// One for each connection, some that are still being told why they were refused, and the executor's own. On tokio
    /// one that waits for room to send has two.
    fn most_descriptors(&self) -> usize {
        let each = match self.adapter {
            AdapterName::Tokio | AdapterName::TokioMt => 2,
            AdapterName::Smol | AdapterName::Std => 1,
        };
        self.base.1 + each * self.options.connections + 2 * 64 + OWN
    }

    fn line(
        &self,
        before: &Percentiles,
        beside: &Percentiles,
        after: &Percentiles,
        wrong: &[String],
    ) -> String {
        let (measured, tight, formula) = self.heap();
        let share = |of: usize| 100 * measured / of.max(1);
        let counted: Vec<_> = self.tally.under("").filter(|(_, count)| *count > 0).collect();
        let counted: Vec<_> = counted.iter().map(|(name, count)| format!("{name} {count}")).collect();
        format!(
            "{:8} {:4} {:9} {:6} heap {measured} B = {}% of this attack's bound, {}% of the formula ({formula} B); \
             kept {} B; descriptors {} > {} > {}; threads {}; clients {}, undecided {}; honest p99 {} > {} > {} µs, \
             beside the load alone {} µs ({} trips, most {} µs); processors: hostile {}.{:02}, servers {}.{:02}; {}",
            self.adapter,
            self.carrier,
            self.attack,
            if wrong.is_empty() { "ok" } else { "FAILED" },
            share(tight),
            share(formula),
            self.rest.0.saturating_sub(self.base.0),
            self.base.1,
            self.most.descriptors,
            self.rest.1,
            self.most.threads,
            self.most.clients,
            self.most.undecided,
            before.p99,
            self.during.p99,
            after.p99,
            beside.p99,
            self.during.count,
            self.during.most,
            self.load.0 / 1000,
            self.load.0 % 1000 / 10,
            self.load.1 / 1000,
            self.load.1 % 1000 / 10,
            counted.join(", "),
        )
    }
}
