//! The whole run: the server, the client processes, the killing, the round trips, and the end in order.

use core::sync::atomic::Ordering::Relaxed;
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bowline_tokio::{BindOptions, CloseReason, Endpoint, Server, ServerOptions, bind_with};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::board::Board;
use crate::corpus::Corpus;
use crate::crew::Crew;
use crate::ping::RoundTrips;
use crate::plan::{Dice, Direction};
use crate::report::Report;
use crate::server::{Stage, serve};
use crate::tally::Tally;
use crate::{Arguments, Failure, PATIENCE, config};

/// Runs the tour and prints its report.
pub(crate) fn main(arguments: &Arguments) -> Result<(), Failure> {
    let (board, crew) = (Arc::new(Board::new()), Arc::new(Crew::default()));
    let _watch = board.watch(arguments.deadline(), Arc::clone(&crew));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(run(arguments, board, Arc::clone(&crew)));
    crew.kill_all();
    let report = result?;
    print!("{report}");
    report.verdict()
}

async fn run(arguments: &Arguments, board: Arc<Board>, crew: Arc<Crew>) -> Result<Report, Failure> {
    let corpus = Arc::new(Corpus::read(&arguments.folder())?);
    let options = ServerOptions::new().config(config());
    let server = bind_with(arguments.endpoint()?, &BindOptions::new(), options)?;
    let endpoint = server.endpoint().ok_or("a server without an endpoint")?.clone();
    println!("{} files, {} bytes, by way of {endpoint}", corpus.files, corpus.length());

    let (finished, finishes) = unbounded_channel();
    let ends = note_ends(&server);
    let stage = Stage { plan: arguments.plan(), corpus, board: Arc::clone(&board), finished };
    let serving = tokio::spawn(serve(server.clone(), server.accept(), Arc::new(stage)));
    let mut host = Host {
        arguments,
        endpoint,
        board,
        crew,
        finishes,
        leaving: JoinSet::new(),
        report: Report::default(),
    };

    host.talk().await?;
    host.measure().await?;
    host.board.step("closing");
    host.report.shutdown = server.close(PATIENCE).await?;
    host.report.sum += serving.await??;
    host.collect().await?;
    host.report.ends = ends.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(host.report)
}

/// Notes why the clients' connections end.
fn note_ends(server: &Server) -> Arc<Mutex<Vec<CloseReason>>> {
    let ends = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&ends);
    server.on_disconnect(move |_peer, reason| {
        notes.lock().unwrap_or_else(PoisonError::into_inner).push(reason);
    });
    ends
}

struct Host<'a> {
    arguments: &'a Arguments,
    endpoint: Endpoint,
    board: Arc<Board>,
    crew: Arc<Crew>,
    finishes: UnboundedReceiver<Result<u32, Failure>>,
    /// The talkers' processes.
    leaving: JoinSet<Result<String, Failure>>,
    report: Report,
}

impl Host<'_> {
    fn start(&self, player: u32) -> Result<(), Failure> {
        self.crew.start(player, &self.endpoint, self.arguments)
    }

    /// The clients talk, while others are started and killed.
    async fn talk(&mut self) -> Result<(), Failure> {
        self.board.step("clients talk");
        let started = Instant::now();
        for client in self.arguments.plan().talkers() {
            self.start(client)?;
            let crew = Arc::clone(&self.crew);
            self.leaving.spawn(async move { crew.wait(client).await });
        }
        let arguments = self.arguments;
        let (crew, board, endpoint) =
            (Arc::clone(&self.crew), Arc::clone(&self.board), self.endpoint.clone());
        let killing = async move {
            for victim in arguments.plan().victims() {
                crew.start(victim, &endpoint, arguments)?;
                kill_in_mid_stream(victim, &crew, &board, arguments).await?;
            }
            Ok::<(), Failure>(())
        };
        let talking = async {
            self.all_finish().await?;
            Ok(started.elapsed())
        };
        (self.report.took, ()) = tokio::try_join!(talking, killing)?;
        self.report.killed = self.board.killed.load(Relaxed);
        Ok(())
    }

    /// Waits until both directions are done with every talker.
    async fn all_finish(&mut self) -> Result<(), Failure> {
        let mut left = self.arguments.clients;
        while left > 0 {
            tokio::select! {
                Some(finish) = self.finishes.recv() => {
                    finish?;
                    left -= 1;
                }
                Some(line) = self.leaving.join_next() => self.report.sum += line??.parse::<Tally>()?,
            }
        }
        Ok(())
    }

    async fn measure(&mut self) -> Result<(), Failure> {
        self.board.step("round trips");
        let pinger = self.arguments.plan().pinger();
        self.start(pinger)?;
        let line = self.crew.wait(pinger).await?;
        self.report.round_trips =
            RoundTrips::parse(&line).ok_or("the pinger did not say how long it took")?;
        self.report.sum += line.parse()?;
        Ok(())
    }

    /// Takes the tallies of all who have not left yet.
    async fn collect(&mut self) -> Result<(), Failure> {
        while let Some(line) = self.leaving.join_next().await {
            self.report.sum += line??.parse()?;
        }
        self.finishes.try_recv().map_or(Ok(()), |finish| finish.map(|_client| ()))
    }
}

/// Waits until a victim has sent some messages, and a random moment more.
async fn kill_in_mid_stream(
    victim: u32,
    crew: &Crew,
    board: &Board,
    arguments: &Arguments,
) -> Result<(), Failure> {
    let dice = Dice(arguments.seed ^ u64::from(victim));
    let meter = board.meter(&arguments.plan().stream(victim, Direction::Up));
    while meter.reached() < 10 + u64::from(dice.below(400)) {
        sleep(Duration::from_millis(1)).await;
    }
    sleep(Duration::from_micros(dice.below(50_000).into())).await;
    if !crew.kill(victim)? {
        return Err(format!("client {victim} had ended before it was killed").into());
    }
    board.killed.fetch_add(1, Relaxed);
    Ok(())
}
