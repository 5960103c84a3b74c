//! A comparison in steps of bounded length, for a background job.

use super::chords::OrderedPair;
use super::comparison::{ComparisonRef, Numbers};
use super::precision::{Precision, Same, Single, explores_in_single};
use super::prepared::Prepared;
use super::search::Search;
use super::settings::Procrustes;
use crate::error::Error;
use crate::matrix::MatMut;
use crate::scalar::Scalar;

/// The work that is left.
enum Work<'m, T: Scalar> {
    /// A closed form has given the numbers.
    Done(Numbers<T>),
    Same(Search<'m, T, Same, 1, 1, 1>),
    Single(Search<'m, T, Single, 1, 1, 1>),
}

/// A comparison that advances one iteration at a time; made by [`Procrustes::stepwise_in`].
///
/// [`step`](Self::step) evaluates the objective once, about 5 n³ multiply-adds, and now and then makes a
/// start, about 10 n³. Some two or three steps of operators in f64 up to order 16 factor a Hessian as well, n⁶ / 48 (20 n³ at
/// order 10), unless the effort is [`Effort::Fast`](super::effort::Effort::Fast). All its state lives in this value and in
/// the caller's memory, so it can be suspended between any two steps. The result has the same bits as [`Procrustes::compare_prepared_in`].
pub struct StepwiseComparison<'p, 'm, T: Scalar> {
    procrustes: Procrustes,
    a: &'p Prepared<'p, T>,
    b: &'p Prepared<'p, T>,
    transform: MatMut<'m, T>,
    finishing: &'m mut [T],
    work: Work<'m, T>,
}

impl Procrustes {
    /// Begins a comparison of two prepared operators that is done in steps.
    ///
    /// `memory`: [`Procrustes::comparison_len`]. Steps: about the
    /// [`evaluations`](ComparisonRef::evaluations) of the result, and never more than 150 for each of
    /// the [`Effort`](super::effort::Effort)'s starts and 800 for each of four polishes a stage, times 7
    /// where every step is shortened six times.
    ///
    /// ```
    /// use dynamical_similarity::{Effort, MatRef, Procrustes};
    /// let procrustes = Procrustes::new().effort(Effort::Fast);
    /// let (mut left, mut right) = ([0.0_f32; 58], [0.0_f32; 58]);
    /// let (mut scratch, mut memory) = ([0.0_f32; 128], [0.0_f32; 256]);
    /// let a = [0.9, 0.1, 0.0, -0.1, 0.9, 0.2, 0.0, 0.0, 0.5];
    /// let a = procrustes.prepare_in(MatRef::new(&a, 3, 3)?, &mut left, &mut scratch)?;
    /// let b = [0.8, 0.3, 0.0, -0.3, 0.8, 0.0, 0.1, 0.0, 0.4];
    /// let b = procrustes.prepare_in(MatRef::new(&b, 3, 3)?, &mut right, &mut scratch)?;
    /// let mut comparison = procrustes.stepwise_in(&a, &b, &mut memory)?;
    /// while !comparison.step()? {
    ///     // the next sample comes first
    /// }
    /// assert!(comparison.finish()?.distance() > 0.1);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Procrustes::compare_prepared_in`].
    pub fn stepwise_in<'p, 'm, T: Scalar>(
        &self,
        a: &'p Prepared<'p, T>,
        b: &'p Prepared<'p, T>,
        memory: &'m mut [T],
    ) -> Result<StepwiseComparison<'p, 'm, T>, Error> {
        let n = a.order();
        if n != b.order() {
            return Err(Error::RankMismatch { left: n, right: b.order() });
        }
        self.common_order(n, n)?;
        self.check_norm(a)?;
        self.check_norm(b)?;
        let ([transform, finishing, search], _) = self.comparison_layout(n).cut(memory)?;
        let mut transform = MatMut::over(transform, n, n);
        let work = match self.closed_form(a, b, &mut transform, finishing)? {
            Some(numbers) => Work::Done(numbers),
            None => {
                self.check_frames(a, b)?;
                if explores_in_single::<T>() {
                    Work::Single(self.alone(n, search))
                } else {
                    Work::Same(self.alone(n, search))
                }
            }
        };
        Ok(StepwiseComparison { procrustes: *self, a, b, transform, finishing, work })
    }

    fn alone<'m, T: Scalar, P: Precision<T>>(
        &self,
        n: usize,
        memory: &'m mut [T],
    ) -> Search<'m, T, P, 1, 1, 1> {
        let mut search = Search::new(self.effort, n, memory);
        search.begin(1);
        search
    }
}

impl<'p, 'm, T: Scalar> StepwiseComparison<'p, 'm, T> {
    /// Advances by one evaluation of the objective. Returns true when nothing is left to do.
    ///
    /// # Errors
    /// None that [`Procrustes::stepwise_in`] has not ruled out.
    pub fn step(&mut self) -> Result<bool, Error> {
        self.advance(1)
    }

    fn advance(&mut self, ticks: usize) -> Result<bool, Error> {
        let ordered = OrderedPair::of(self.a, self.b);
        let pair = |_| Some(ordered);
        match &mut self.work {
            Work::Done(_) => Ok(true),
            Work::Same(search) => search.advance(&pair, ticks),
            Work::Single(search) => search.advance(&pair, ticks),
        }
    }

    /// Does what is left to do, and returns the result.
    ///
    /// # Errors
    /// [`Error::Overflow`] if the distance leaves the range of the scalar.
    pub fn finish(mut self) -> Result<ComparisonRef<'m, T>, Error> {
        self.advance(usize::MAX)?;
        let found = match &self.work {
            Work::Done(numbers) => {
                let numbers = *numbers;
                return Ok(ComparisonRef { numbers, transform: self.transform.into_ref() });
            }
            Work::Same(search) => search.found(0),
            Work::Single(search) => search.found(0),
        };
        let transform = &mut self.transform;
        let numbers = self.procrustes.conclude(self.a, self.b, found, transform, self.finishing)?;
        Ok(ComparisonRef { numbers, transform: self.transform.into_ref() })
    }
}
