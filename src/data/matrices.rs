//! Recordings from matrices of nalgebra, in either orientation.

use super::recording::Recording;
use crate::error::Error;
use crate::matrix::{Cells, Layout, area, divide};
use crate::scalar::Scalar;
#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use nalgebra::{Dim, IsContiguous, Matrix, RawStorage};

impl<'a, T: Scalar> Recording<'a, T> {
    /// Borrows a matrix of channels x time, each column a sample. nalgebra stores column after column, so nothing is
    /// copied.
    ///
    /// ```
    /// use dynamical_similarity::Recording;
    /// let matrix = nalgebra::Matrix2x3::new(
    ///     1.0, 2.0, 3.0, // channel 0
    ///     10.0, 20.0, 30.0, // channel 1
    /// );
    /// let recording = Recording::from_channels_by_time(&matrix)?;
    /// assert_eq!((recording.samples(), recording.sample(1)), (3, &[2.0, 20.0][..]));
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_channels_by_time<R, C, S>(matrix: &'a Matrix<T, R, C, S>) -> Result<Self, Error>
    where
        R: Dim,
        C: Dim,
        S: RawStorage<T, R, C> + IsContiguous,
    {
        Self::new(matrix.as_slice(), matrix.nrows())
    }

    /// Copies a matrix of time x channels, each row a sample, into `memory` (one scalar for each entry), and borrows
    /// that: the entries of a row do not lie next to each other in a matrix of nalgebra, and the crate does not work with
    /// strides. With a heap, [`interleaved`](Self::interleaved) makes the copy.
    ///
    /// ```
    /// use dynamical_similarity::Recording;
    /// let matrix = nalgebra::Matrix3x2::new(
    ///     1.0, 10.0, // time 0
    ///     2.0, 20.0, // time 1
    ///     3.0, 30.0, // time 2
    /// );
    /// let mut memory = [0.0; 6];
    /// let recording = Recording::from_time_by_channels_in(&matrix, &mut memory)?;
    /// assert_eq!(recording.sample(1), &[2.0, 20.0]);
    /// // The slice of the matrix has the same length, and another order: this recording is scrambled.
    /// let scrambled = Recording::new(matrix.as_slice(), 2)?;
    /// assert_eq!(scrambled.sample(1), &[3.0, 10.0]);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::MemoryTooSmall`].
    pub fn from_time_by_channels_in<R, C, S>(
        matrix: &Matrix<T, R, C, S>,
        memory: &'a mut [T],
    ) -> Result<Self, Error>
    where
        R: Dim,
        C: Dim,
        S: RawStorage<T, R, C>,
    {
        let (time, channels) = matrix.shape();
        let ([samples], _) = Layout::new([area(time, channels)]).cut(memory)?;
        for (k, x) in matrix.iter().enumerate() {
            let (channel, t) = divide(k, time);
            samples.put(t.wrapping_mul(channels).wrapping_add(channel), *x);
        }
        Self::new(samples, channels)
    }

    /// The samples of a matrix of time x channels, row after row, for [`new`](Self::new).
    ///
    /// ```
    /// use dynamical_similarity::Recording;
    /// let matrix = nalgebra::DMatrix::from_fn(3, 2, |t, c| (t + 10 * c) as f32);
    /// let samples = Recording::interleaved(&matrix)?;
    /// assert_eq!(samples, [0.0, 10.0, 1.0, 11.0, 2.0, 12.0]);
    /// let recording = Recording::new(&samples, matrix.ncols())?;
    /// assert_eq!(recording.sample(2), &[2.0, 12.0]);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::OutOfMemory`].
    #[cfg(feature = "alloc")]
    pub fn interleaved<R, C, S>(matrix: &Matrix<T, R, C, S>) -> Result<Vec<T>, Error>
    where
        R: Dim,
        C: Dim,
        S: RawStorage<T, R, C>,
    {
        let mut samples = crate::matrix::try_zeros(area(matrix.nrows(), matrix.ncols()))?;
        Recording::from_time_by_channels_in(matrix, &mut samples)?;
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    #[test]
    fn both_orientations_give_the_same_recording() {
        let of = |t: usize, c: usize| (7 * t + 100 * c) as f64;
        let (across, along) = (DMatrix::from_fn(3, 5, |c, t| of(t, c)), DMatrix::from_fn(5, 3, of));
        let mut memory = vec![f64::NAN; 16];
        let copied = Recording::from_time_by_channels_in(&along, &mut memory).unwrap();
        assert_eq!(Recording::from_channels_by_time(&across), Ok(copied));
        assert_eq!(copied.sample(4), &[28.0, 128.0, 228.0]);
        // A part of a larger matrix, whose columns are apart.
        let part = along.rows(1, 3);
        let samples = Recording::interleaved(&part).unwrap();
        let recording = Recording::new(&samples, 3).unwrap();
        assert_eq!((recording.samples(), recording.sample(0)), (3, copied.sample(1)));
        assert_ne!(Recording::new(along.as_slice(), 3), Ok(copied));
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        let mut matrix = DMatrix::from_element(4, 2, 1.0_f32);
        let short = Recording::from_time_by_channels_in(&matrix, &mut [0.0; 7]).map(|_| ());
        assert_eq!(short, Err(Error::MemoryTooSmall { needed: 8, got: 7 }));
        matrix[(3, 1)] = f32::NAN;
        let error = Error::NonFinite { trial: 0, sample: 3, channel: 1 };
        assert_eq!(Recording::interleaved(&matrix), Err(error));
        assert_eq!(Recording::from_channels_by_time(&matrix.transpose()).map(|_| ()), Err(error));
        let empty = DMatrix::<f32>::zeros(0, 2);
        assert_eq!(Recording::interleaved(&empty), Err(Error::Empty));
        assert_eq!(Recording::from_channels_by_time(&empty).map(|_| ()), Err(Error::Empty));
    }
}
