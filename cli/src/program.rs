//! The whole program: from its arguments to its exit code.

use crate::arguments::Arguments;
use crate::{command_line, commands, output, text};
use clap::Parser;
use std::ffi::OsString;
use std::io::IsTerminal;

/// The exit code of a failure.
const FAILED: u8 = 1;
/// The exit code that clap uses.
const WRONG_COMMAND_LINE: u8 = 2;
/// The exit code that a shell reports for a program whose reader has closed the pipe.
const UNREAD: u8 = 141;

/// Runs `dsa` with these arguments, without the name of the program in front, and gives its exit code.
#[must_use]
pub fn run(arguments: Vec<OsString>) -> u8 {
    let line = command_line::quoted(arguments.iter().cloned());
    let all = std::iter::once(OsString::from("dsa")).chain(arguments);
    let done = match Arguments::try_parse_from(all) {
        Ok(arguments) => commands::run(arguments.with_command_line(line)),
        // Help and version.
        Err(help) if !help.use_stderr() && !std::io::stdout().is_terminal() => {
            output::show(help.render())
        }
        Err(wrong) => {
            // The message repeats the argument.
            let said = wrong.render().to_string();
            if text::lines(&said) != said {
                output::note(said.trim_end());
                return WRONG_COMMAND_LINE;
            }
            // A terminal that cannot be written has nobody who could be told.
            let _ = wrong.print();
            return u8::try_from(wrong.exit_code()).unwrap_or(WRONG_COMMAND_LINE);
        }
    };
    match done {
        Ok(()) => 0,
        Err(problem) if problem.is_unread() => UNREAD,
        Err(problem) => {
            output::note(format_args!("dsa: {problem}"));
            FAILED
        }
    }
}
