//! Any bytes as a `.csv` file: a recording or a message.
#![no_main]

use dsa::read::{Format, read_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(samples) = read_bytes(Format::Csv, data, None) {
        let _ = samples.recordings();
    }
});
