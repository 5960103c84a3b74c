//! An array of time x channels that is read in parts.

use super::super::error::{ReadError, ReadErrorKind};
use super::super::numbers::Kind;
use super::error::refused;
use super::store::{shape, stored};
use hdf5_reader::{Dataset, Datatype, H5Type, SliceInfo, SliceInfoElem};

/// An array of time x channels.
pub(in super::super) struct Series {
    dataset: Dataset,
    kind: Kind,
    samples: usize,
    channels: usize,
    /// What makes a value of a number, for each channel: x scale + offset; nothing where the numbers are the values.
    scales: Vec<f64>,
    offset: f64,
    pub(in super::super) rate: Option<f64>,
    pub(in super::super) notes: Vec<String>,
}

impl Series {
    /// `None` if it is not one or two-dimensional, or holds numbers that cannot be read in parts.
    pub(super) fn of(dataset: &Dataset) -> Option<Self> {
        let (samples, channels) = match shape(dataset)?.as_slice() {
            [samples] => (*samples, 1),
            [samples, channels] => (*samples, *channels),
            _ => return None,
        };
        let (kind, _) = stored(dataset).ok()?;
        let (scales, notes) = (Vec::new(), Vec::new());
        let dataset = dataset.clone();
        let is_plain = kind != Kind::F16 && !matches!(dataset.dtype(), Datatype::Enum { .. });
        let is_there = samples > 0 && channels > 0 && is_plain;
        let new = Self { dataset, kind, samples, channels, scales, offset: 0.0, rate: None, notes };
        is_there.then_some(new)
    }

    pub(in super::super) const fn samples(&self) -> usize {
        self.samples
    }

    pub(in super::super) const fn channels(&self) -> usize {
        self.channels
    }

    pub(super) fn convert(&mut self, scales: Vec<f64>, offset: f64) {
        (self.scales, self.offset) = (scales, offset);
    }

    pub(super) fn state_rate(&mut self, rate: f64, what: &str) {
        if rate.is_finite() && rate > 0.0 {
            self.rate = Some(rate);
            self.notes.push(format!("the sampling rate is {rate} Hz by {what}"));
        }
    }

    /// How many samples a part should have at least: those that are compressed together.
    pub(in super::super) fn natural(&self) -> usize {
        let chunks = self.dataset.chunks();
        let first = chunks.and_then(|sizes| sizes.first().copied()).map_or(1, u64::from);
        usize::try_from(first).unwrap_or(usize::MAX).max(1)
    }

    /// Puts the values of some samples into `values`.
    pub(in super::super) fn part(
        &self,
        first: usize,
        end: usize,
        values: &mut Vec<f64>,
    ) -> Result<(), ReadError> {
        values.clear();
        match self.kind {
            Kind::I8 => self.numbers(first, end, values, |x: i8| f64::from(x)),
            Kind::I16 => self.numbers(first, end, values, |x: i16| f64::from(x)),
            Kind::I32 => self.numbers(first, end, values, |x: i32| f64::from(x)),
            Kind::I64 => self.numbers(first, end, values, |x: i64| x as f64),
            Kind::U8 => self.numbers(first, end, values, |x: u8| f64::from(x)),
            Kind::U16 => self.numbers(first, end, values, |x: u16| f64::from(x)),
            Kind::U32 => self.numbers(first, end, values, |x: u32| f64::from(x)),
            Kind::U64 => self.numbers(first, end, values, |x: u64| x as f64),
            Kind::F32 => self.numbers(first, end, values, |x: f32| f64::from(x)),
            Kind::F64 => self.numbers(first, end, values, |x: f64| x),
            Kind::F16 => {
                let what = "float16 cannot be read in parts";
                Err(ReadError::new(ReadErrorKind::UnsupportedType, what))
            }
        }?;
        // As for a series that is read as a whole.
        for row in values.chunks_mut(self.channels).filter(|_| !self.scales.is_empty()) {
            row.iter_mut().zip(&self.scales).for_each(|(x, scale)| *x = *x * scale + self.offset);
        }
        Ok(())
    }

    fn numbers<T: H5Type + Copy>(
        &self,
        first: usize,
        end: usize,
        values: &mut Vec<f64>,
        number: impl Fn(T) -> f64,
    ) -> Result<(), ReadError> {
        let slice = |start: usize, end: usize| SliceInfoElem::Slice {
            start: start as u64,
            end: end as u64,
            step: 1,
        };
        let mut selections = vec![slice(first, end)];
        if self.dataset.ndim() > 1 {
            selections.push(slice(0, self.channels));
        }
        let found = self.dataset.read_slice::<T>(&SliceInfo { selections }).map_err(refused)?;
        values.extend(found.iter().map(|x| number(*x)));
        Ok(())
    }
}
