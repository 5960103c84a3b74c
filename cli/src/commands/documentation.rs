//! `dsa completions` and `dsa manual`: what a shell and `man` know of the program, made from its arguments.

use crate::arguments::{Arguments, Completions, Manual};
use crate::output;
use crate::problem::Problem;
use clap::CommandFactory;

const NAME: &str = "dsa";

pub(super) fn completions(options: &Completions) -> Result<(), Problem> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), NAME, &mut script);
    output::show(String::from_utf8_lossy(&script))
}

/// A page for the program and one for each command.
pub(super) fn manual(options: &Manual) -> Result<(), Problem> {
    output::make_folder(&options.folder)?;
    let command = Arguments::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, &options.folder)
        .map_err(|error| Problem::about(&options.folder, format!("cannot be written: {error}")))?;
    output::show(format_args!("written to {}\n", crate::text::name(&options.folder)))
}
