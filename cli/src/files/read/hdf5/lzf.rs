//! The filter LZF of h5py, as the decoder has none.
//!
//! A byte below 32 is followed by so many bytes and one more as they are. Any other holds in three bits how many bytes
//! are repeated, less two, or 7 where the next byte is to be added; in its other five bits and in the byte after that it
//! holds how far back they begin, less one. Source: M. Lehmann, LibLZF 3.6, lzf.h and lzf_d.c.

use hdf5_reader::error::{Error, Result};
use hdf5_reader::messages::filter_pipeline::FilterDescription;

pub(super) const FILTER: u16 = 32000;
/// A repetition takes three bytes and is no longer than this.
const LONGEST: usize = 264;

/// The bytes of a chunk.
pub(super) fn unpack(
    filter: &FilterDescription,
    packed: &[u8],
    _element: usize,
) -> Result<Vec<u8>> {
    let wrong = || Error::DecompressionError("LZF".to_owned());
    // The third parameter is the length of a chunk.
    let declared = filter.client_data.get(2).map_or(usize::MAX, |x| *x as usize);
    let most = declared.min(packed.len().saturating_mul(LONGEST));
    let mut unpacked: Vec<u8> = Vec::new();
    let mut rest = packed.iter();
    let mut next = || rest.next().copied().map(usize::from).ok_or_else(wrong);
    // Each turn takes at least a byte.
    while let Ok(first) = next() {
        if first < 32 {
            for _ in 0..=first {
                unpacked.push(next()? as u8);
            }
        } else {
            let mut length = first >> 5;
            if length == 7 {
                length += next()?;
            }
            let back = ((first & 0x1f) << 8 | next()?) + 1;
            let start = unpacked.len().checked_sub(back).ok_or_else(wrong)?;
            for k in 0..length + 2 {
                let byte = unpacked.get(start + k).copied().ok_or_else(wrong)?;
                unpacked.push(byte);
            }
        }
        if unpacked.len() > most {
            return Err(wrong());
        }
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_may_overlap_and_never_reach_before_the_start() {
        let filter =
            |most| FilterDescription { id: FILTER, name: None, client_data: vec![4, 261, most] };
        let packed = [1, b'a', b'b', 0b010_00000, 1, 0, b'!'];
        assert_eq!(unpack(&filter(7), &packed, 1).unwrap(), b"ababab!");
        assert!(unpack(&filter(6), &packed, 1).is_err());
        for bad in [&[0_u8, b'a', 0b010_00000, 1][..], &[5, b'a'], &[0, b'a', 0b111_00000]] {
            assert!(unpack(&filter(100), bad, 1).is_err());
        }
    }
}
