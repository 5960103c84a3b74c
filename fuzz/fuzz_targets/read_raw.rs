//! Any bytes as raw samples: a recording whose parts agree with one another, or a message.

use dsa::files::read::Format;

pub fn fuzz_target(data: &[u8]) {
    crate::reading::check(Format::Raw, data);
}
