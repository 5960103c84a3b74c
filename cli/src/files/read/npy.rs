//! One NumPy array.
//!
//! npyz decodes header and elements, but only what has passed a check here: by itself it reserves
//! the length of header that a file declares (up to 4 GiB), multiplies the shape without a check,
//! and parses nested brackets recursively, in exponential time.

use super::array::{Array, Order, shown, too_large};
use super::error::{ReadError, ReadErrorKind};
use super::numbers::{ByteOrder, Kind, half};
use npyz::{DType, Endianness, NpyFile, NpyHeader, TypeChar};
use std::io::{ErrorKind, Read};

const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy's own limit (`max_header_size`).
const LONGEST_HEADER: usize = 10_000;
/// The largest product of a shape and an element size that is accepted: 1 EiB.
const LARGEST: u64 = 1 << 60;

/// Reads a whole file.
pub(super) fn read(bytes: &[u8]) -> Result<Array, ReadError> {
    // Eight bytes a number, of which each takes at least one in the file.
    let memory = (bytes.len() as u64).saturating_mul(8);
    read_within(bytes, memory, |after_header| (bytes.len() as u64).saturating_sub(after_header))
}

/// Reads an array from a stream. The array may take at most `memory` bytes, and at most `left(n)` bytes can follow
/// after the first n; nothing is reserved beyond that.
pub(super) fn read_within(
    mut reader: impl Read,
    memory: u64,
    left: impl Fn(u64) -> u64,
) -> Result<Array, ReadError> {
    let header_bytes = read_header(&mut reader)?;
    let header = NpyHeader::from_reader(header_bytes.as_slice()).map_err(|_| bad_header())?;
    let shape: Vec<usize> = header
        .shape()
        .iter()
        .map(|&size| usize::try_from(size).map_err(|_| too_large(header.shape())))
        .collect::<Result<_, _>>()?;
    let element = element(&header)?;
    if shape.contains(&0) {
        return Err(ReadError::new(
            ReadErrorKind::Empty,
            format!("the array is empty: its shape is {}", shown(&shape)),
        ));
    }
    let count = shape
        .iter()
        .try_fold(1_usize, |count, &size| count.checked_mul(size))
        .ok_or_else(|| too_large(header.shape()))?;
    let needed =
        (count as u64).checked_mul(element.bytes()).ok_or_else(|| too_large(header.shape()))?;
    let available = left(header_bytes.len() as u64);
    if available < needed {
        return Err(ReadError::new(
            ReadErrorKind::Damaged,
            format!(
                "the array is cut off: its shape {} needs {needed} bytes and at most {available} \
                 are there",
                shown(&shape)
            ),
        ));
    }
    if (count as u64).saturating_mul(8) > memory {
        return Err(ReadError::new(
            ReadErrorKind::TooLarge,
            format!(
                "the array of shape {} is larger than the limit for an array of an archive, 1 GiB or 32 times the length of the archive; save it without compression",
                shown(&shape)
            ),
        ));
    }
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| too_large(header.shape()))?;
    let order = match header.order() {
        npyz::Order::C => Order::LastFastest,
        npyz::Order::Fortran => Order::FirstFastest,
    };
    element.decode(header, &mut reader, count, &mut values)?;
    if reader.read(&mut [0]).map_err(damaged)? != 0 {
        return Err(ReadError::new(
            ReadErrorKind::Damaged,
            format!(
                "there is more in the file than one array of shape {}; save every array to a file \
                 of its own",
                shown(&shape)
            ),
        ));
    }
    Ok(Array::new(shape, order, values))
}

/// Where the numbers of an array are in its file, and how they are stored.
pub(super) struct Head {
    pub(super) shape: Vec<usize>,
    /// Bytes before the first number.
    pub(super) start: u64,
    pub(super) kind: Kind,
    pub(super) byte_order: ByteOrder,
}

/// The head of an array whose last index is the fastest; `None` for other arrays, and for those that cannot be read.
pub(super) fn head(reader: &mut impl Read) -> Option<Head> {
    let bytes = read_header(reader).ok()?;
    let header = NpyHeader::from_reader(bytes.as_slice()).ok()?;
    let size = |size: &u64| usize::try_from(*size).ok();
    let shape: Vec<usize> = header.shape().iter().map(size).collect::<Option<_>>()?;
    let DType::Plain(plain) = header.dtype() else { return None };
    let kind = match element(&header).ok()? {
        Element::I8 => Kind::I8,
        Element::I16 => Kind::I16,
        Element::I32 => Kind::I32,
        Element::I64 => Kind::I64,
        Element::U8 | Element::Bool => Kind::U8,
        Element::U16 => Kind::U16,
        Element::U32 => Kind::U32,
        Element::U64 => Kind::U64,
        Element::F16(_) => Kind::F16,
        Element::F32 => Kind::F32,
        Element::F64 => Kind::F64,
    };
    let byte_order = match plain.endianness() {
        Endianness::Big => ByteOrder::Big,
        _ => ByteOrder::Little,
    };
    let start = bytes.len() as u64;
    (header.order() == npyz::Order::C).then_some(Head { shape, start, kind, byte_order })
}

/// Everything up to the data, checked so that npyz can parse it safely.
fn read_header(reader: &mut impl Read) -> Result<Vec<u8>, ReadError> {
    let not_npy = || {
        ReadError::new(
            ReadErrorKind::Damaged,
            "this is not a NumPy array: it does not begin as np.save begins a file",
        )
    };
    let mut header = Vec::new();
    let mut take = |header: &mut Vec<u8>, bytes: usize| -> Result<bool, ReadError> {
        let got = reader.by_ref().take(bytes as u64).read_to_end(header).map_err(damaged)?;
        Ok(got == bytes)
    };
    if !take(&mut header, 8)? || !header.starts_with(MAGIC) {
        return Err(not_npy());
    }
    let width = match header.as_slice() {
        [.., 1, 0] => 2,
        [.., 2 | 3, 0] => 4,
        [.., major, minor] => {
            return Err(ReadError::new(
                ReadErrorKind::Damaged,
                format!(
                    "the file has version {major}.{minor} of the NumPy format; known are 1.0, 2.0 and 3.0"
                ),
            ));
        }
        _ => return Err(not_npy()),
    };
    let cut_off = || ReadError::new(ReadErrorKind::Damaged, "the header of the array is cut off");
    if !take(&mut header, width)? {
        return Err(cut_off());
    }
    let length = header
        .iter()
        .rev()
        .take(width)
        .fold(0_usize, |length, &byte| (length << 8) | usize::from(byte));
    if length > LONGEST_HEADER {
        return Err(ReadError::new(
            ReadErrorKind::Damaged,
            format!(
                "the header of the array declares {length} bytes; NumPy reads at most {LONGEST_HEADER}"
            ),
        ));
    }
    if !take(&mut header, length)? {
        return Err(cut_off());
    }
    check_text(header.get(8 + width..).unwrap_or_default())?;
    Ok(header)
}

/// Refuses every header but that of a plain array, such as
/// `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`: nothing nested deeper, no escapes,
/// no numbers but unsigned decimals, and no overflow in the product of any of those.
fn check_text(text: &[u8]) -> Result<(), ReadError> {
    let has = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
    if has(b"[(") {
        return Err(ReadError::new(
            ReadErrorKind::UnsupportedType,
            "the array is a structured one, with named fields; save one field as an array of numbers",
        ));
    }
    if has(b"M8[") || has(b"m8[") {
        return Err(ReadError::new(
            ReadErrorKind::UnsupportedType,
            "the elements of the array are dates or times; save them as numbers",
        ));
    }
    let (mut depth, mut number, mut product) = (0_usize, None::<u64>, 1_u64);
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                let digit = u64::from(byte - b'0');
                let next = number.unwrap_or(0).checked_mul(10).and_then(|n| n.checked_add(digit));
                number = Some(next.ok_or_else(too_large_header)?);
                continue;
            }
            b'{' | b'(' => depth += 1,
            b'}' | b')' => depth = depth.saturating_sub(1),
            // A letter right after a digit: hexadecimal, an exponent, an imaginary number.
            b'a'..=b'z' | b'A'..=b'Z' if number.is_none() => {}
            b' ' | b'\n' | b'\'' | b'"' | b',' | b':' | b'<' | b'>' | b'|' | b'=' | b'_' => {}
            _ => return Err(bad_header()),
        }
        if depth > 2 {
            return Err(bad_header());
        }
        if let Some(factor) = number.take() {
            product = product
                .checked_mul(factor.max(1))
                .filter(|&product| product <= LARGEST)
                .ok_or_else(too_large_header)?;
        }
    }
    Ok(())
}

/// The types of elements that are real numbers.
#[derive(Clone, Copy)]
enum Element {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F16(Endianness),
    F32,
    F64,
}

impl Element {
    fn bytes(self) -> u64 {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16(_) => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// All elements in the order of the file; integers beyond 2^53 are rounded.
    fn decode(
        self,
        header: NpyHeader,
        mut reader: impl Read,
        count: usize,
        values: &mut Vec<f64>,
    ) -> Result<(), ReadError> {
        if let Self::F16(order) = self {
            for _ in 0..count {
                let mut bytes = [0; 2];
                reader.read_exact(&mut bytes).map_err(damaged)?;
                let bits = match order {
                    Endianness::Big => u16::from_be_bytes(bytes),
                    _ => u16::from_le_bytes(bytes),
                };
                values.push(half(bits));
            }
            return Ok(());
        }
        let file = NpyFile::with_header(header, reader);
        match self {
            Self::F16(_) => Ok(()),
            Self::Bool => extend(values, file, |x: bool| f64::from(u8::from(x))),
            Self::I8 => extend(values, file, |x: i8| f64::from(x)),
            Self::I16 => extend(values, file, |x: i16| f64::from(x)),
            Self::I32 => extend(values, file, |x: i32| f64::from(x)),
            Self::I64 => extend(values, file, |x: i64| x as f64),
            Self::U8 => extend(values, file, |x: u8| f64::from(x)),
            Self::U16 => extend(values, file, |x: u16| f64::from(x)),
            Self::U32 => extend(values, file, |x: u32| f64::from(x)),
            Self::U64 => extend(values, file, |x: u64| x as f64),
            Self::F32 => extend(values, file, |x: f32| f64::from(x)),
            Self::F64 => extend(values, file, |x: f64| x),
        }
    }
}

fn extend<T: npyz::Deserialize>(
    values: &mut Vec<f64>,
    file: NpyFile<impl Read>,
    number: impl Fn(T) -> f64,
) -> Result<(), ReadError> {
    for value in file.data::<T>().map_err(|_| bad_header())? {
        values.push(number(value.map_err(damaged)?));
    }
    Ok(())
}

/// The type of the elements, or why it is none.
fn element(header: &NpyHeader) -> Result<Element, ReadError> {
    let DType::Plain(kind) = header.dtype() else { return Err(bad_header()) };
    let refused = |what: &str| {
        Err(ReadError::new(
            ReadErrorKind::UnsupportedType,
            format!("the elements of the array are {what} (`{kind}`)"),
        ))
    };
    match (kind.type_char(), kind.size_field()) {
        (TypeChar::Bool, 1) => Ok(Element::Bool),
        (TypeChar::Int, 1) => Ok(Element::I8),
        (TypeChar::Int, 2) => Ok(Element::I16),
        (TypeChar::Int, 4) => Ok(Element::I32),
        (TypeChar::Int, 8) => Ok(Element::I64),
        (TypeChar::Uint, 1) => Ok(Element::U8),
        (TypeChar::Uint, 2) => Ok(Element::U16),
        (TypeChar::Uint, 4) => Ok(Element::U32),
        (TypeChar::Uint, 8) => Ok(Element::U64),
        (TypeChar::Float, 2) => Ok(Element::F16(kind.endianness())),
        (TypeChar::Float, 4) => Ok(Element::F32),
        (TypeChar::Float, 8) => Ok(Element::F64),
        (TypeChar::Complex, _) => {
            refused("complex and must be real; save real and imaginary parts as two channels")
        }
        (TypeChar::Object, _) => refused(
            "Python objects, which only Python can read; save trials of unequal length as arrays of \
                 their own with np.savez(\"trials.npz\", *trials), and numbers with astype(float)",
        ),
        (TypeChar::ByteStr | TypeChar::UnicodeStr, _) => refused("text and must be numbers"),
        _ => refused("of a type that cannot be read; convert it with astype(float)"),
    }
}

fn too_large_header() -> ReadError {
    ReadError::new(
        ReadErrorKind::Damaged,
        "the header declares an array that is larger than any memory",
    )
}

fn bad_header() -> ReadError {
    ReadError::new(
        ReadErrorKind::Damaged,
        "the header of the array is not one that np.save writes for an array of numbers",
    )
}

fn damaged(error: std::io::Error) -> ReadError {
    let message = match error.kind() {
        ErrorKind::UnexpectedEof => "the array is cut off".to_string(),
        _ => format!("the array is damaged: {error}"),
    };
    ReadError::new(ReadErrorKind::Damaged, message)
}
