//! Elements of a file of version 5: a tag with a type and a length, and what it holds.

use super::super::error::{ReadError, ReadErrorKind};
use super::super::numbers::{ByteOrder, Kind};

/// Bytes that are read from the front.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a> {
    pub(super) rest: &'a [u8],
    pub(super) order: ByteOrder,
}

/// An element.
pub(super) struct Element<'a> {
    pub(super) kind: u32,
    pub(super) content: Bytes<'a>,
}

pub(super) const INT8: u32 = 1;
pub(super) const UINT8: u32 = 2;
pub(super) const INT32: u32 = 5;
pub(super) const UINT32: u32 = 6;
pub(super) const MATRIX: u32 = 14;
pub(super) const COMPRESSED: u32 = 15;
pub(super) const UTF8: u32 = 16;

pub(super) fn damaged(message: impl Into<String>) -> ReadError {
    ReadError::new(ReadErrorKind::Damaged, message)
}

pub(super) fn cut_off() -> ReadError {
    damaged("the file is cut off or damaged; save it again")
}

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ReadError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(cut_off)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn word(&mut self) -> Result<u32, ReadError> {
        let word = self.take(4)?.try_into().map_err(|_| cut_off())?;
        Ok(match self.order {
            ByteOrder::Little => u32::from_le_bytes(word),
            ByteOrder::Big => u32::from_be_bytes(word),
        })
    }

    /// The next element. Four bytes or fewer stand in the tag itself.
    pub(super) fn element(&mut self) -> Result<Element<'a>, ReadError> {
        let first = self.word()?;
        let (kind, length, room) = match first >> 16 {
            0 => {
                let length = self.word()? as usize;
                let padded = length.checked_next_multiple_of(8).ok_or_else(cut_off)?;
                (first, length, if first == COMPRESSED { length } else { padded })
            }
            length => (first & 0xffff, length as usize, 4),
        };
        // The last element of a file or a matrix may lack its padding.
        let room = if length <= self.rest.len() { room.min(self.rest.len()) } else { room };
        let content = self.take(room)?.get(..length).ok_or_else(cut_off)?;
        Ok(Element { kind, content: Bytes { rest: content, order: self.order } })
    }
}

impl<'a> Element<'a> {
    pub(super) fn expect(self, kinds: &[u32]) -> Result<Bytes<'a>, ReadError> {
        if kinds.contains(&self.kind) { Ok(self.content) } else { Err(cut_off()) }
    }

    /// Text of single bytes.
    pub(super) fn name(self) -> Result<String, ReadError> {
        let content = self.expect(&[INT8, UINT8, UTF8])?.rest;
        let name = content.split(|byte| *byte == 0).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(name).into_owned())
    }

    /// How its numbers are stored.
    pub(super) fn numbers(&self) -> Option<Kind> {
        Some(match self.kind {
            1 => Kind::I8,
            2 => Kind::U8,
            3 => Kind::I16,
            4 => Kind::U16,
            5 => Kind::I32,
            6 => Kind::U32,
            7 => Kind::F32,
            9 => Kind::F64,
            12 => Kind::I64,
            13 => Kind::U64,
            _ => return None,
        })
    }
}
