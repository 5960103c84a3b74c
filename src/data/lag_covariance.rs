//! Covariances of a stream at lags 0 .. d, updated one sample at a time.

use super::recording::check_finite;
use crate::error::{Error, Setting};
use crate::matrix::{Cells, Layout, Product, add, all_of, area, check, copy, pieces, pieces_mut};
use crate::scalar::{Real, Scalar};
use core::marker::PhantomData;

/// The sizes of everything in this module: channels and lags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lags {
    /// n
    pub(crate) channels: usize,
    /// d, the largest lag
    pub(crate) most: usize,
}

impl Lags {
    /// The number of lags, 0 .. d, which is that of the samples in the history: d + 1.
    pub(crate) const fn count(self) -> usize {
        self.most.saturating_add(1)
    }

    const fn square(self) -> usize {
        area(self.channels, self.channels)
    }

    /// The pieces of [`Sums`]: (d + 1) n² products, n totals, d + 1 counts.
    #[inline(always)]
    pub(crate) const fn sums_layout(self) -> Layout<3> {
        self.sums_by(Product::Saturating)
    }

    #[inline(always)]
    const fn sums_by(self, product: Product) -> Layout<3> {
        let square = product.of(self.channels, self.channels);
        Layout::new([product.of(square, self.count()), self.channels, self.count()])
    }

    /// Scalars of [`Sums`].
    pub(crate) const fn sums_len(self) -> usize {
        self.sums_layout().len()
    }

    /// The d + 1 samples of a [`History`]; their marks are behind them.
    #[inline(always)]
    const fn samples_by(self, product: Product) -> Layout<1> {
        Layout::new([product.of(self.channels, self.count())])
    }

    #[inline(always)]
    const fn history_by(self, product: Product) -> usize {
        all_of(&[self.samples_by(product).len(), self.count()])
    }

    /// Scalars of a [`History`].
    pub(crate) const fn history_len(self) -> usize {
        self.history_by(Product::Saturating)
    }

    /// The pieces of a [`LagCovariance`] before its sums: shift and history.
    #[inline(always)]
    const fn front_by(self, product: Product) -> Layout<2> {
        Layout::new([self.channels, self.history_by(product)])
    }

    /// The pieces of a [`LagCovariance`]: shift and history, and the sums.
    const fn layout(self) -> Layout<2> {
        Layout::new([self.front_by(Product::Saturating).len(), self.sums_len()])
    }
}

/// The position of a [`History`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// The slot of the newest sample; the sample before it is in the next slot.
    pub(crate) newest: usize,
    /// Samples since the last gap.
    pub(crate) unbroken: usize,
}

/// The last d + 1 samples in a ring: the newest at a position, the older ones in the slots after it.
pub(crate) struct History<'a, T> {
    lags: Lags,
    position: Position,
    samples: &'a mut [T],
    /// One for a slot that holds a sample, zero for a sample that is missing or was discarded.
    marks: &'a mut [T],
}

impl<'a, T: Scalar> History<'a, T> {
    /// The ring in `memory` ([`Lags::history_len`] scalars), as it was left.
    pub(crate) fn over(lags: Lags, position: Position, memory: &'a mut [T]) -> Self {
        let ([samples], marks) = lags.samples_by(Product::Wrapping).cut_checked(memory);
        Self { lags, position, samples, marks }
    }

    /// Takes a sample, or `None` for a missing one. Returns the new position.
    pub(crate) fn push(&mut self, sample: Option<impl Iterator<Item = T>>) -> Position {
        let (n, at) = (self.lags.channels, &mut self.position);
        at.newest = if at.newest == 0 { self.lags.most } else { at.newest - 1 };
        let Some(sample) = sample else {
            self.marks.put(at.newest, T::ZERO);
            at.unbroken = 0;
            return *at;
        };
        self.marks.put(at.newest, T::ONE);
        at.unbroken = at.unbroken.saturating_add(1);
        let slot = self.samples.part_mut(Product::Wrapping.of(at.newest, n), n);
        slot.iter_mut().zip(sample).for_each(|(to, x)| *to = x);
        *at
    }

    /// The samples from the newest back in time, in two parts, and their marks.
    fn newest_first(&self) -> [(&[T], &[T]); 2] {
        let at = Product::Wrapping.of(self.position.newest, self.lags.channels);
        let (wrapped, first) = self.samples.split_at_checked(at).unwrap_or_default();
        let (wrapped_marks, first_marks) =
            self.marks.split_at_checked(self.position.newest).unwrap_or_default();
        [(first, first_marks), (wrapped, wrapped_marks)]
    }
}

/// Sums over time of x_t x_{t-k}ᵀ, of x_t, and the number of terms of each lag.
pub(crate) struct Sums<'a, T> {
    lags: Lags,
    /// Entry (i, j) of lag k, sum of x_t[i] x_{t-k}[j], at (k n + j) n + i.
    pub(crate) products: &'a mut [T],
    pub(crate) totals: &'a mut [T],
    pub(crate) counts: &'a mut [T],
}

impl<'a, T: Scalar> Sums<'a, T> {
    /// The sums in `memory` ([`Lags::sums_len`] scalars), as they were left.
    pub(crate) fn over(lags: Lags, memory: &'a mut [T]) -> Self {
        let ([products, totals, counts], _) = lags.sums_by(Product::Wrapping).cut_checked(memory);
        Self { lags, products, totals, counts }
    }

    /// Adds the products of the newest sample with all samples of the history that are not missing.
    pub(crate) fn add_newest(&mut self, history: &History<'_, T>) {
        let n = self.lags.channels;
        let square = Product::Wrapping.of(n, n);
        if history.position.unbroken == 0 {
            return;
        }
        let [(first, first_marks), wrapped] = history.newest_first();
        let newest = first.part(0, n);
        add(self.totals, newest);
        let whole = history.position.unbroken > self.lags.most;
        if whole {
            self.counts.iter_mut().for_each(|count| *count += T::ONE);
        }
        let (mut products, mut counts) = (&mut *self.products, &mut *self.counts);
        for (samples, marks) in [(first, first_marks), wrapped] {
            let lags = marks.len();
            let here = products
                .split_at_mut_checked(Product::Wrapping.of(lags, square))
                .unwrap_or_default();
            products = here.1;
            if whole {
                add_outer(here.0, newest, samples);
                continue;
            }
            let counted = counts.split_at_mut_checked(lags).unwrap_or_default();
            counts = counted.1;
            let lags = pieces_mut(here.0, square).zip(pieces(samples, n)).zip(marks).zip(counted.0);
            for (((to, past), mark), count) in lags {
                if *mark == T::ONE {
                    *count += T::ONE;
                    add_outer(to, newest, past);
                }
            }
        }
    }
}

/// Sums of products of one lag to covariances: sum / pairs - m mᵀ, m the mean of all samples.
pub(crate) fn centre<T: Scalar>(products: &mut [T], totals: &[T], samples: T, pairs: T) {
    for (column, total) in pieces_mut(products, totals.len()).zip(totals) {
        let mean = *total / samples;
        for (x, total) in column.iter_mut().zip(totals) {
            *x = *x / pairs - mean * (*total / samples);
        }
    }
}

/// Column j of `to` += x past[j], for all of `past`.
fn add_outer<T: Scalar>(to: &mut [T], x: &[T], past: &[T]) {
    // Eight and four entries stay in registers: three instructions per product instead of five.
    if let Ok(x) = <&[T; 8]>::try_from(x) {
        add_outer_of(to.as_chunks_mut().0, x, past);
    } else if let Ok(x) = <&[T; 4]>::try_from(x) {
        add_outer_of(to.as_chunks_mut().0, x, past);
    } else {
        add_strips(to, x, past);
    }
}

/// [`add_outer`] for any number of entries, eight at a time if eight divides it.
#[inline(never)]
fn add_strips<T: Scalar>(to: &mut [T], x: &[T], past: &[T]) {
    let (strips, []) = x.as_chunks() else {
        let columns = pieces_mut(to, x.len()).zip(past);
        return columns.for_each(|(column, weight)| crate::matrix::add_scaled(column, *weight, x));
    };
    for (row, x) in strips.iter().enumerate() {
        add_strip(to.as_chunks_mut().0.get_mut(row..).unwrap_or_default(), strips.len(), x, past);
    }
}

#[inline(always)]
fn add_outer_of<T: Scalar, const N: usize>(to: &mut [[T; N]], x: &[T; N], past: &[T]) {
    let x = *x;
    for (column, weight) in to.iter_mut().zip(past) {
        for (to, x) in column.iter_mut().zip(x) {
            *to += *weight * x;
        }
    }
}

/// Column j of every `step`-th strip of `to` += x past[j].
// A separate function, because only then the compiler knows that x does not overlap what is written.
#[inline(never)]
fn add_strip<T: Scalar>(to: &mut [[T; 8]], step: usize, x: &[T; 8], past: &[T]) {
    let x = *x;
    for (to, weight) in to.iter_mut().step_by(step.max(1)).zip(past) {
        for (to, x) in to.iter_mut().zip(x) {
            *to += *weight * x;
        }
    }
}

/// Lag covariances R_0 .. R_d of a stream: R_k = mean over t of (x_t - m)(x_{t-k} - m)ᵀ, n x n, over the pairs
/// of samples that both exist.
///
/// Samples may be missing ([`push_missing`](Self::push_missing)). Every lag counts its own pairs, so a missing sample costs
/// the pairs that it would have been in and biases none. A fixed shift near the mean (for example the mean of the first
/// samples) is subtracted from every sample, so that an offset of a thousand standard deviations costs no digits. The rest
/// of the mean is corrected when a covariance is read.
///
/// Sums are kept in the scalar. In `f32`, start anew after some hundred samples and [`merge`](Self::merge) the blocks.
///
/// Cost of a push: (d + 1) n² multiply-adds, 4 instructions each on a Cortex-M4F for 8 channels. Memory:
/// [`memory_len`](Self::memory_len) scalars in `B` (an array in a `static`, a slice, or a `Vec`).
///
/// ```
/// use dynamical_similarity::LagCovariance;
/// let mut lags = LagCovariance::new_in(1, 1, &[10.0], [0.0_f64; LagCovariance::<f64, ()>::memory_len(1, 1)])?;
/// for x in [11.0, 9.0, 11.0, 9.0] {
///     lags.push(&[x])?;
/// }
/// lags.push_missing();
/// lags.push(&[9.0])?;
/// let mut covariance = [0.0];
/// lags.covariance_in(1, &mut covariance)?;
/// assert_eq!(lags.pairs(1), 3.0); // none across the gap
/// assert!((covariance[0] - -1.04).abs() < 1e-12); // the mean of five samples is 9.8
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LagCovariance<T, B> {
    lags: Lags,
    position: Position,
    memory: B,
    scalar: PhantomData<T>,
}

impl<T> LagCovariance<T, ()> {
    /// Scalars of memory for n channels and lags up to d: (d + 1) (n² + n + 2) + 2 n.
    #[must_use]
    pub const fn memory_len(channels: usize, lags: usize) -> usize {
        Lags { channels, most: lags }.layout().len()
    }
}

impl<T: Scalar, const LEN: usize> LagCovariance<T, [T; LEN]> {
    /// Empty sums that own their memory; an array that is too short does not compile.
    ///
    /// ```
    /// use dynamical_similarity::LagCovariance;
    /// const LEN: usize = LagCovariance::<f32, ()>::memory_len(8, 10);
    /// let mut lags = LagCovariance::<f32, [f32; LEN]>::fixed::<8, 10>(&[0.0; 8])?;
    /// lags.push(&[1.0; 8])?;
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NonFinite`] if a shift is not finite.
    pub fn fixed<const CHANNELS: usize, const LAGS: usize>(
        shift: &[T; CHANNELS],
    ) -> Result<Self, Error> {
        const {
            assert!(CHANNELS > 0, "channels: at least 1");
            assert!(
                LEN >= LagCovariance::<T, ()>::memory_len(CHANNELS, LAGS),
                "LEN is below memory_len"
            );
        }
        Self::new_in(CHANNELS, LAGS, shift, [T::ZERO; LEN])
    }
}

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> LagCovariance<T, B> {
    /// Empty sums for `channels` channels and lags 0 to `lags`; `shift` is near the mean of each channel.
    ///
    /// # Errors
    /// [`Error::Empty`] without channels; [`Error::ShapeMismatch`] if `shift` does not have one value per channel;
    /// [`Error::NonFinite`] if one is not finite; [`Error::MemoryTooSmall`].
    pub fn new_in(channels: usize, lags: usize, shift: &[T], memory: B) -> Result<Self, Error> {
        if channels == 0 {
            return Err(Error::Empty);
        }
        check("the length of the shift", channels, shift.len())?;
        check_finite(shift, 0)?;
        let lags = Lags { channels, most: lags };
        lags.layout().check(memory.as_ref().len())?;
        let mut new = Self { lags, position: Position::default(), memory, scalar: PhantomData };
        new.memory.as_mut().fill(T::ZERO);
        copy(new.memory.as_mut(), shift);
        Ok(new)
    }

    /// Channels n.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.lags.channels
    }

    /// The largest lag d.
    #[must_use]
    pub const fn lags(&self) -> usize {
        self.lags.most
    }

    /// Takes the newest sample.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if the sample does not have one value per channel, [`Error::NonFinite`] (trial and sample 0)
    /// if one is not finite, [`Error::Overflow`] if the square of its distance from the shift leaves the range of the
    /// scalar. Nothing is changed then; call [`push_missing`](Self::push_missing) to record the sample as missing.
    pub fn push(&mut self, sample: &[T]) -> Result<(), Error> {
        check("the number of channels of a sample", self.lags.channels, sample.len())?;
        let squares = sample.iter().zip(self.memory.as_ref()).map(|(x, shift)| {
            let x = *x - *shift;
            x * x
        });
        if !squares.fold(true, |all, square| all & (square <= T::MAX)) {
            check_finite(sample, 0)?;
            return Err(Error::Overflow { what: "the square of a sample less the shift" });
        }
        self.advance(Some(sample));
        Ok(())
    }

    /// Records a missing sample, or one that was discarded.
    pub fn push_missing(&mut self) {
        self.advance(None);
    }

    fn advance(&mut self, sample: Option<&[T]>) {
        let lags = self.lags;
        let ([shift, ring], sums) =
            lags.front_by(Product::Wrapping).cut_checked(self.memory.as_mut());
        let mut history = History::over(lags, self.position, ring);
        self.position =
            history.push(sample.map(|x| x.iter().zip(&*shift).map(|(x, shift)| *x - *shift)));
        if sample.is_some() {
            Sums::over(lags, sums).add_newest(&history);
        }
    }

    /// The number of pairs of samples that are k apart so far; 0 for a lag that is not kept, a fraction after
    /// [`forget`](Self::forget).
    #[must_use]
    pub fn pairs(&self, lag: usize) -> T {
        let [_, _, counts] = self.tables();
        counts.get(lag).copied().unwrap_or(T::ZERO)
    }

    /// Writes R_k (n x n, column-major).
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for a lag that is not kept, [`Error::ShapeMismatch`] if `out` does not have
    /// n² entries, [`Error::Empty`] without a pair at that lag; nothing is written then. [`Error::Overflow`] if a sum
    /// of products has left the range of the scalar; [`clear`](Self::clear) the sums and use a smaller unit.
    pub fn covariance_in(&self, lag: usize, out: &mut [T]) -> Result<(), Error> {
        let square = self.lags.square();
        if lag > self.lags.most {
            return Err(Error::InvalidSetting {
                setting: Setting::Lag,
                expected: "at most the largest lag",
            });
        }
        check("the length of the covariance", square, out.len())?;
        let [products, totals, counts] = self.tables();
        let (pairs, samples) = (counts.at(lag), counts.at(0));
        if !(pairs > T::ZERO) {
            return Err(Error::Empty);
        }
        copy(out, products.part(lag.saturating_mul(square), square));
        centre(out, totals, samples, pairs);
        if out.iter().all(|x| Real::is_finite(*x)) {
            Ok(())
        } else {
            Err(Error::Overflow { what: "a covariance" })
        }
    }

    /// Writes the mean of each channel.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if `out` does not have one place per channel, [`Error::Empty`] without samples,
    /// [`Error::Overflow`] if a sum has left the range of the scalar.
    pub fn mean_in(&self, out: &mut [T]) -> Result<(), Error> {
        check("the length of the mean", self.lags.channels, out.len())?;
        let [_, totals, counts] = self.tables();
        if !(counts.at(0) > T::ZERO) {
            return Err(Error::Empty);
        }
        for ((out, total), shift) in out.iter_mut().zip(totals).zip(self.shift()) {
            *out = *shift + *total / counts.at(0);
            if !Real::is_finite(*out) {
                return Err(Error::Overflow { what: "a mean" });
            }
        }
        Ok(())
    }

    /// Adds the sums of another part of the stream. Pairs with one sample in each part are not counted.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if channels or lags differ, [`Error::InvalidSetting`] if the shifts do,
    /// [`Error::Overflow`] if a sum leaves the range of the scalar; nothing is added then.
    pub fn merge<C: AsRef<[T]> + AsMut<[T]>>(
        &mut self,
        other: &LagCovariance<T, C>,
    ) -> Result<(), Error> {
        check("the number of channels", self.lags.channels, other.lags.channels)?;
        check("the number of lags", self.lags.most, other.lags.most)?;
        if self.shift() != other.shift() {
            return Err(Error::InvalidSetting {
                setting: Setting::Shift,
                expected: "the same in both",
            });
        }
        if !self.sums().iter().zip(other.sums()).all(|(to, from)| Real::is_finite(*to + *from)) {
            return Err(Error::Overflow { what: "a sum" });
        }
        add(self.sums_mut(), other.sums());
        Ok(())
    }

    /// Multiplies all sums by `factor`, in (0, 1). If this is done after every block, older samples count less and less.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] outside that range.
    pub fn forget(&mut self, factor: T) -> Result<(), Error> {
        if !(factor > T::ZERO && factor < T::ONE) {
            return Err(Error::InvalidSetting {
                setting: Setting::Factor,
                expected: "between 0 and 1",
            });
        }
        self.sums_mut().iter_mut().for_each(|sum| *sum *= factor);
        Ok(())
    }

    /// Sets the sums to zero. The last samples are kept, so that the next samples still form pairs with them.
    pub fn clear(&mut self) {
        self.sums_mut().fill(T::ZERO);
    }

    fn shift(&self) -> &[T] {
        self.memory.as_ref().part(0, self.lags.channels)
    }

    fn sums(&self) -> &[T] {
        let [_, sums] = self.lags.layout().view(self.memory.as_ref());
        sums
    }

    fn sums_mut(&mut self) -> &mut [T] {
        let ([_, sums], _) = self.lags.layout().cut_checked(self.memory.as_mut());
        sums
    }

    /// Products, totals, counts.
    fn tables(&self) -> [&[T]; 3] {
        self.lags.sums_layout().view(self.sums())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition: sums over all pairs of samples that are both there.
    fn by_definition(stream: &[Option<Vec<f64>>], n: usize, lag: usize) -> Option<Vec<f64>> {
        let there: Vec<_> = stream.iter().flatten().collect();
        let mean: Vec<f64> =
            (0..n).map(|i| there.iter().map(|x| x[i]).sum::<f64>() / there.len() as f64).collect();
        let pairs: Vec<_> = stream
            .iter()
            .skip(lag)
            .zip(stream)
            .filter_map(|(x, y)| x.as_ref().zip(y.as_ref()))
            .collect();
        // Uncentred products less the square of the mean of all samples: the stated estimator, whose shift is 0.
        let product = |i: usize, j: usize| {
            pairs.iter().map(|(x, y)| x[i] * y[j]).sum::<f64>() / pairs.len() as f64
                - mean[i] * mean[j]
        };
        (!pairs.is_empty()).then(|| (0..n * n).map(|k| product(k % n, k / n)).collect())
    }

    proptest! {
        #[test]
        fn covariances_are_those_of_the_definition(
            n in prop::sample::select(vec![1_usize, 2, 3, 4, 5, 8]),
            d in 0_usize..5,
            stream in prop::collection::vec((0_u8..8, prop::collection::vec(-1.0..1.0_f64, 8)), 1..60),
        ) {
            let stream: Vec<Option<Vec<f64>>> =
                stream.into_iter().map(|(gap, x)| (gap != 0).then(|| x[..n].to_vec())).collect();
            let zero = vec![0.0; n];
            let memory = vec![f64::NAN; LagCovariance::<f64, ()>::memory_len(n, d)];
            let mut whole = LagCovariance::new_in(n, d, &zero, memory.clone()).unwrap();
            let mut block = LagCovariance::new_in(n, d, &zero, memory.clone()).unwrap();
            let mut merged = LagCovariance::new_in(n, d, &zero, memory).unwrap();
            for (t, sample) in stream.iter().enumerate() {
                for lags in [&mut whole, &mut block] {
                    match sample {
                        Some(sample) => lags.push(sample).unwrap(),
                        None => lags.push_missing(),
                    }
                }
                if t % 7 == 6 {
                    merged.merge(&block).unwrap();
                    block.clear();
                }
            }
            merged.merge(&block).unwrap();
            for lag in 0..=d {
                let mut found = vec![0.0; n * n];
                match by_definition(&stream, n, lag) {
                    None => prop_assert_eq!(whole.covariance_in(lag, &mut found), Err(Error::Empty)),
                    Some(expected) => for lags in [&whole, &merged] {
                        lags.covariance_in(lag, &mut found).unwrap();
                        for (found, expected) in found.iter().zip(&expected) {
                            prop_assert!((found - expected).abs() < 1e-12, "{} {}", found, expected);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_offset_costs_no_digits_with_a_shift_near_it() {
        let of = |offset: f32| {
            let shift = [offset, offset];
            let mut lags = LagCovariance::new_in(
                2,
                2,
                &shift,
                [0.0_f32; LagCovariance::<f32, ()>::memory_len(2, 2)],
            )
            .unwrap();
            for t in 0..400 {
                let x = (t as f32 * 0.7).sin();
                lags.push(&[offset + x, offset - 0.5 * x]).unwrap();
            }
            let mut covariance = [0.0; 4];
            lags.covariance_in(1, &mut covariance).unwrap();
            covariance
        };
        for (with, without) in of(1000.0).iter().zip(of(0.0)) {
            // What is lost is the rounding of the samples themselves.
            assert!((with - without).abs() < 1e-4, "{with} {without}");
        }
    }

    #[test]
    fn bad_input_is_refused_and_changes_nothing() {
        let memory = [0.0_f64; LagCovariance::<f64, ()>::memory_len(2, 1)];
        assert_eq!(LagCovariance::new_in(0, 1, &[], memory).err(), Some(Error::Empty));
        assert!(LagCovariance::new_in(2, 1, &[0.0], memory).is_err());
        assert!(LagCovariance::new_in(2, 1, &[0.0, f64::NAN], memory).is_err());
        assert!(LagCovariance::new_in(2, 2, &[0.0; 2], memory).is_err());
        let mut lags = LagCovariance::new_in(2, 1, &[0.0; 2], memory).unwrap();
        lags.push(&[1.0, 2.0]).unwrap();
        let before = lags.clone();
        assert!(lags.push(&[1.0]).is_err());
        assert_eq!(
            lags.push(&[1.0, f64::INFINITY]),
            Err(Error::NonFinite { trial: 0, sample: 0, channel: 1 })
        );
        assert!(lags.forget(1.0).is_err() && lags.forget(f64::NAN).is_err());
        assert!(
            lags.covariance_in(2, &mut [0.0; 4]).is_err()
                && lags.covariance_in(0, &mut [0.0; 3]).is_err()
        );
        assert_eq!(before.memory, lags.memory);
        let other = LagCovariance::new_in(2, 1, &[0.0, 1.0], memory).unwrap();
        assert!(lags.merge(&other).is_err());
        lags.forget(0.5).unwrap();
        assert_eq!(lags.pairs(0), 0.5);
    }
}
