//! The program `dsa`.

use clap::Parser;
use dsa::arguments::Arguments;
use std::process::ExitCode;

fn main() -> ExitCode {
    match dsa::commands::run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            dsa::output::note(format_args!("dsa: {problem}"));
            ExitCode::FAILURE
        }
    }
}
