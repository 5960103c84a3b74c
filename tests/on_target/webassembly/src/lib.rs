//! The words of the small golden recording, handed to the module's host one by one.
#![no_std]

use operations::Sink;

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    safe fn word(word: u32);
    safe fn character(code: u32);
}

struct Host;

impl Sink for Host {
    fn operation(&mut self, name: &str, scalar: &str) {
        for part in ["# ", scalar, " ", name, "\n"] {
            part.bytes().for_each(|code| character(u32::from(code)));
        }
    }

    fn word(&mut self, value: u32) {
        word(value);
    }
}

/// 0 if all went well.
#[unsafe(no_mangle)]
pub extern "C" fn run() -> u32 {
    u32::from(operations::words::small(&mut Host).is_err())
}

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
