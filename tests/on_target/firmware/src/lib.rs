//! What differs between the processors: where a program starts, how it prints and ends, how instructions are
//! counted and how the depth of the stack is measured.
#![no_std]

#[cfg(target_arch = "arm")]
mod cortex_m_board;
#[cfg(target_arch = "arm")]
pub use cortex_m_board::{Counter, entry};
#[cfg(target_arch = "riscv32")]
mod riscv_board;
#[cfg(target_arch = "riscv32")]
pub use riscv_board::entry;

use operations::Sink;
use semihosting::sys::arm_compat::sys_writec;

/// Lines of eight hexadecimal digits by semihosting; no formatting code.
pub struct Console;

impl Console {
    fn text(text: &[u8]) {
        text.iter().for_each(|character| sys_writec(*character));
    }
}

impl Sink for Console {
    fn operation(&mut self, name: &str, scalar: &str) {
        for part in ["# ", scalar, " ", name, "\n"] {
            Self::text(part.as_bytes());
        }
    }

    fn word(&mut self, word: u32) {
        let mut line = *b"00000000\n";
        for (place, digit) in line.iter_mut().zip((0..8).rev()) {
            let nibble = (word >> (4 * digit)) as u8 & 15;
            *place = if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
        }
        Self::text(&line);
    }
}

/// Ends the program.
pub fn stop(well: bool) -> ! {
    semihosting::process::exit(i32::from(!well))
}

/// Never linked into a program that cannot panic.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    stop(false)
}
