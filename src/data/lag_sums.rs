//! Sums of lag products and the two ends of every trial, from which the second moments of all delay windows follow exactly.
//!
//! Continue a trial by zeros on both sides. The Gram matrix of all its windows is then block Toeplitz in the sums
//! S_k = sum over t of x_t x_{t-k}ᵀ, and so is the matrix of pairs one sample apart. The windows that reach over an end, d - 1
//! at the first and d - 1 at the last, are combinations of the first and the last d samples; each is one outer product to be
//! subtracted. So a product with the Gram matrix of windows of p = n d entries takes
//!
//! G v = T(S) v - sum over the windows h that reach over an end of h (h · v)
//!
//! and no p x p matrix. The sums of the windows follow from the sum of the samples in the same way.

use super::recording::check_finite;
use crate::error::Error;
use crate::linalg::block_toeplitz::BlockToeplitz;
use crate::matrix::{
    Cells, Layout, accumulate, area, check, column_of_mut, copy, pieces, pieces_mut, product, scale,
};
use crate::scalar::Scalar;
use core::marker::PhantomData;

/// The sizes of everything in this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sizes {
    /// n
    channels: usize,
    /// d
    delays: usize,
    /// Trials that there is room for.
    trials: usize,
}

impl Sizes {
    /// p
    const fn width(self) -> usize {
        area(self.channels, self.delays)
    }

    /// The first window of a trial, and its last d + 1 samples.
    const fn ends_len(self) -> usize {
        area(self.width(), 2).saturating_add(self.channels)
    }

    /// Shift, the sum of all samples, the sums of products, and the ends of all trials.
    const fn layout(self) -> Layout<4> {
        let (n, lags) = (self.channels, self.delays.saturating_add(1));
        Layout::new([n, n, area(area(n, n), lags), area(self.ends_len(), self.trials)])
    }
}

/// What a fit that never forms a matrix of windows needs of trials: sums of products of samples up to d apart, the sum of the
/// samples, and the first and the last d samples of every trial. [`Dmd::fit_lag_sums_in`](crate::Dmd::fit_lag_sums_in) makes an
/// operator of it that is that of [`Dmd::fit_in`](crate::Dmd::fit_in) up to rounding.
///
/// S_k = sum over t of x_t x_{t-k}ᵀ for k = 0 .. d, over the samples of a trial less a fixed shift. The shift should be near
/// the mean (for example the mean of the first second): it changes no operator that is fitted with means subtracted, and must be
/// zero for others; a mean of m standard deviations costs
/// m² eps.
///
/// It takes samples as they come. In contrast to [`LagCovariance`](crate::LagCovariance), which estimates covariances of a
/// stationary stream and may forget and skip samples, it keeps what belongs to the ends of trials; after a gap, begin a new
/// trial.
///
/// Cost of a push: (d + 1) n² multiply-adds, and n d scalars moved. Memory: [`memory_len`](LagSums::memory_len) scalars in `B`
/// (an array, a slice, or a `Vec`). In `f32` a sum of N products is known to about sqrt(N) eps.
///
/// ```
/// use dynamical_similarity::{Dmd, LagSums, Rank, Shape};
/// const LEN: usize = LagSums::<f32, ()>::memory_len(1, 4, 1);
/// let mut sums = LagSums::new_in(1, 4, 1, &[0.0], [0.0_f32; LEN])?;
/// for t in 0..200 {
///     sums.push(&[(0.3 * t as f32).cos()])?; // a rotation by 0.3 rad a sample
/// }
/// const SHAPE: Shape = Shape { channels: 1, delays: 4, rank: 2 };
/// let mut memory = [0.0; Dmd::lag_sums_memory_len(SHAPE)];
/// let model = Dmd::new().delays(4).rank(Rank::Fixed(2)).fit_lag_sums_in(&sums, &mut memory)?;
/// let (a, trace) = (model.operator(), 2.0 * 0.3_f32.cos());
/// assert!((a.at(0, 0) + a.at(1, 1) - trace).abs() < 1e-4);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LagSums<T, B> {
    sizes: Sizes,
    /// Trials that have begun.
    begun: usize,
    /// Samples of the last of them.
    here: usize,
    /// Samples of all of them.
    samples: usize,
    memory: B,
    scalar: PhantomData<T>,
}

impl<T> LagSums<T, ()> {
    /// Scalars of memory for n channels, windows of d samples and a number of trials: (d + 1) n² + 2 n + (2 d + 1) n trials.
    #[must_use]
    pub const fn memory_len(channels: usize, delays: usize, trials: usize) -> usize {
        Sizes { channels, delays, trials }.layout().len()
    }
}

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> LagSums<T, B> {
    /// No samples, and room for so many trials; the first one has begun. `shift` is near the mean of each channel.
    ///
    /// # Errors
    /// [`Error::Empty`] without channels, delays or trials; [`Error::ShapeMismatch`] if `shift` does not have one value per
    /// channel; [`Error::NonFinite`] if one is not finite; [`Error::MemoryTooSmall`].
    pub fn new_in(
        channels: usize,
        delays: usize,
        trials: usize,
        shift: &[T],
        memory: B,
    ) -> Result<Self, Error> {
        if channels == 0 || delays == 0 || trials == 0 {
            return Err(Error::Empty);
        }
        check("the length of the shift", channels, shift.len())?;
        check_finite(shift, 0)?;
        let sizes = Sizes { channels, delays, trials };
        sizes.layout().check(memory.as_ref().len())?;
        let mut new = Self { sizes, begun: 1, here: 0, samples: 0, memory, scalar: PhantomData };
        copy(new.memory.as_mut(), shift);
        new.clear();
        Ok(new)
    }

    /// Forgets all samples. The first trial begins.
    pub fn clear(&mut self) {
        (self.begun, self.here, self.samples) = (1, 0, 0);
        let start = self.sizes.channels;
        self.memory.as_mut().iter_mut().skip(start).for_each(|x| *x = T::ZERO);
    }

    /// Channels n.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.sizes.channels
    }

    /// Samples of a window, d.
    #[must_use]
    pub const fn delays(&self) -> usize {
        self.sizes.delays
    }

    /// Trials that have begun.
    #[must_use]
    pub const fn trials(&self) -> usize {
        self.begun
    }

    /// Samples of all trials.
    #[must_use]
    pub const fn samples(&self) -> usize {
        self.samples
    }

    /// Takes the newest sample of the trial.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if it does not have one value per channel, [`Error::NonFinite`] if one is not finite,
    /// [`Error::Overflow`] if the square of its distance from the shift leaves the range of the scalar. Nothing is changed
    /// then.
    pub fn push(&mut self, sample: &[T]) -> Result<(), Error> {
        let Sizes { channels: n, delays, .. } = self.sizes;
        check("the number of channels of a sample", n, sample.len())?;
        let [shift, totals, products, ends] =
            self.sizes.layout().cut_by_loop(self.memory.as_mut())?;
        for (x, shift) in sample.iter().zip(&*shift) {
            let x = *x - *shift;
            if !(x * x <= T::MAX) {
                check_finite(sample, 0)?;
                return Err(Error::Overflow { what: "the square of a sample less the shift" });
            }
        }
        let ends = column_of_mut(ends, self.begun.wrapping_sub(1), self.sizes.ends_len());
        let (first, last) = ends.split_at_mut_checked(self.sizes.width()).unwrap_or_default();
        // The last samples, the newest first: all move one place.
        for i in (n..last.len()).rev() {
            last.put(i, last.at(i.wrapping_sub(n)));
        }
        for ((to, x), shift) in last.iter_mut().zip(sample).zip(&*shift) {
            *to = *x - *shift;
        }
        // Column j of S_k += x_t x_{t-k}[j]: the samples are in the order of the columns. Before the trial they are 0.
        let newest = last.part(0, n);
        for (column, weight) in pieces_mut(products, n).zip(&*last) {
            accumulate(column, *weight, newest);
        }
        accumulate(totals, T::ONE, newest);
        if let Some(place) = delays.checked_sub(self.here.saturating_add(1)) {
            copy(column_of_mut(first, place, n), newest);
        }
        self.here = self.here.saturating_add(1);
        self.samples = self.samples.saturating_add(1);
        Ok(())
    }

    /// Ends the trial: the next sample is the first of another one.
    ///
    /// # Errors
    /// [`Error::TooShort`] if the trial has no pair of windows; [`Error::ShapeMismatch`] if there is no room for another one.
    /// Nothing is changed then.
    pub fn begin_trial(&mut self) -> Result<(), Error> {
        self.check_last()?;
        if self.begun == self.sizes.trials {
            return Err(Error::ShapeMismatch {
                what: "the number of trials",
                expected: self.sizes.trials,
                got: self.begun.saturating_add(1),
            });
        }
        self.begun = self.begun.saturating_add(1);
        self.here = 0;
        Ok(())
    }

    /// # Errors
    /// [`Error::TooShort`] if the last trial has no pair of windows.
    pub(crate) const fn check_last(&self) -> Result<(), Error> {
        let needed = self.sizes.delays.saturating_add(1);
        if self.here < needed {
            let trial = self.begun.saturating_sub(1);
            return Err(Error::TooShort { trial, needed, got: self.here });
        }
        Ok(())
    }

    /// The moments of all windows.
    pub(crate) fn windows(&self) -> WindowMoments<'_, T> {
        let [shift, totals, products, ends] = self.sizes.layout().view(self.memory.as_ref());
        let trials = self.begun;
        let lost = area(trials, self.sizes.delays.saturating_sub(1));
        WindowMoments {
            channels: self.sizes.channels,
            ends_len: self.sizes.ends_len(),
            shift,
            totals,
            products,
            ends: ends.part(0, area(self.sizes.ends_len(), trials)),
            rows: self.samples.saturating_sub(lost),
            trials,
        }
    }
}

/// Second moments of all windows h_t = (x_t, x_{t-1}, ..), from sums of lags and the ends of trials.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowMoments<'a, T> {
    channels: usize,
    ends_len: usize,
    pub(crate) shift: &'a [T],
    totals: &'a [T],
    products: &'a [T],
    /// For each trial its first window, and its last d + 1 samples, the newest first.
    ends: &'a [T],
    /// Windows.
    pub(crate) rows: usize,
    pub(crate) trials: usize,
}

impl<'a, T: Scalar> WindowMoments<'a, T> {
    /// The first and the last window of every trial; p entries each.
    pub(crate) fn ends(
        &self,
        width: usize,
    ) -> impl Iterator<Item = (&'a [T], &'a [T])> + use<'a, T> {
        pieces(self.ends, self.ends_len).map(move |ends| {
            let (first, last) = ends.split_at_checked(width).unwrap_or_default();
            (first, last.part(0, width))
        })
    }

    /// The largest sum of squares of a channel.
    pub(crate) fn largest_square(&self) -> T {
        let n = self.channels;
        let squares = pieces(self.products, n.wrapping_add(1)).take(n);
        squares.fold(T::ZERO, |most, rest| rest.at(0).larger(most))
    }

    /// The sum of all windows over their number. The newest samples of the windows are all but the first d - 1; one block
    /// further back, a sample of the first window comes and one of the last goes.
    pub(crate) fn mean_into(&self, mean: &mut [T]) {
        let (n, width) = (self.channels, mean.len());
        mean.fill(T::ZERO);
        copy(mean, self.totals);
        for (first, last) in self.ends(width) {
            for sample in pieces(first, n).skip(1) {
                accumulate(mean, -T::ONE, sample);
            }
            let further = mean.iter_mut().zip(first).skip(n).zip(last);
            further.for_each(|((mean, comes), goes)| *mean += *comes - *goes);
        }
        for i in n..width {
            mean.put(i, mean.at(i) + mean.at(i.wrapping_sub(n)));
        }
        scale(mean, T::ONE / T::count(self.rows));
    }

    /// to = (sum over t of h_{t+ahead} h_tᵀ) v, over whole windows; `ahead` is 0 or 1. 2 n² d² flops, and 4 p d for each trial.
    #[inline(never)]
    pub(crate) fn multiply(&self, ahead: usize, v: &[T], to: &mut [T]) {
        let (n, width) = (self.channels, v.len());
        BlockToeplitz { order: n, blocks: self.products, ahead }.multiply(v, to);
        for (first, last) in self.ends(width) {
            // A window that reaches over the first end by so many entries is the end of the first whole one, and one that
            // reaches over the last end is the beginning of the last whole one.
            let mut over = n;
            while over < width {
                let less = over - area(ahead, n);
                let along = product(first.part(over, width - over), v.part(0, width - over));
                accumulate(to.part_mut(0, width - less), -along, first.part(less, width - less));
                let along = product(last.part(0, width - less), v.part(less, width - less));
                accumulate(to.part_mut(over, width - over), -along, last.part(0, width - over));
                over += n;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_and_mean_are_those_of_the_windows(
            n in 1_usize..4,
            d in 1_usize..5,
            lengths in prop::collection::vec(0_usize..7, 1..4),
            values in prop::collection::vec(-1.0..1.0_f64, 200),
        ) {
            let (p, shift) = (n * d, vec![0.25; n]);
            let memory = vec![f64::NAN; LagSums::<f64, ()>::memory_len(n, d, lengths.len())];
            let mut sums = LagSums::new_in(n, d, lengths.len(), &shift, memory).unwrap();
            let (mut windows, mut pairs) = (Vec::new(), Vec::new());
            let mut stream = values.iter().cycle().copied();
            for (q, more) in lengths.iter().enumerate() {
                if q > 0 {
                    sums.begin_trial().unwrap();
                }
                let trial: Vec<Vec<f64>> =
                    (0..d + 1 + more).map(|_| stream.by_ref().take(n).collect()).collect();
                trial.iter().for_each(|x| sums.push(x).unwrap());
                let all: Vec<Vec<f64>> = trial
                    .windows(d)
                    .map(|w| w.iter().rev().flatten().map(|x| x - 0.25).collect())
                    .collect();
                pairs.extend(all.windows(2).map(|pair| (pair[1].clone(), pair[0].clone())));
                windows.extend(all);
            }
            let found = sums.windows();
            prop_assert_eq!((found.rows, found.rows - found.trials), (windows.len(), pairs.len()));
            let v: Vec<f64> = values[..p].to_vec();
            let along = |h: &[f64]| h.iter().zip(&v).map(|(x, y)| x * y).sum::<f64>();
            let mut to = vec![f64::NAN; p];
            found.multiply(0, &v, &mut to);
            for (i, found) in to.iter().enumerate() {
                let expected: f64 = windows.iter().map(|h| h[i] * along(h)).sum();
                prop_assert!((found - expected).abs() < 1e-12);
            }
            found.multiply(1, &v, &mut to);
            for (i, found) in to.iter().enumerate() {
                let expected: f64 = pairs.iter().map(|(later, h)| later[i] * along(h)).sum();
                prop_assert!((found - expected).abs() < 1e-12);
            }
            found.mean_into(&mut to);
            for (i, found) in to.iter().enumerate() {
                let expected = windows.iter().map(|h| h[i]).sum::<f64>() / windows.len() as f64;
                prop_assert!((found - expected).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn bad_input_is_refused_and_changes_nothing() {
        const LEN: usize = LagSums::<f64, ()>::memory_len(2, 3, 2);
        let new = |n, d, trials, shift: &[f64]| LagSums::new_in(n, d, trials, shift, [0.0; LEN]);
        for (n, d, trials) in [(0, 3, 2), (2, 0, 2), (2, 3, 0)] {
            assert_eq!(new(n, d, trials, &[0.0; 2]).err(), Some(Error::Empty));
        }
        assert!(matches!(new(2, 3, 3, &[0.0; 2]), Err(Error::MemoryTooSmall { .. })));
        assert!(matches!(new(2, 3, 2, &[0.0]), Err(Error::ShapeMismatch { .. })));
        assert!(matches!(new(2, 3, 2, &[0.0, f64::NAN]), Err(Error::NonFinite { .. })));
        let mut sums = new(2, 3, 2, &[0.0; 2]).unwrap();
        sums.push(&[1.0, 2.0]).unwrap();
        let before = sums.memory;
        assert!(matches!(sums.push(&[1.0]), Err(Error::ShapeMismatch { .. })));
        assert_eq!(
            sums.push(&[1.0, f64::INFINITY]),
            Err(Error::NonFinite { trial: 0, sample: 0, channel: 1 })
        );
        assert!(matches!(sums.push(&[1e200, 0.0]), Err(Error::Overflow { .. })));
        assert_eq!(sums.begin_trial(), Err(Error::TooShort { trial: 0, needed: 4, got: 1 }));
        assert_eq!((sums.samples(), sums.memory), (1, before));
        (0..3).for_each(|_| sums.push(&[1.0, 2.0]).unwrap());
        sums.begin_trial().unwrap();
        (0..4).for_each(|_| sums.push(&[1.0, 2.0]).unwrap());
        let error = Error::ShapeMismatch { what: "the number of trials", expected: 2, got: 3 };
        assert_eq!((sums.begin_trial(), sums.trials()), (Err(error), 2));
        sums.clear();
        assert_eq!((sums.samples(), sums.trials(), sums.memory), (0, 1, [0.0; LEN]));
    }
}
