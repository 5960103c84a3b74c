//! The program of the case studies.

use case_studies::command::{Arguments, run};
use clap::Parser;
use dsa::output;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(&Arguments::parse(), |text| output::show(text)) {
        Ok(_) => ExitCode::SUCCESS,
        Err(problem) => {
            output::note(problem);
            ExitCode::FAILURE
        }
    }
}
