//! Files of HDF5, NWB and MATLAB 7.3 with changed bytes: a recording whose parts agree with one another, or a message.

use crate::reading::{check_named, edited};
use dsa::files::read::Format;

const FILES: &[&[u8]] = &[
    include_bytes!("../../cli/tests/data/formats/old.h5"),
    include_bytes!("../../cli/tests/data/formats/latest.h5"),
    include_bytes!("../../cli/tests/data/formats/session.nwb"),
];
const MATLAB: &[&[u8]] = &[include_bytes!("../../cli/tests/data/formats/v73.mat")];

pub fn fuzz_target(data: &[u8]) {
    if data.len().is_multiple_of(4) {
        check_named(Format::Mat, &edited(MATLAB, data), &["X", "packed", "spikes"]);
    } else {
        let names = ["gzip", "lzf", "both_growing", "many", "units", "acquisition/lfp"];
        check_named(Format::Hdf5, &edited(FILES, data), &names);
    }
}
