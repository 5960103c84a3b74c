//! Files of version 5 to 7: a head of 128 bytes, then an element for each variable, which may be compressed.

use super::super::error::{ReadError, ReadErrorKind};
use super::super::numbers::ByteOrder;
use super::element::{Bytes, COMPRESSED, INT8, INT32, MATRIX, UINT32, cut_off, damaged};
use super::value::{Matrix, Value, Visitor};
use flate2::read::ZlibDecoder;
use std::io::Read;

const HEAD: usize = 128;
/// Cells and structures in each other.
const DEEPEST: usize = 8;
/// Cells and fields of a variable; each takes memory of its own.
const MOST_VALUES: usize = 1_000_000;

pub(super) fn each_variable(
    bytes: &[u8],
    memory: u64,
    visit: &mut Visitor<'_>,
) -> Result<(), ReadError> {
    let (head, rest) = bytes.split_at_checked(HEAD).ok_or_else(|| {
        damaged("this is not a file of MATLAB: it is shorter than the head of one")
    })?;
    let order = match head {
        [.., b'I', b'M'] => ByteOrder::Little,
        [.., b'M', b'I'] => ByteOrder::Big,
        _ => {
            return Err(damaged(
                "this is not a file of MATLAB: its head does not end with the order of its bytes; save the variables \
                 with save(\"file.mat\", \"-v7\")",
            ));
        }
    };
    let mut rest = Bytes { rest, order };
    while !rest.rest.is_empty() {
        let element = rest.element()?;
        let more = match element.kind {
            MATRIX => variable(element.content, visit)?,
            COMPRESSED => {
                let unpacked = unpacked(element.content.rest, order, memory)?;
                variable(Bytes { rest: &unpacked, order }, visit)?
            }
            _ => return Err(cut_off()),
        };
        if !more {
            break;
        }
    }
    Ok(())
}

/// The content of the matrix that is compressed. Its length comes first, and no more than that is unpacked.
fn unpacked(packed: &[u8], order: ByteOrder, memory: u64) -> Result<Vec<u8>, ReadError> {
    let broken = |error: std::io::Error| {
        damaged(format!("a variable cannot be unpacked: {error}; save the file again"))
    };
    let mut decoder = ZlibDecoder::new(packed);
    let mut tag = [0; 8];
    decoder.read_exact(&mut tag).map_err(broken)?;
    let mut tag = Bytes { rest: &tag, order };
    let (kind, length) = (tag.word()?, u64::from(tag.word()?));
    if kind != MATRIX {
        return Err(cut_off());
    }
    if length > memory {
        return Err(ReadError::new(
            ReadErrorKind::TooLarge,
            format!(
                "a variable of {length} bytes is larger than the limit, 1 GiB or 32 times the length of the file; save it \
                 without compression, with -v6"
            ),
        ));
    }
    let mut unpacked = Vec::new();
    decoder.by_ref().take(length).read_to_end(&mut unpacked).map_err(broken)?;
    if (unpacked.len() as u64) < length {
        return Err(cut_off());
    }
    // The checksum is compared at the end.
    decoder.take(8).read_to_end(&mut Vec::new()).map_err(broken)?;
    Ok(unpacked)
}

fn variable(content: Bytes<'_>, visit: &mut Visitor<'_>) -> Result<bool, ReadError> {
    let mut left = MOST_VALUES;
    let (name, value) = named(content, 0, &mut left)?;
    // What a class needs is kept under no name.
    if name.is_empty() { Ok(true) } else { visit(&name, value) }
}

/// A matrix, which is the form of everything: flags, dimensions, a name, and what it holds.
fn named<'a>(
    mut content: Bytes<'a>,
    depth: usize,
    left: &mut usize,
) -> Result<(String, Value<'a>), ReadError> {
    *left = left.checked_sub(1).ok_or_else(|| {
        ReadError::new(
            ReadErrorKind::TooLarge,
            format!("a variable has more than {MOST_VALUES} cells and fields; save the recording as a matrix"),
        )
    })?;
    // An empty cell may hold nothing at all.
    if content.rest.is_empty() {
        return Ok((String::new(), Value::Other("is empty")));
    }
    let mut flags = content.element()?.expect(&[UINT32])?;
    let flags = flags.word()?;
    let class = flags & 0xff;
    let complex = flags & 0x0800 != 0;
    // An object of a class has no dimensions.
    if class == 17 {
        return Ok((content.element()?.name()?, Value::Other(OBJECT)));
    }
    let mut sizes = content.element()?.expect(&[INT32, UINT32])?;
    let mut shape = Vec::new();
    while !sizes.rest.is_empty() {
        shape.push(sizes.word()?.try_into().map_err(|_| cut_off())?);
    }
    let count = shape.iter().try_fold(1_usize, |count, size| count.checked_mul(*size));
    let count = count.filter(|_| shape.len() >= 2).ok_or_else(cut_off)?;
    let name = content.element()?.name()?;
    let value = match class {
        1 | 2 if depth >= DEEPEST => Value::Other("is nested too deeply"),
        1 => {
            let mut values = Vec::new();
            for _ in 0..count {
                let cell = content.element()?.expect(&[MATRIX])?;
                values.push(named(cell, depth + 1, left)?.1);
            }
            Value::Cells(values)
        }
        2 => structure(content, count, depth, left)?,
        3 | 16 => Value::Other(OBJECT),
        4 => Value::Other("is text"),
        5 => Value::Other("is a sparse matrix; save full(...) of it"),
        6..=15 if complex => Value::Other(
            "is complex and must be real; save real and imaginary parts as two channels",
        ),
        6..=15 => Value::Numbers(numbers(content, shape, count)?),
        _ => Value::Other("is of an unknown type"),
    };
    Ok((name, value))
}

const OBJECT: &str = "is an object or a function; save its numbers as a matrix";

fn structure<'a>(
    mut content: Bytes<'a>,
    elements: usize,
    depth: usize,
    left: &mut usize,
) -> Result<Value<'a>, ReadError> {
    let mut length = content.element()?.expect(&[INT32])?;
    let length = length.word()? as usize;
    let names = content.element()?.expect(&[INT8])?.rest;
    if length == 0 || !names.len().is_multiple_of(length) {
        return Err(cut_off());
    }
    let fields: Vec<String> = names
        .chunks(length)
        .map(|name| name.split(|byte| *byte == 0).next().unwrap_or_default())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    let count = elements.checked_mul(fields.len()).ok_or_else(cut_off)?;
    let mut values = Vec::new();
    for _ in 0..count {
        let field = content.element()?.expect(&[MATRIX])?;
        values.push(named(field, depth + 1, left)?.1);
    }
    Ok(Value::Structure { fields, elements, values })
}

fn numbers(
    mut content: Bytes<'_>,
    shape: Vec<usize>,
    count: usize,
) -> Result<Matrix<'_>, ReadError> {
    let element = content.element()?;
    let kind = element.numbers().ok_or_else(cut_off)?;
    let Bytes { rest: bytes, order } = element.content;
    if count.checked_mul(kind.bytes()) != Some(bytes.len()) {
        return Err(cut_off());
    }
    Ok(Matrix { shape, kind, order, bytes })
}
