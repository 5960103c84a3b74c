//! The program `dsa`.

use dsa::output;
use std::process::ExitCode;

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
    ExitCode::from(dsa::program::run(std::env::args_os().skip(1).collect()))
}
