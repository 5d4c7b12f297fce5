//! Completion scripts and manual pages, made from the command line's own description.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::{Failure, Result};

pub(crate) const COMPLETION_EXAMPLES: &str = "\
Examples:
  bowline completions bash > ~/.local/share/bash-completion/completions/bowline
  bowline completions zsh > ~/.zfunc/_bowline
  bowline completions fish > ~/.config/fish/completions/bowline.fish";

pub(crate) const MAN_EXAMPLES: &str = "\
Examples:
  bowline man | man -l -              the page of the tool
  bowline man send | man -l -         the page of one command
  bowline man --dir ~/.local/share/man/man1";

/// What `completions` is told.
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// Whose completions
    shell: Shell,
}

/// What `man` is told.
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// The command; without it, the tool itself
    command: Option<String>,

    /// Write all pages into this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    dir: Option<PathBuf>,
}

/// Prints a completion script.
pub(crate) fn completions(options: &Completions) -> Result {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "bowline", &mut script);
    io::stdout().write_all(&script).map_err(Failure::output)
}

/// Prints a manual page, or writes all of them.
pub(crate) fn man(options: &Man) -> Result {
    let mut tool = Arguments::command();
    if let Some(folder) = &options.dir {
        let here = folder.display();
        fs::create_dir_all(folder).map_err(Failure::local(&here))?;
        return clap_mangen::generate_to(tool, folder).map_err(Failure::local(here));
    }
    tool.build();
    let command = match &options.command {
        None => tool,
        Some(name) => {
            let found = tool.find_subcommand(name).cloned();
            found.ok_or_else(|| Failure::Usage(format!("there is no command {name:?}")))?
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(Failure::output)?;
    io::stdout().write_all(&page).map_err(Failure::output)
}
