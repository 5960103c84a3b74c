//! Files of MATLAB, of versions 4 to 7, with changed bytes: a recording whose parts agree with one another, or a message.

use crate::reading::{check_named, edited};
use dsa::files::read::Format;

const FILES: &[&[u8]] = &[
    include_bytes!("../../cli/tests/data/formats/v6.mat"),
    include_bytes!("../../cli/tests/data/formats/one.mat"),
    include_bytes!("../../cli/tests/data/formats/v4.mat"),
];

pub fn fuzz_target(data: &[u8]) {
    check_named(Format::Mat, &edited(FILES, data), &["X", "spikes", "session.trial", "runs.data"]);
}
