//! Coordinates of a recording in its own model, and in that of another system.

#[cfg(feature = "alloc")]
use super::model::Model;
use super::model::ModelRef;
use super::prediction::Predictor;
use crate::data::recording::Recording;
use crate::error::Error;
#[cfg(feature = "alloc")]
use crate::matrix::Mat;
use crate::matrix::{MatMut, MatRef, add_scaled, check};
use crate::scalar::{Real, Scalar};

impl<T: Scalar> ModelRef<'_, T> {
    /// The state z_t = S⁻¹ Uᵀ h_t of every window of a trial, in which the operator acts: z_{t+s} ~ A z_t.
    ///
    /// `out` is rank x rows, a window a column, rows = T - (d - 1) tau; over the recording that was
    /// fitted its rows are orthonormal (all trials together). `transform` (n x rank or wider, n x n for
    /// n >= rank) is applied to every state: with the C of a comparison in which this model was the
    /// second, the states come out in the coordinates of the first, z_A ~ C z_B.
    ///
    /// `memory`: [`ModelRef::prediction_memory_len`]. Cost: p r multiply-adds a window, and n r for a
    /// transform.
    ///
    /// # Errors
    /// [`Error::TooShort`] if the trial has no window, [`Error::ShapeMismatch`] if the channels, `out`
    /// or the transform do not fit, [`Error::MemoryTooSmall`], [`Error::Overflow`] if a coordinate leaves the
    /// range of the scalar.
    pub fn coordinates_in(
        &self,
        trial: &Recording<'_, T>,
        transform: Option<MatRef<'_, T>>,
        out: &mut MatMut<'_, T>,
        memory: &mut [T],
    ) -> Result<(), Error> {
        check("the number of channels of a trial", self.channels(), trial.channels())?;
        let rows = self.rows_of(trial)?;
        if let Some(transform) = transform
            && transform.cols() < self.rank
        {
            check("the number of columns of the transform", self.rank, transform.cols())?;
        }
        let height = transform.map_or(self.rank, |transform| transform.rows());
        check("the number of rows of the coordinates", height, out.rows())?;
        check("the number of windows", rows, out.cols())?;
        let mut predictor = Predictor::new(self, memory)?;
        for (column, t) in out.columns_mut().zip(self.windows().times(trial)) {
            let state = predictor.state_at(trial, t);
            match transform {
                None => column.iter_mut().zip(state).for_each(|(to, z)| *to = *z),
                Some(transform) => {
                    column.fill(T::ZERO);
                    for (direction, z) in transform.columns().zip(state) {
                        add_scaled(column, *z, direction);
                    }
                }
            }
            if !column.iter().all(|x| Real::is_finite(*x)) {
                return Err(Error::Overflow { what: "a coordinate" });
            }
        }
        Ok(())
    }

    /// Windows of a trial, at least one.
    fn rows_of(&self, trial: &Recording<'_, T>) -> Result<usize, Error> {
        let (embedding, got) = (self.dmd.embedding(), trial.samples());
        match embedding.rows(got) {
            0 => Err(Error::TooShort { trial: 0, needed: embedding.window(), got }),
            rows => Ok(rows),
        }
    }
}

#[cfg(feature = "alloc")]
impl<T: Scalar> Model<T> {
    /// The states of a trial, rank x rows; see [`ModelRef::coordinates_in`].
    ///
    /// # Errors
    /// As [`ModelRef::coordinates_in`], and [`Error::OutOfMemory`].
    pub fn coordinates(&self, trial: &Recording<'_, T>) -> Result<Mat<T>, Error> {
        self.turned(trial, None)
    }

    /// The states of a trial of this system in the coordinates of another, for plots of both: `transform`
    /// is the C of a comparison of the other model with this one, in this order.
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, Procrustes, Rank, Recording};
    /// let wave = |phase: f64| -> Vec<f64> {
    ///     (0..300).map(|t| (0.3 * t as f64 + phase).cos() + (0.7 * t as f64).sin()).collect()
    /// };
    /// let (a, b) = (wave(0.0), wave(1.0).iter().map(|x| -3.0 * x).collect::<Vec<_>>());
    /// let dmd = Dmd::new().delays(8).rank(Rank::Fixed(4));
    /// let (a, b) = (Recording::new(&a, 1)?, Recording::new(&b, 1)?);
    /// let (first, second) = (dmd.fit(&[a])?, dmd.fit(&[b])?);
    /// let comparison = Procrustes::new().compare(&first, &second)?;
    /// let states = first.coordinates(&a)?; // 4 x 293
    /// let aligned = second.align(&b, comparison.transform())?; // in the same axes
    /// assert_eq!((aligned.as_ref().rows(), aligned.as_ref().cols()), (4, 293));
    /// # assert_eq!(states.as_ref().cols(), 293);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`ModelRef::coordinates_in`], and [`Error::OutOfMemory`].
    pub fn align(
        &self,
        trial: &Recording<'_, T>,
        transform: MatRef<'_, T>,
    ) -> Result<Mat<T>, Error> {
        self.turned(trial, Some(transform))
    }

    fn turned(
        &self,
        trial: &Recording<'_, T>,
        transform: Option<MatRef<'_, T>>,
    ) -> Result<Mat<T>, Error> {
        let model = self.as_ref();
        let rows = model.rows_of(trial)?;
        let height = transform.map_or(self.rank(), |transform| transform.rows());
        let mut out = Mat::zeros(height, rows)?;
        let mut memory = crate::matrix::try_zeros(model.prediction_memory_len())?;
        model.coordinates_in(trial, transform, &mut out.as_mut(), &mut memory)?;
        Ok(out)
    }
}
