//! Any bytes as a `.csv` file: a recording whose parts agree with one another, or a message.
#![no_main]

use dsa::read::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| dynamical_similarity_fuzz::reading::check(Format::Csv, data));
