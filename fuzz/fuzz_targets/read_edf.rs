//! Files of EDF and BDF with changed bytes: a recording whose parts agree with one another, or a message.

use crate::reading::{check, edited};
use dsa::files::read::Format;

const FILES: &[&[u8]] = &[
    include_bytes!("../../cli/tests/data/formats/plus.edf"),
    include_bytes!("../../cli/tests/data/formats/plus.bdf"),
    include_bytes!("../../cli/tests/data/formats/rates.edf"),
];

pub fn fuzz_target(data: &[u8]) {
    check(Format::Edf, &edited(FILES, data));
}
