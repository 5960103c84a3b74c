//! The program `dsa`.

use clap::Parser;
use dsa::arguments::Arguments;
use dsa::{command_line, output, text};
use std::io::IsTerminal;
use std::process::ExitCode;

/// The exit code that clap uses.
const WRONG_COMMAND_LINE: u8 = 2;
/// The exit code that a shell reports for a program whose reader has closed the pipe.
const UNREAD: u8 = 141;

/// Runs before `main`, which is too late to see that standard output is closed.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[used]
#[allow(unsafe_code)]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
static BEFORE_MAIN: extern "C" fn() = {
    extern "C" fn look() {
        output::look_for_standard_output();
    }
    look
};

fn main() -> ExitCode {
    let done = match Arguments::try_parse() {
        Ok(arguments) => {
            let line = command_line::quoted(std::env::args_os().skip(1));
            dsa::commands::run(arguments.with_command_line(line))
        }
        // Help and version.
        Err(help) if !help.use_stderr() && !std::io::stdout().is_terminal() => {
            output::show(help.render())
        }
        Err(wrong) => {
            // The message repeats the argument.
            let said = wrong.render().to_string();
            if text::lines(&said) != said {
                output::note(said.trim_end());
                return ExitCode::from(WRONG_COMMAND_LINE);
            }
            wrong.exit()
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) if problem.is_unread() => ExitCode::from(UNREAD),
        Err(problem) => {
            output::note(format_args!("dsa: {problem}"));
            ExitCode::FAILURE
        }
    }
}
