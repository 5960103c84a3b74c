//! Gram matrices: the sums of products of delay windows that a fit needs.
//!
//! ```text
//! for each lag k tau of two entries of a window:          B(0, k) = sum over u of x_u x_{u - k tau}'
//!     walk its diagonal: B(a + 1, b + 1) = B(a, b) + the product at the beginning - that at the end
//!     add B(a, b) to plus, minus and lagged wherever a and b are offsets of their entries
//! the same for every further lag that only pairs of windows need
//! mirror plus and minus
//! ```
//!
//! With u running over the later window of every pair, u = (d-1) tau + s .. T-1, the regression needs
//!
//! - plus   = sum h_u h_uᵀ,  minus = sum h_{u-s} h_{u-s}ᵀ,  lagged = sum h_u h_{u-s}ᵀ,
//! - first  = sum h h^T over the first s windows of each trial (so plus + first is over all windows).
//!
//! Every n x n block of the first three is B(a, b) = sum_u x_{u-a} x_{u-b}ᵀ for two offsets a, b, and
//! B(a+1, b+1) is B(a, b) plus one product at the beginning of the trial minus one at its end. So only
//! one sum over time is needed for each distinct lag b - a: n² d T multiply-adds in all instead of
//! (n d)² T. The walk along each diagonal costs two n x n products per step.

use super::centring::Conditioning;
use super::embedding::{Embedding, Windows};
use super::recording::Recording;
use super::summation::{BLOCK, BlockedSums};
use crate::error::{Error, Setting};
use crate::matrix::{
    Cells, Layout, MatMut, MatRef, add, all_of, any_of, area, check, copy, divide, pieces,
    pieces_mut,
};
use crate::scalar::{Real, Scalar};

/// Second moments of windows and of pairs of windows s samples apart, accumulated trial by trial.
///
/// Adding trials one by one, in any grouping merged with [`merge`](Self::merge), gives the moments of
/// all of them (equal up to rounding). An operator is made from them by
/// [`Dmd::fit_statistics_in`](crate::Dmd::fit_statistics_in).
///
/// Samples are used as they are, apart from the scale given to [`new_in`](Self::new_in). A power of two near 1/max|x| keeps
/// very large or very small samples in the range of the scalar.
///
/// Cost: n² d T multiply-adds and n² d² tau for each trial; memory 4 (n d)² + 4 n d n + 3 n d + O(n²).
/// Accuracy: relative error about 8 eps of each entry of the sums, whatever T (blocked, compensated
/// summation). Source: the recursion along block diagonals is that of the covariance method of linear
/// prediction (Makhoul 1975, eq. 28).
///
/// ```
/// use dynamical_similarity::{Embedding, Gram, Recording};
/// let samples = [1.0, 2.0, 4.0, 8.0];
/// let mut memory = [0.0; Gram::<f64>::memory_len(1, Embedding::new(2, 1))];
/// let mut gram = Gram::new_in(1, Embedding::new(2, 1), 1, 1.0, &mut memory)?;
/// gram.push_trial(&Recording::new(&samples, 1)?)?;
/// // h_1 = [2, 1], h_2 = [4, 2], h_3 = [8, 4]; pairs (h_2, h_1), (h_3, h_2)
/// assert_eq!(gram.pairs(), 2);
/// assert_eq!(gram.lagged().at(0, 0), 4.0 * 2.0 + 8.0 * 4.0);
/// assert_eq!(gram.first().at(1, 1), 1.0);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Debug)]
pub struct Gram<'m, T> {
    channels: usize,
    embedding: Embedding,
    steps_ahead: usize,
    shift: &'m mut [T],
    gain: &'m mut [T],
    plus: MatMut<'m, T>,
    minus: MatMut<'m, T>,
    lagged: MatMut<'m, T>,
    first: MatMut<'m, T>,
    /// Sums of the windows that `plus`, `minus` and `first` are moments of.
    later_sum: &'m mut [T],
    earlier_sum: &'m mut [T],
    first_sum: &'m mut [T],
    sums: BlockedSums<'m, T>,
    tile: &'m mut [T],
    pairs: usize,
    rows: usize,
    /// Whether shift and gain were measured on all trials, so that no sum can leave the range.
    measured: bool,
}

/// Where the blocks of a diagonal belong: which offsets into the past the entries of a pair of windows have.
#[derive(Clone, Copy)]
struct Offsets {
    delays: usize,
    interval: usize,
    steps: usize,
}

impl Offsets {
    /// k if an offset is k tau with k < d.
    fn newer(&self, offset: usize) -> Option<usize> {
        let k = offset.checked_div(self.interval)?;
        (k < self.delays && k.checked_mul(self.interval)? == offset).then_some(k)
    }

    /// k if an offset is s + k tau with k < d.
    fn older(&self, offset: usize) -> Option<usize> {
        self.newer(offset.checked_sub(self.steps)?)
    }

    /// The lags |s + delta tau| that only pairs of windows need, each once, without the lags of `newer`.
    fn further_lags(self) -> impl Iterator<Item = usize> {
        let reach = self.delays.saturating_sub(1).saturating_mul(self.interval);
        let ahead = (0..self.delays)
            .map(move |k| self.steps.saturating_add(k.saturating_mul(self.interval)));
        let behind = (1..self.delays).map(move |k| {
            let past = k.saturating_mul(self.interval);
            (self.steps.abs_diff(past), past > self.steps)
        });
        let behind = behind.filter_map(move |(lag, negative)| {
            // A negative lag is walked together with the equal positive one, if that exists.
            let twin = negative
                && lag
                    .checked_add(reach)
                    .and_then(|x| x.checked_sub(self.steps))
                    .and_then(|x| x.checked_rem(self.interval))
                    == Some(0)
                && lag >= self.steps.saturating_sub(reach)
                && lag <= self.steps.saturating_add(reach);
            (!twin).then_some(lag)
        });
        ahead.chain(behind).filter(move |lag| self.newer(*lag).is_none())
    }
}

impl<'m, T: Scalar> Gram<'m, T> {
    /// Scalars of memory for `channels` channels.
    #[must_use]
    pub const fn memory_len(channels: usize, embedding: Embedding) -> usize {
        Self::layout(channels, embedding).len()
    }

    /// Shift and gain; the four matrices; the three sums of windows; the sums over time; the tile: a block of samples
    /// in reverse order or two windows in turn, and n² entries behind them.
    const fn layout(channels: usize, embedding: Embedding) -> Layout<11> {
        let p = embedding.width(channels);
        let square = area(p, p);
        let samples = area(channels, embedding.delays().saturating_add(BLOCK));
        let tile = all_of(&[any_of(&[samples, area(p, 2)]), area(channels, channels)]);
        let sums = BlockedSums::<T>::memory_len(area(channels, p));
        Layout::new([channels, channels, square, square, square, square, p, p, p, sums, tile])
    }

    /// Empty statistics for pairs `steps_ahead` samples apart; every sample is multiplied by `scale`.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`], [`Error::Empty`] without channels, [`Error::MemoryTooSmall`].
    pub fn new_in(
        channels: usize,
        embedding: Embedding,
        steps_ahead: usize,
        scale: T,
        memory: &'m mut [T],
    ) -> Result<Self, Error> {
        if !(scale > T::ZERO && Real::is_finite(scale)) {
            return Err(Error::InvalidSetting {
                setting: Setting::Scale,
                expected: "positive, finite",
            });
        }
        let (pieces, _) = Self::layout(channels, embedding).cut(memory)?;
        let gram = Self::over(channels, embedding, steps_ahead, pieces)?;
        gram.gain.fill(scale);
        Ok(gram)
    }

    /// Empty statistics in memory that was cut for them; unit gain, no shift.
    pub(crate) fn cut(
        channels: usize,
        embedding: Embedding,
        steps_ahead: usize,
        memory: &'m mut [T],
    ) -> Result<Self, Error> {
        let (pieces, _) = Self::layout(channels, embedding).cut_checked(memory);
        Self::over(channels, embedding, steps_ahead, pieces)
    }

    /// Empty statistics over the pieces of [`layout`](Self::layout); unit gain, no shift.
    fn over(
        channels: usize,
        embedding: Embedding,
        steps_ahead: usize,
        pieces: [&'m mut [T]; 11],
    ) -> Result<Self, Error> {
        embedding.validate()?;
        if steps_ahead == 0 || steps_ahead.checked_add(embedding.window()).is_none() {
            return Err(Error::InvalidSetting {
                setting: Setting::StepsAhead,
                expected: "at least 1, and small enough to be counted in samples",
            });
        }
        if channels == 0 {
            return Err(Error::Empty);
        }
        let p = embedding.width(channels);
        let [shift, gain, matrices @ .., later_sum, earlier_sum, first_sum, sums, tile] = pieces;
        gain.fill(T::ONE);
        for piece in [&mut *shift, &mut *later_sum, &mut *earlier_sum, &mut *first_sum] {
            piece.fill(T::ZERO);
        }
        let [plus, minus, lagged, first] = matrices.map(|piece| {
            piece.fill(T::ZERO);
            MatMut::over(piece, p, p)
        });
        let sums = BlockedSums::over(area(channels, p), sums);
        let (pairs, rows) = (0, 0);
        Ok(Self {
            channels,
            embedding,
            steps_ahead,
            shift,
            gain,
            plus,
            minus,
            lagged,
            first,
            later_sum,
            earlier_sum,
            first_sum,
            sums,
            tile,
            pairs,
            rows,
            measured: false,
        })
    }

    /// Replaces shift and gain, before the first trial.
    pub(crate) fn condition(&mut self, conditioning: Conditioning<'_, T>) {
        copy(self.shift, conditioning.shift);
        copy(self.gain, conditioning.gain);
        self.measured = true;
    }

    /// Channels n.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.channels
    }

    /// How windows are cut.
    #[must_use]
    pub const fn embedding(&self) -> Embedding {
        self.embedding
    }

    /// Samples between the windows of a pair, s.
    #[must_use]
    pub const fn steps_ahead(&self) -> usize {
        self.steps_ahead
    }

    /// Pairs of windows so far.
    #[must_use]
    pub const fn pairs(&self) -> usize {
        self.pairs
    }

    /// Windows so far.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The factor by which every sample of channel c was multiplied.
    pub(crate) const fn gain(&self) -> &[T] {
        self.gain
    }

    /// sum h_u h_uᵀ over the later windows of all pairs, p x p.
    #[must_use]
    pub const fn plus(&self) -> MatRef<'_, T> {
        self.plus.as_ref()
    }

    /// sum h_{u-s} h_{u-s}ᵀ over the earlier windows of all pairs, p x p.
    #[must_use]
    pub const fn minus(&self) -> MatRef<'_, T> {
        self.minus.as_ref()
    }

    /// sum h_u h_{u-s}ᵀ over all pairs, p x p.
    #[must_use]
    pub const fn lagged(&self) -> MatRef<'_, T> {
        self.lagged.as_ref()
    }

    /// sum h hᵀ over the first s windows of every trial, p x p.
    #[must_use]
    pub const fn first(&self) -> MatRef<'_, T> {
        self.first.as_ref()
    }

    /// The mean of all windows, of the later and of the earlier windows of all pairs, entry k of each.
    pub(crate) fn means(&self) -> impl Iterator<Item = [T; 3]> {
        let (rows, pairs) = (T::count(self.rows.max(1)), T::count(self.pairs.max(1)));
        let sums = self.later_sum.iter().zip(&*self.earlier_sum).zip(&*self.first_sum);
        sums.map(move |((later, earlier), first)| {
            [(*later + *first) / rows, *later / pairs, *earlier / pairs]
        })
    }

    /// Adds a trial.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] if its channels differ, [`Error::TooShort`] if it has no pair of
    /// windows, [`Error::Overflow`] if the sum of the squares of all samples comes within a factor of 16 of
    /// the largest scalar (a smaller scale avoids it); nothing is added then.
    pub fn push_trial(&mut self, trial: &Recording<'_, T>) -> Result<(), Error> {
        check("the number of channels of a trial", self.channels, trial.channels())?;
        let window = self.embedding.window();
        let needed = window.saturating_add(self.steps_ahead);
        let got = trial.samples();
        if got < needed {
            return Err(Error::TooShort { trial: 0, needed, got });
        }
        let pairs = got.saturating_sub(needed).saturating_add(1);
        self.check_size(trial)?;
        self.push_first(trial);
        self.push_sums(trial);
        // The walk along a diagonal costs two block products per step; forming the windows costs d of them per pair.
        if pairs < self.embedding.interval() {
            self.push_directly(trial);
        } else {
            self.push_structured(trial);
        }
        self.pairs = self.pairs.saturating_add(pairs);
        self.rows = self.rows.saturating_add(pairs.saturating_add(self.steps_ahead));
        Ok(())
    }

    /// Adds the statistics of other trials.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] or [`Error::InvalidSetting`] if the two were not made with the same
    /// channels, embedding, steps ahead and scale, [`Error::Overflow`] if a sum leaves the range of the
    /// scalar; nothing is added then.
    pub fn merge(&mut self, other: &Gram<'_, T>) -> Result<(), Error> {
        check("the number of channels", self.channels, other.channels)?;
        check("the steps ahead", self.steps_ahead, other.steps_ahead)?;
        if self.embedding != other.embedding {
            return Err(Error::InvalidSetting {
                setting: Setting::Embedding,
                expected: "the same in both",
            });
        }
        if *self.gain != *other.gain || *self.shift != *other.shift {
            return Err(Error::InvalidSetting {
                setting: Setting::Scale,
                expected: "the same in both",
            });
        }
        let theirs = [other.plus(), other.minus(), other.lagged(), other.first()];
        let before = [self.plus(), self.minus(), self.lagged(), self.first()];
        for (ours, theirs) in before.iter().zip(&theirs) {
            let mut entries = ours.columns().flatten().zip(theirs.columns().flatten());
            if !entries.all(|(ours, theirs)| Real::is_finite(*ours + *theirs)) {
                return Err(Error::Overflow { what: "a sum over trials" });
            }
        }
        let ours = [&mut self.plus, &mut self.minus, &mut self.lagged, &mut self.first];
        for (ours, theirs) in ours.into_iter().zip(theirs) {
            for (to, from) in ours.columns_mut().zip(theirs.columns()) {
                add(to, from);
            }
        }
        let theirs = [&*other.later_sum, &*other.earlier_sum, &*other.first_sum];
        let ours = [&mut self.later_sum, &mut self.earlier_sum, &mut self.first_sum];
        for (ours, theirs) in ours.into_iter().zip(theirs) {
            add(ours, theirs);
        }
        self.pairs = self.pairs.saturating_add(other.pairs);
        self.rows = self.rows.saturating_add(other.rows);
        Ok(())
    }

    /// Checks that the sums will stay in range. By the inequality of Cauchy and Schwarz no entry grows by more than the sum
    /// of the squares of all conditioned samples, and none is larger than the largest entry of a diagonal.
    fn check_size(&self, trial: &Recording<'_, T>) -> Result<(), Error> {
        if self.measured {
            return Ok(());
        }
        let parameters = || self.shift.iter().zip(&*self.gain);
        let added = (0..trial.samples()).fold(T::ZERO, |sum, t| {
            trial.sample(t).iter().zip(parameters()).fold(sum, |sum, (x, (shift, gain))| {
                let x = (*x - *shift) * *gain;
                sum + x * x
            })
        });
        let sums = [self.plus(), self.minus(), self.first()];
        let most = sums.iter().fold(T::ZERO, |most, sums| sums.largest().larger(most));
        // A sixteenth of the range leaves room for intermediate differences and for all rounding.
        if most + added <= T::MAX / T::count(16) {
            Ok(())
        } else {
            Err(Error::Overflow { what: "a sum over trials" })
        }
    }

    /// Adds the windows whose products are summed to their sums.
    fn push_sums(&mut self, trial: &Recording<'_, T>) {
        let conditioning = Conditioning { shift: &*self.shift, gain: &*self.gain };
        let windows = Windows { embedding: self.embedding, conditioning, mean: &[] };
        let times = windows.times(trial);
        let begin = times.start.saturating_add(self.steps_ahead).min(times.end);
        let last = times.end.saturating_sub(self.steps_ahead);
        windows.add_up(trial, begin..times.end, self.later_sum);
        windows.add_up(trial, times.start..last, self.earlier_sum);
        windows.add_up(trial, times.start..begin, self.first_sum);
    }

    /// Adds the products of the first s windows, which are not the later window of any pair.
    fn push_first(&mut self, trial: &Recording<'_, T>) {
        let conditioning = Conditioning { shift: &*self.shift, gain: &*self.gain };
        let windows = Windows { embedding: self.embedding, conditioning, mean: &[] };
        let p = self.embedding.width(self.channels);
        for t in windows.times(trial).take(self.steps_ahead) {
            let window = self.tile.part_mut(0, p);
            windows.window_into(trial, t, window);
            add_outer(&mut self.first, window, window);
        }
    }

    /// Adds the products window by window, for trials with few pairs.
    fn push_directly(&mut self, trial: &Recording<'_, T>) {
        let conditioning = Conditioning { shift: &*self.shift, gain: &*self.gain };
        let windows = Windows { embedding: self.embedding, conditioning, mean: &[] };
        let p = self.embedding.width(self.channels);
        for t in windows.times(trial).skip(self.steps_ahead) {
            let (later, rest) = self.tile.split_at_mut_checked(p).unwrap_or_default();
            let earlier = rest.part_mut(0, p);
            windows.window_into(trial, t, later);
            windows.window_into(trial, t.saturating_sub(self.steps_ahead), earlier);
            add_outer(&mut self.plus, later, later);
            add_outer(&mut self.minus, earlier, earlier);
            add_outer(&mut self.lagged, later, earlier);
        }
    }

    /// Adds the products by one sum over time per lag and a walk along its diagonal.
    fn push_structured(&mut self, trial: &Recording<'_, T>) {
        let d = self.embedding.delays();
        let offsets =
            Offsets { delays: d, interval: self.embedding.interval(), steps: self.steps_ahead };
        self.sum_window_lags(trial);
        for k in 0..d {
            self.load_block(k);
            self.walk(trial, offsets, k.saturating_mul(offsets.interval));
        }
        for lag in offsets.further_lags() {
            self.sum_one_lag(trial, lag);
            self.load_block(0);
            self.walk(trial, offsets, lag);
        }
        self.plus.mirror_lower();
        self.minus.mirror_lower();
    }

    /// sums[a p + k n + c] = sum_u x_u[a] x_{u - k tau}[c]: the first block row of `plus`.
    ///
    /// Samples of one phase (time modulo tau) are laid out backwards in a tile, so that every window is a contiguous slice
    /// of the tile.
    fn sum_window_lags(&mut self, trial: &Recording<'_, T>) {
        let (n, d, tau) = (self.channels, self.embedding.delays(), self.embedding.interval());
        let p = self.embedding.width(n);
        let conditioning = Conditioning { shift: &*self.shift, gain: &*self.gain };
        let begin = self.embedding.window().saturating_sub(1).saturating_add(self.steps_ahead);
        self.sums.reset();
        for phase in 0..tau.min(trial.samples().saturating_sub(begin)) {
            let first = begin.saturating_add(phase);
            let (whole, rest) = divide(trial.samples().saturating_sub(first), tau);
            let rows = whole.saturating_add(usize::from(rest > 0));
            let mut done = 0_usize;
            while done < rows {
                let some = (rows.saturating_sub(done)).min(BLOCK);
                let newest = first.saturating_add(
                    done.saturating_add(some).saturating_sub(1).saturating_mul(tau),
                );
                let samples = some.saturating_add(d).saturating_sub(1);
                let tile = self.tile.part_mut(0, samples.saturating_mul(n));
                for (back, place) in pieces_mut(tile, n).enumerate() {
                    let t = newest.saturating_sub(back.saturating_mul(tau));
                    conditioning.apply(trial.sample(t), place);
                }
                let windows = TiledWindows { tile, channels: n, width: p, count: some };
                add_windows(self.sums.next(some), &windows);
                done = done.saturating_add(some);
            }
        }
        self.sums.finish();
    }

    /// The first n entries of each of the first n rows of the sums: sum_u x_u x_{u-lag}ᵀ.
    fn sum_one_lag(&mut self, trial: &Recording<'_, T>, lag: usize) {
        let (n, p) = (self.channels, self.embedding.width(self.channels));
        let conditioning = Conditioning { shift: &*self.shift, gain: &*self.gain };
        let begin = self.embedding.window().saturating_sub(1).saturating_add(self.steps_ahead);
        let (later, rest) = self.tile.split_at_mut_checked(n).unwrap_or_default();
        let earlier = rest.part_mut(0, n);
        self.sums.reset();
        for u in begin..trial.samples() {
            conditioning.apply(trial.sample(u), later);
            conditioning.apply(trial.sample(u.saturating_sub(lag)), earlier);
            for (row, x) in pieces_mut(self.sums.next(1), p).zip(later.iter()) {
                crate::matrix::add_scaled(row, *x, earlier);
            }
        }
        self.sums.finish();
    }

    /// Copies block k of the sums to the end of the tile: entry (a, c) at a n + c.
    fn load_block(&mut self, k: usize) {
        let (n, p) = (self.channels, self.embedding.width(self.channels));
        let (_, block) = split_block(self.tile, n);
        let rows = pieces(self.sums.finish(), p);
        for (to, row) in pieces_mut(block, n).zip(rows) {
            let from = row.part(k.saturating_mul(n), n);
            copy(to, from);
        }
    }

    /// Walks from B(0, lag) to B(a, a + lag) for all offsets that occur, and adds each block where it belongs.
    fn walk(&mut self, trial: &Recording<'_, T>, offsets: Offsets, lag: usize) {
        let n = self.channels;
        let conditioning = Conditioning { shift: &*self.shift, gain: &*self.gain };
        let begin = self.embedding.window().saturating_sub(1).saturating_add(self.steps_ahead);
        let (scratch, block) = split_block(self.tile, n);
        let (left, right) = scratch.split_at_mut_checked(n).unwrap_or_default();
        let right = right.part_mut(0, n);
        for a in 0..=begin.saturating_sub(lag) {
            let b = a.saturating_add(lag);
            // plus and minus are symmetric: only their lower triangles are added to.
            if let (Some(column), Some(row)) = (offsets.newer(a), offsets.newer(b)) {
                add_flipped(&mut self.plus, Place { row, column }, block, n);
            }
            if let (Some(column), Some(row)) = (offsets.older(a), offsets.older(b)) {
                add_flipped(&mut self.minus, Place { row, column }, block, n);
            }
            if let (Some(row), Some(column)) = (offsets.newer(a), offsets.older(b)) {
                add_straight(&mut self.lagged, Place { row, column }, block, n);
            }
            if lag > 0
                && let (Some(column), Some(row)) = (offsets.older(a), offsets.newer(b))
            {
                add_flipped(&mut self.lagged, Place { row, column }, block, n);
            }
            if b >= begin {
                break;
            }
            // B(a + 1, b + 1) = B(a, b) + the product at the beginning - that at the end
            let (enters, leaves) = (
                begin.saturating_sub(a).saturating_sub(1),
                trial.samples().saturating_sub(a).saturating_sub(1),
            );
            for (time, sign) in [(enters, T::ONE), (leaves, -T::ONE)] {
                conditioning.apply(trial.sample(time), left);
                conditioning.apply(trial.sample(time.saturating_sub(lag)), right);
                for (row, x) in pieces_mut(block, n).zip(left.iter()) {
                    crate::matrix::add_scaled(row, sign * *x, right);
                }
            }
        }
    }
}

/// Splits the tile into all but its last n² entries, and these.
fn split_block<T>(tile: &mut [T], n: usize) -> (&mut [T], &mut [T]) {
    let scratch = tile.len().saturating_sub(n.saturating_mul(n));
    tile.split_at_mut_checked(scratch).unwrap_or_default()
}

/// Overlapping windows, each n scalars behind the one before.
struct TiledWindows<'a, T> {
    tile: &'a [T],
    /// n
    channels: usize,
    /// p, the entries of a window
    width: usize,
    count: usize,
}

/// sums[a p + k] += sum over all windows w of w[a] w[k], a < n, four windows at a time.
fn add_windows<T: Scalar>(sums: &mut [T], windows: &TiledWindows<'_, T>) {
    let TiledWindows { tile, channels: n, width: p, count: rows } = *windows;
    let window = |row: usize| tile.part(row.saturating_mul(n), p);
    let mut row = 0_usize;
    while row.saturating_add(4) <= rows {
        let [w0, w1, w2, w3] = [0, 1, 2, 3].map(|k| window(row.saturating_add(k)));
        let newest = w0.iter().zip(w1).zip(w2).zip(w3);
        for (to, (((x0, x1), x2), x3)) in pieces_mut(sums, p).zip(newest) {
            let entries = to.iter_mut().zip(w0).zip(w1).zip(w2).zip(w3);
            for ((((to, y0), y1), y2), y3) in entries {
                *to += (*x0 * *y0 + *x1 * *y1) + (*x2 * *y2 + *x3 * *y3);
            }
        }
        row = row.saturating_add(4);
    }
    for row in row..rows {
        let window = window(row);
        for (to, x) in pieces_mut(sums, p).zip(window) {
            crate::matrix::add_scaled(to, *x, window);
        }
    }
}

/// matrix += left rightᵀ.
fn add_outer<T: Scalar>(matrix: &mut MatMut<'_, T>, left: &[T], right: &[T]) {
    for (column, y) in matrix.columns_mut().zip(right) {
        crate::matrix::add_scaled(column, *y, left);
    }
}

/// Which n x n block of a p x p matrix.
#[derive(Clone, Copy)]
struct Place {
    row: usize,
    column: usize,
}

/// matrix block += block, whose entry (a, c) is block[a n + c].
fn add_straight<T: Scalar>(matrix: &mut MatMut<'_, T>, place: Place, block: &[T], n: usize) {
    for c in 0..n {
        let column = matrix.column_mut(place.column.saturating_mul(n).saturating_add(c));
        let to = column.part_mut(place.row.saturating_mul(n), n);
        to.iter_mut().zip(block.iter().skip(c).step_by(n.max(1))).for_each(|(to, x)| *to += *x);
    }
}

/// matrix block += the transpose of block.
fn add_flipped<T: Scalar>(matrix: &mut MatMut<'_, T>, place: Place, block: &[T], n: usize) {
    for (c, row) in pieces(block, n).enumerate() {
        let column = matrix.column_mut(place.column.saturating_mul(n).saturating_add(c));
        let to = column.part_mut(place.row.saturating_mul(n), n);
        add(to, row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recording without structure, the same on every run.
    fn noise(length: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) as f64) / f64::from(1_u32 << 31) - 0.5
        };
        (0..length).map(|_| next()).collect()
    }

    /// The definition: windows formed one by one.
    fn by_definition(
        trials: &[Recording<'_, f64>],
        embedding: Embedding,
        steps: usize,
    ) -> [Vec<f64>; 4] {
        let p = embedding.width(trials[0].channels());
        let mut out: [Vec<f64>; 4] = core::array::from_fn(|_| vec![0.0; p * p]);
        for trial in trials {
            let rows = embedding.rows(trial.samples());
            let mut windows = vec![0.0; p * rows];
            embedding
                .embed_in(&[*trial], &mut MatMut::new(&mut windows, p, rows).unwrap())
                .unwrap();
            let h: Vec<&[f64]> = windows.chunks(p).collect();
            for (row, later) in h.iter().enumerate() {
                for i in 0..p {
                    for j in 0..p {
                        if row < steps {
                            out[3][j * p + i] += later[i] * later[j];
                            continue;
                        }
                        let earlier = h[row - steps];
                        out[0][j * p + i] += later[i] * later[j];
                        out[1][j * p + i] += earlier[i] * earlier[j];
                        out[2][j * p + i] += later[i] * earlier[j];
                    }
                }
            }
        }
        out
    }

    #[test]
    fn structured_sums_equal_the_definition_for_any_interval_and_steps_ahead() {
        for channels in [1, 2, 3] {
            for delays in [1, 2, 5] {
                for interval in [1, 2, 3, 7] {
                    for steps in [1, 2, 3, 4, 6, 9, 14] {
                        let embedding = Embedding::new(delays, interval);
                        let least = embedding.window() + steps;
                        let lengths = [least, least + 1, least + 150];
                        let data: Vec<Vec<f64>> =
                            lengths.iter().map(|t| noise(t * channels, *t as u64)).collect();
                        let trials: Vec<_> =
                            data.iter().map(|x| Recording::new(x, channels).unwrap()).collect();
                        let mut memory = vec![0.0; Gram::<f64>::memory_len(channels, embedding)];
                        let mut gram =
                            Gram::new_in(channels, embedding, steps, 1.0, &mut memory).unwrap();
                        trials.iter().for_each(|trial| gram.push_trial(trial).unwrap());
                        let expected = by_definition(&trials, embedding, steps);
                        let got = [gram.plus(), gram.minus(), gram.lagged(), gram.first()];
                        for (which, (got, expected)) in got.iter().zip(&expected).enumerate() {
                            let got: Vec<f64> = got.columns().flatten().copied().collect();
                            for (x, y) in got.iter().zip(expected) {
                                assert!(
                                    (x - y).abs() < 1e-12,
                                    "matrix {which}, n {channels}, d {delays}, tau {interval}, s {steps}: {x} {y}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn merged_statistics_are_those_of_all_trials() {
        let embedding = Embedding::new(3, 2);
        let (a, b) = (noise(80, 1), noise(120, 2));
        let (a, b) = (Recording::new(&a, 2).unwrap(), Recording::new(&b, 2).unwrap());
        let length = Gram::<f64>::memory_len(2, embedding);
        let mut memory = [vec![0.0; length], vec![7.0; length], vec![-3.0; length]];
        let [one, two, both] = &mut memory;
        let mut one = Gram::new_in(2, embedding, 1, 1.0, one).unwrap();
        let mut two = Gram::new_in(2, embedding, 1, 1.0, two).unwrap();
        let mut both = Gram::new_in(2, embedding, 1, 1.0, both).unwrap();
        one.push_trial(&a).unwrap();
        two.push_trial(&b).unwrap();
        both.push_trial(&a).unwrap();
        both.push_trial(&b).unwrap();
        one.merge(&two).unwrap();
        assert_eq!(one.pairs(), both.pairs());
        for (x, y) in one.lagged().columns().flatten().zip(both.lagged().columns().flatten()) {
            assert!((x - y).abs() < 1e-13);
        }
    }

    #[test]
    fn a_trial_without_a_pair_is_refused_and_changes_nothing() {
        let embedding = Embedding::new(3, 1);
        let mut memory = vec![0.0; Gram::<f64>::memory_len(1, embedding)];
        let mut gram = Gram::new_in(1, embedding, 2, 1.0, &mut memory).unwrap();
        let short = noise(4, 1);
        let error = gram.push_trial(&Recording::new(&short, 1).unwrap()).unwrap_err();
        assert_eq!(error, Error::TooShort { trial: 0, needed: 5, got: 4 });
        assert_eq!((gram.pairs(), gram.first().largest()), (0, 0.0));
    }
}
