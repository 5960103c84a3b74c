//! The numbers of a dataset.

use super::super::array::{Array, Order, shown, too_large};
use super::super::error::{ReadError, ReadErrorKind};
use super::super::numbers::{ByteOrder, Kind};
use super::container::Container;
use super::error::refused;
use hdf5_reader::{Dataset, Datatype};

/// How the numbers of a dataset are stored, or why there are none; that ends a sentence that begins with its name.
pub(super) fn stored(dataset: &Dataset) -> Result<(Kind, ByteOrder), &'static str> {
    kind(dataset.dtype())
}

fn kind(datatype: &Datatype) -> Result<(Kind, ByteOrder), &'static str> {
    let (found, order) = match datatype {
        Datatype::FixedPoint { size, signed, byte_order } => {
            let kind = match (size, signed) {
                (1, true) => Kind::I8,
                (2, true) => Kind::I16,
                (4, true) => Kind::I32,
                (8, true) => Kind::I64,
                (1, false) => Kind::U8,
                (2, false) => Kind::U16,
                (4, false) => Kind::U32,
                (8, false) => Kind::U64,
                _ => return Err("holds integers of an unusual size; save them as float64"),
            };
            (kind, byte_order)
        }
        Datatype::FloatingPoint { size, byte_order } => {
            let kind = match size {
                2 => Kind::F16,
                4 => Kind::F32,
                8 => Kind::F64,
                _ => return Err("holds numbers of an unusual size; save them as float64"),
            };
            (kind, byte_order)
        }
        // As h5py stores truth values.
        Datatype::Enum { base, members }
            if members.iter().all(|member| matches!(member.name.as_str(), "FALSE" | "TRUE")) =>
        {
            return kind(base);
        }
        Datatype::Enum { .. } => return Err("holds names of categories, not numbers"),
        Datatype::String { .. } | Datatype::VarLen { .. } => {
            return Err("is text or lists, not an array of numbers");
        }
        Datatype::Compound { fields, .. } if fields.len() == 2 => {
            return Err(
                "is complex or a table and must be an array of real numbers; save real and imaginary parts as two channels",
            );
        }
        Datatype::Compound { .. } => {
            return Err("is a table with named columns; save one array of numbers");
        }
        Datatype::Reference { .. } => return Err("holds references to other objects, not numbers"),
        _ => return Err("does not hold numbers"),
    };
    let order = match order {
        hdf5_reader::ByteOrder::LittleEndian => ByteOrder::Little,
        hdf5_reader::ByteOrder::BigEndian => ByteOrder::Big,
    };
    Ok((found, order))
}

/// The shape of a dataset, if it fits into memory.
pub(super) fn shape(dataset: &Dataset) -> Option<Vec<usize>> {
    dataset.shape().iter().map(|size| usize::try_from(*size).ok()).collect()
}

/// Numbers in a dataset; 0 if they are too many to count.
pub(super) fn count(dataset: &Dataset) -> u64 {
    dataset.num_elements().unwrap_or(0)
}

impl Container {
    /// All numbers of a dataset in the order of the file.
    pub(super) fn numbers(&self, dataset: &Dataset) -> Result<Vec<f64>, ReadError> {
        let (kind, order) = stored(dataset)
            .map_err(|why| ReadError::new(ReadErrorKind::UnsupportedType, format!("it {why}")))?;
        let count = dataset.num_elements().map_err(refused)?;
        if count.saturating_mul(8) > self.memory {
            return Err(ReadError::new(
                ReadErrorKind::TooLarge,
                format!(
                    "the array of shape {} is larger than the limit, 1 GiB or 32 times the length of the file; save it without \
                     compression",
                    shown(dataset.shape())
                ),
            ));
        }
        let bytes = dataset.read_raw_bytes().map_err(refused)?;
        let mut values = Vec::new();
        values
            .try_reserve_exact(bytes.len() / kind.bytes())
            .map_err(|_| too_large(dataset.shape()))?;
        kind.decode(order, &bytes, &mut values);
        Ok(values)
    }

    /// A dataset as NumPy would show it.
    pub(super) fn array(&self, dataset: &Dataset) -> Result<Array, ReadError> {
        let shape = shape(dataset).ok_or_else(|| too_large(dataset.shape()))?;
        Ok(Array::new(shape, Order::LastFastest, self.numbers(dataset)?))
    }

    /// A single number.
    pub(super) fn scalar(&self, dataset: &Dataset) -> Option<f64> {
        if count(dataset) != 1 {
            return None;
        }
        self.numbers(dataset).ok()?.first().copied()
    }
}
