//! An array of numbers with its shape, of any format.

use super::axes::{Arrangement, Axes, Extent};
use super::error::{ReadError, ReadErrorKind};
use super::samples::Samples;

/// Which index of an array is the fastest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The last one, as in C.
    LastFastest,
    /// The first one, as in Fortran and MATLAB.
    FirstFastest,
}

/// An array as it lies in the file.
#[derive(Debug)]
pub(super) struct Array {
    shape: Vec<usize>,
    order: Order,
    values: Vec<f64>,
}

impl Array {
    /// Values in their order; as many as the product of the shape.
    pub(super) fn new(shape: Vec<usize>, order: Order, values: Vec<f64>) -> Self {
        Self { shape, order, values }
    }

    /// A matrix as MATLAB keeps it. A row vector is a channel, not a sample.
    pub(super) fn of_matlab(shape: Vec<usize>, values: Vec<f64>) -> Self {
        let shape = match *shape.as_slice() {
            [1, n] if n > 1 => vec![n],
            _ => shape,
        };
        Self::new(shape, Order::FirstFastest, values)
    }

    /// Numbers in it.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The number, if there is just one.
    pub(super) fn only(&self) -> Option<f64> {
        match *self.values.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Dimensions of it.
    pub(super) fn dimensions(&self) -> usize {
        self.shape.len()
    }

    /// As trials x time x channels: these are its axes, or the usual ones.
    pub(super) fn into_samples(self, axes: Option<Axes>) -> Result<Samples, ReadError> {
        let Some(named) = axes.or_else(|| Axes::usual(self.shape.len())) else {
            return Err(ReadError::new(
                ReadErrorKind::UnsupportedShape,
                format!(
                    "the shape of the array is {}; a recording is (time), (time, channels) or \
                     (trials, time, channels)",
                    shown(&self.shape)
                ),
            ));
        };
        let arranged = named.arrange(&self.shape, &self.strides())?;
        let Arrangement { trials, time, channels } = arranged;
        let (trials, time, channels) = (trials.size, time.size, channels.size);
        let mut samples = Samples { channels, ..Samples::default() };
        if axes.is_none() && channels > time && channels > 3 {
            let (was, other) = if self.shape.len() == 3 {
                ("(trials, time, channels)", "trials,channels,time")
            } else {
                ("(time, channels)", "channels,time")
            };
            samples.notes.push(format!(
                "the array of shape {} was read as {was}, with more channels than samples; if it is ({}), use --axes {other}",
                shown(&self.shape),
                other.replace(',', ", ")
            ));
        }
        samples.trials = if trials == 1 && self.order == Order::LastFastest && is_sorted(&arranged)
        {
            vec![self.values]
        } else {
            let mut read = Vec::new();
            for trial in 0..trials {
                read.push(self.one_trial(arranged, trial)?);
            }
            read
        };
        Ok(samples)
    }

    /// The trial with the channels of a sample side by side.
    fn one_trial(&self, arranged: Arrangement, trial: usize) -> Result<Vec<f64>, ReadError> {
        let Arrangement { trials, time, channels } = arranged;
        let mut values = Vec::new();
        // The product is at most the length of the array.
        values.try_reserve_exact(time.size * channels.size).map_err(|_| too_large(&self.shape))?;
        for t in 0..time.size {
            let place = |c: usize| trial * trials.stride + t * time.stride + c * channels.stride;
            values.extend((0..channels.size).filter_map(|c| self.values.get(place(c)).copied()));
        }
        Ok(values)
    }

    /// How far apart two neighbours along each dimension lie.
    fn strides(&self) -> Vec<usize> {
        let mut stride = 1;
        let mut next = |size: &usize| {
            let now = stride;
            stride *= *size;
            now
        };
        if self.order == Order::LastFastest {
            let mut strides: Vec<usize> = self.shape.iter().rev().map(next).collect();
            strides.reverse();
            strides
        } else {
            self.shape.iter().map(&mut next).collect()
        }
    }

    /// As rows, columns and entries in row-major order.
    pub(super) fn into_matrix(self) -> Result<(usize, usize, Vec<f64>), ReadError> {
        let [rows, columns] = *self.shape.as_slice() else {
            return Err(ReadError::new(
                ReadErrorKind::UnsupportedShape,
                format!(
                    "the shape of the array is {}; an operator has two dimensions",
                    shown(&self.shape)
                ),
            ));
        };
        if self.order == Order::LastFastest {
            return Ok((rows, columns, self.values));
        }
        let strides = self.strides();
        let along =
            |k: usize, size: usize| Extent { size, stride: strides.get(k).copied().unwrap_or(0) };
        let (time, channels) = (along(0, rows), along(1, columns));
        let values = self.one_trial(Arrangement { trials: Extent::ONE, time, channels }, 0)?;
        Ok((rows, columns, values))
    }
}

/// Whether a row of channels lies as it is wanted: the strides fall.
fn is_sorted(arranged: &Arrangement) -> bool {
    let Arrangement { time, channels, .. } = arranged;
    (channels.size == 1 || channels.stride == 1) && (time.size == 1 || time.stride == channels.size)
}

/// A shape as NumPy writes it.
pub(super) fn shown<T: ToString>(shape: &[T]) -> String {
    let sizes: Vec<String> = shape.iter().take(40).map(T::to_string).collect();
    match sizes.as_slice() {
        [one] => format!("({one},)"),
        several => format!("({})", several.join(", ")),
    }
}

pub(super) fn too_large(shape: &[impl ToString]) -> ReadError {
    ReadError::new(
        ReadErrorKind::TooLarge,
        format!("an array of shape {} is larger than the memory", shown(shape)),
    )
}
