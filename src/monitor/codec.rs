//! Words of 32 bits with a checksum, in which calibrations and states are stored and sent.
//!
//! The words are a magic number, the version, the number of all words, the content, and the checksum. The checksum is
//! CRC-32 (polynomial 0x04C11DB7, reflected, as in IEEE 802.3) of all words before it, low byte first. A scalar takes one
//! word (`f32`) or two (`f64`, low word first); the content says which.

use crate::error::Error;
use crate::scalar::Scalar;

/// The kind of data in the words, and the version of their content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Four letters, the first in the lowest byte.
    pub(crate) magic: u32,
    pub(crate) version: u32,
    /// Its name in a refusal.
    pub(crate) what: &'static str,
}

/// Words before the content: magic, version, length.
const HEAD: usize = 3;
/// Words in addition to the content.
pub(crate) const FRAME: usize = HEAD + 1;

/// The running checksum after one more word; it begins with all ones, and is inverted at the end.
fn update(mut sum: u32, word: u32) -> u32 {
    for byte in word.to_le_bytes() {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            let carry = if sum & 1 == 1 { 0xEDB8_8320 } else { 0 };
            sum = (sum >> 1) ^ carry;
        }
    }
    sum
}

fn checksum(words: &[u32]) -> u32 {
    !words.iter().fold(u32::MAX, |sum, word| update(sum, *word))
}

/// Words of a scalar.
pub(crate) const fn words_of<T>() -> usize {
    if size_of::<T>() > 4 { 2 } else { 1 }
}

pub(crate) struct Writer<'a> {
    words: &'a mut [u32],
    at: usize,
    sum: u32,
}

impl<'a> Writer<'a> {
    /// Begins `length` words of a kind.
    pub(crate) fn new(words: &'a mut [u32], kind: Kind, length: usize) -> Result<Self, Error> {
        let got = words.len();
        let words = words.get_mut(..length).ok_or(Error::MemoryTooSmall { needed: length, got })?;
        Ok(Self::begin(words, kind, length))
    }

    /// A writer that keeps no words, for the checksum alone.
    pub(crate) fn discarding(kind: Kind, length: usize) -> Writer<'static> {
        Writer::begin(&mut [], kind, length)
    }

    fn begin(words: &'a mut [u32], kind: Kind, length: usize) -> Self {
        let mut new = Self { words, at: 0, sum: u32::MAX };
        new.word(kind.magic);
        new.word(kind.version);
        new.count(length);
        new
    }

    pub(crate) fn word(&mut self, word: u32) {
        if let Some(to) = self.words.get_mut(self.at) {
            *to = word;
        }
        self.at = self.at.saturating_add(1);
        self.sum = update(self.sum, word);
    }

    pub(crate) fn count(&mut self, value: usize) {
        self.word(u32::try_from(value).unwrap_or(u32::MAX));
    }

    pub(crate) fn long(&mut self, value: u64) {
        self.word(value as u32);
        self.word((value >> 32) as u32);
    }

    pub(crate) fn value<T: Scalar>(&mut self, value: T) {
        let value: f64 = value.into();
        if words_of::<T>() == 1 {
            self.word((value as f32).to_bits());
        } else {
            self.long(value.to_bits());
        }
    }

    pub(crate) fn values<T: Scalar>(&mut self, values: &[T]) {
        values.iter().for_each(|value| self.value(*value));
    }

    /// Adds the checksum; returns the number of words, and the checksum.
    pub(crate) fn finish(mut self) -> (usize, u32) {
        let sum = !self.sum;
        self.word(sum);
        (self.at, sum)
    }
}

pub(crate) struct Reader<'a> {
    words: &'a [u32],
    /// Words of a scalar.
    pub(crate) width: usize,
}

const fn corrupted(what: &'static str) -> Error {
    Error::Corrupted { what }
}

impl<'a> Reader<'a> {
    /// Checks kind, version, length and checksum, in this order: another version may have another checksum. Words after the end are ignored.
    pub(crate) fn new(words: &'a [u32], kind: Kind) -> Result<Self, Error> {
        let head = words.get(..HEAD).ok_or(corrupted("the length"))?;
        let [magic, version, length] = *head else { return Err(corrupted("the length")) };
        if magic != kind.magic {
            return Err(corrupted("the kind of data"));
        }
        if version != kind.version {
            let (what, expected) = (kind.what, kind.version);
            return Err(Error::OtherVersion { what, expected, got: version });
        }
        let words = words.get(..length as usize).ok_or(corrupted("the length"))?;
        let (sum, checked) = words.split_last().ok_or(corrupted("the length"))?;
        if checksum(checked) != *sum {
            return Err(corrupted("the checksum"));
        }
        let content = checked.get(HEAD..).ok_or(corrupted("the length"))?;
        Ok(Self { words: content, width: 1 })
    }

    /// Words from the magic number to the checksum. Ask before anything is read.
    pub(crate) const fn length(&self) -> usize {
        self.words.len().saturating_add(FRAME)
    }

    pub(crate) fn word(&mut self) -> Result<u32, Error> {
        let (word, rest) = self.words.split_first().ok_or(corrupted("the length"))?;
        self.words = rest;
        Ok(*word)
    }

    pub(crate) fn count(&mut self) -> Result<usize, Error> {
        Ok(self.word()? as usize)
    }

    /// A count below a bound.
    pub(crate) fn below(&mut self, bound: usize) -> Result<usize, Error> {
        let count = self.count()?;
        if count < bound { Ok(count) } else { Err(corrupted("a count")) }
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Error> {
        Ok(self.below(2)? == 1)
    }

    pub(crate) fn long(&mut self) -> Result<u64, Error> {
        let (low, high) = (self.word()?, self.word()?);
        Ok(u64::from(low) | u64::from(high) << 32)
    }

    /// A finite scalar.
    pub(crate) fn value<T: Scalar>(&mut self) -> Result<T, Error> {
        let value = if self.width == 1 {
            f64::from(f32::from_bits(self.word()?))
        } else {
            f64::from_bits(self.long()?)
        };
        let value = T::of(value);
        if crate::scalar::Real::is_finite(value) { Ok(value) } else { Err(corrupted("a value")) }
    }

    pub(crate) fn values<T: Scalar>(&mut self, out: &mut [T]) -> Result<(), Error> {
        for to in out {
            *to = self.value()?;
        }
        Ok(())
    }

    /// Checks that all words were read.
    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.words.is_empty() { Ok(()) } else { Err(corrupted("the length")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        // "12345678" and its published CRC-32.
        let words = [u32::from_le_bytes(*b"1234"), u32::from_le_bytes(*b"5678")];
        assert_eq!(checksum(&words), 0x9AE0_DAAF);
    }
}
