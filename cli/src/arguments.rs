//! The command line.

use clap::{Parser, Subcommand};

use crate::failure::{EXIT_CODES, exit_codes};
use crate::{bench, cat, decode, inspect, pages, ping, receive, send, serve};

/// Message sockets on the command line: serve, talk, move files, measure, look inside.
///
/// An ENDPOINT is local://NAME (private to you, on every platform), unix:///PATH, abstract://NAME (Linux), pipe://NAME
/// (Windows), tcp://HOST:PORT (loopback only, unless --allow-remote) or tls+tcp://HOST:PORT (with --cert, --key and
/// --ca). One side listens, the other connects.
#[derive(Parser, Debug)]
#[command(name = "bowline", version, max_term_width = 100, after_help = EXIT_CODES, after_long_help = AFTER)]
pub(crate) struct Arguments {
    /// Speak JSON, one value a line, on standard output (errors: on standard error)
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Leave out whatever is not the result itself
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// When to use colours; without this, on a terminal and unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = color)]
    pub(crate) color: Color,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to use colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Color(anstream::ColorChoice);

impl Color {
    /// Makes it the choice of the whole program.
    pub(crate) fn write_global(self) {
        self.0.write_global();
    }
}

fn color(text: &str) -> Result<Color, &'static str> {
    Ok(Color(match text {
        "auto" => anstream::ColorChoice::Auto,
        "always" => anstream::ColorChoice::Always,
        "never" => anstream::ColorChoice::Never,
        _ => return Err("it is one of auto, always and never"),
    }))
}

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Listen, and echo each message or pipe it through a command
    #[command(after_long_help = serve::EXAMPLES)]
    Serve(Box<serve::Options>),
    /// Send standard input as messages, and write messages to standard output
    #[command(after_long_help = cat::EXAMPLES)]
    Cat(Box<cat::Options>),
    /// Send files
    #[command(after_long_help = send::EXAMPLES)]
    Send(Box<send::Options>),
    /// Receive files into a folder
    #[command(after_long_help = receive::EXAMPLES)]
    Receive(Box<receive::Options>),
    /// Measure round trips to a server that echoes
    #[command(after_long_help = ping::EXAMPLES)]
    Ping(Box<ping::Options>),
    /// Load a server that echoes, and measure
    #[command(after_long_help = bench::EXAMPLES)]
    Bench(Box<bench::Options>),
    /// Ask a server who is connected, what has passed and what is queued
    #[command(after_long_help = inspect::EXAMPLES)]
    Inspect(Box<inspect::Options>),
    /// Take a captured byte stream apart, and say what is wrong in it and at which byte
    #[command(after_long_help = decode::EXAMPLES)]
    Decode(decode::Options),
    /// Print a shell's completion script
    #[command(after_long_help = pages::COMPLETION_EXAMPLES)]
    Completions(pages::Completions),
    /// Print a manual page, or write them all
    #[command(after_long_help = pages::MAN_EXAMPLES)]
    Man(pages::Man),
}

const AFTER: &str = concat!(
    "\
Examples:
  bowline serve local://echo &                     a server that echoes
  echo ahoy | bowline cat local://echo             one message there and back
  bowline receive tcp://127.0.0.1:4000 inbox &     wait for files
  bowline send tcp://127.0.0.1:4000 *.jpg          send them
  bowline ping local://echo -c 100 --plot ping.svg
  bowline bench local://echo --clients 8 --duration 10s
  bowline COMMAND --help                           more about each

Ctrl-C closes in order: what is queued is sent, a goodbye is said, and what the peer
did not confirm is named. A second Ctrl-C ends at once.

",
    exit_codes!()
);

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn both_helps_list_the_same_exit_codes() {
        assert!(AFTER.ends_with(EXIT_CODES));
    }
}
