//! Variables of a MATLAB file of version 4, or 5 to 7. A file of version 7.3 is HDF5 and is read as such.
//!
//! Source: The MathWorks, MAT-File Format (R2019b). By their sources, `matfile` reads no cells,
//! `matreader` reserves what a file declares, and `matrw` panics where compressed data are damaged.

mod element;
mod level4;
mod level5;
mod value;

use super::choice::Listing;
use super::error::ReadError;
use super::reading::Reading;
use super::samples::Samples;
use element::damaged;
use value::{Part, Visitor};

/// Nothing that is unpacked from a file may be larger than this, or so many times the length of the file.
const USUAL_MEMORY: u64 = 1 << 30;
const MOST_EXPANSION: u64 = 32;

/// Reads a recording from the contents of a file.
pub(super) fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<Samples, ReadError> {
    // First what there is, then the numbers of what was chosen: no two variables are in memory at once.
    let memory = USUAL_MEMORY.max((bytes.len() as u64).saturating_mul(MOST_EXPANSION));
    let mut found = Listing::new('.', memory);
    each_variable(bytes, memory, &mut |name, value| {
        value::list(name, &value, &mut found);
        Ok(true)
    })?;
    let mut wanted: Vec<&Part> = Vec::new();
    for leaf in found.choose(reading)? {
        wanted.extend(&leaf.parts);
    }
    let mut arrays = Vec::new();
    each_variable(bytes, memory, &mut |name, value| {
        for part in wanted.iter().filter(|part| part.variable == name) {
            if let Some(matrix) = value.at(&part.place) {
                let array = matrix.array().map_err(|error| error.in_array(name))?;
                arrays.push((*part, array));
            }
        }
        Ok(arrays.len() < wanted.len())
    })?;
    found.read(reading, |part| {
        let at = arrays.iter().position(|(of, _)| *of == part);
        let gone = || damaged("the file changed while it was read");
        Ok(arrays.swap_remove(at.ok_or_else(gone)?).1)
    })
}

/// Every variable by its name, until the visitor has seen enough.
fn each_variable(bytes: &[u8], memory: u64, visit: &mut Visitor<'_>) -> Result<(), ReadError> {
    // Text comes first in the later versions, and a small number in version 4.
    if bytes.iter().take(4).any(|byte| *byte == 0) {
        level4::each_variable(bytes, visit)
    } else {
        level5::each_variable(bytes, memory, visit)
    }
}
