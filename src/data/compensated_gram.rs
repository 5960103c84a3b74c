//! Gram matrices in about twice the precision of `f64`: compensated sums of products of delay windows.
//!
//! The windows of a pair, s samples apart, are parts of one longer window. With g the greatest common divisor of the
//! interval tau and s, it has D = ((d - 1) tau + s) / g + 1 samples that are g apart, and both Gram matrices of the fit are
//! parts of its Gram matrix M (of order P = n D):
//!
//! ```text
//! x = h + l, h a multiple of 2^-23 of the power of two above the largest |x| of its channel
//! for each block of 64 windows, for each lag k g:                          exact: sum of h h'; plain: sum of h l' + l x'
//!     add both to M(0, k), in two parts
//! for each trial and phase (time modulo g):  D(a, b) += the product at the beginning - that at the end
//! M(a + 1, b + 1) = M(a, b) + D(a, b)
//! first += the products of the first s windows of each trial
//! ```
//!
//! as in [`super::gram`], but with one walk along the diagonals for all trials together. What is plain is smaller by 2^-23,
//! so that an entry (i, j) is known to about 2^-77 sqrt(M_ii M_jj) times the ratio of the largest sample of the channel to
//! its root mean square. The same products in any order give the same exact sums, and the plain ones have a stated order.
//!
//! Source of the splitting: see [`crate::linalg::doubled`].

use super::centring::Conditioning;
use super::embedding::Embedding;
use super::recording::{Recording, total_samples};
use super::summation::BLOCK;
use crate::error::Error;
use crate::linalg::doubled::{Doubled, round_by, rounder, two_sum};
use crate::matrix::{Cells, add, area, copy, divide, pieces, pieces_mut, try_zeros};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;
#[cfg(feature = "std")]
use multiversion::multiversion;
use triangle::{OuterProducts, Split, Triangle, add_block, add_pairs};

mod streamed;
mod triangle;

/// Bits of the upper part of a sample: products of two have 46, and a sum of 64 of them 52.
const BITS: u32 = 23;
/// The longest window, of the two windows of a pair, that is summed. Its Gram matrix has 34 MB then.
const WIDEST: usize = 2048;

/// How the windows of a pair lie in the longer one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PairedWindows {
    channels: usize,
    delays: usize,
    /// g, the samples between two entries of the longer window.
    spacing: usize,
    /// tau / g and s / g.
    interval: usize,
    steps: usize,
    steps_ahead: usize,
}

impl PairedWindows {
    /// `None` where the longer window is too long to be worth it.
    pub(crate) fn new(channels: usize, embedding: Embedding, steps_ahead: usize) -> Option<Self> {
        let (delays, tau) = (embedding.delays(), embedding.interval());
        let spacing = greatest_common_divisor(tau, steps_ahead);
        let (interval, steps) = (divide(tau, spacing).0, divide(steps_ahead, spacing).0);
        let new = Self { channels, delays, spacing, interval, steps, steps_ahead };
        let (width, both) = (new.width(), new.width_of_both());
        (width > 0 && both <= WIDEST && both <= width.saturating_mul(4)).then_some(new)
    }

    /// p
    const fn width(&self) -> usize {
        area(self.channels, self.delays)
    }

    /// D - 1
    const fn reach(&self) -> usize {
        area(self.delays.saturating_sub(1), self.interval).saturating_add(self.steps)
    }

    /// P
    const fn width_of_both(&self) -> usize {
        area(self.channels, self.reach().saturating_add(1))
    }

    /// The samples of the newer window (or, `steps` later, of the older one), as runs of neighbouring entries of the longer
    /// window: where they begin and how long they are.
    fn runs(&self, steps: usize) -> impl Iterator<Item = (usize, usize)> {
        let (n, interval) = (self.channels, self.interval);
        let (runs, length) = if interval == 1 { (1, self.width()) } else { (self.delays, n) };
        (0..runs).map(move |k| (area(n, steps.saturating_add(area(k, interval))), length))
    }

    /// The place in the longer window of entry i of a window.
    fn place(&self, i: usize) -> usize {
        let (delay, channel) = divide(i, self.channels);
        area(area(delay, self.interval), self.channels).saturating_add(channel)
    }
}

const fn greatest_common_divisor(mut a: usize, mut b: usize) -> usize {
    while let Some(rest) = a.checked_rem(b) {
        (a, b) = (b, rest);
    }
    a
}

/// How samples are split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sums {
    /// Not at all: products are rounded, and the error of an entry is about 2 eps.
    Plain,
    /// Into an upper part whose products are summed exactly, and a rest.
    Compensated,
}

/// What samples become before they are multiplied.
#[derive(Debug)]
struct Splitter<'a, T> {
    conditioning: Conditioning<'a, T>,
    /// Of each channel; zeros for plain sums.
    rounders: Vec<f64>,
}

impl<'a, T: Scalar> Splitter<'a, T> {
    /// `most`: the largest conditioned sample of each channel.
    fn new(conditioning: Conditioning<'a, T>, most: &[f64], sums: Sums) -> Result<Self, Error> {
        let mut rounders: Vec<f64> = try_zeros(most.len())?;
        if sums == Sums::Compensated {
            rounders.iter_mut().zip(most).for_each(|(to, most)| *to = rounder(*most, BITS));
        }
        Ok(Self { conditioning, rounders })
    }

    /// Samples at `times`, as many as fit, one after another.
    fn load(&self, trial: &Recording<'_, T>, times: impl Iterator<Item = usize>, to: &mut Split) {
        let n = trial.channels().max(1);
        let parts = pieces_mut(&mut to.whole, n)
            .zip(pieces_mut(&mut to.high, n))
            .zip(pieces_mut(&mut to.low, n));
        let Conditioning { shift, gain } = self.conditioning;
        for (((whole, high), low), t) in parts.zip(times) {
            let parameters = shift.iter().zip(gain).zip(&self.rounders);
            let samples = trial.sample(t).iter().zip(parameters);
            let parts = whole.iter_mut().zip(high).zip(low);
            for (((whole, high), low), (x, ((shift, gain), rounder))) in parts.zip(samples) {
                let x: f64 = ((*x - *shift) * *gain).into();
                *whole = x;
                (*high, *low) = if *rounder > 0.0 { round_by(x, *rounder) } else { (x, 0.0) };
            }
        }
    }
}

/// The largest conditioned sample of each channel.
fn largest_samples<T: Scalar>(
    trials: &[Recording<'_, T>],
    conditioning: Conditioning<'_, T>,
) -> Result<Vec<f64>, Error> {
    let mut most: Vec<f64> = try_zeros(conditioning.shift.len())?;
    for sample in trials.iter().flat_map(|trial| trial.as_matrix().columns()) {
        conditioning.take_largest(sample, &mut most);
    }
    Ok(most)
}

/// Sums that grow trial by trial.
#[derive(Debug)]
struct Summation<'a, T> {
    windows: PairedWindows,
    splitter: Splitter<'a, T>,
    /// The first n rows of M, row after row: the exact and the plain sums of a block, and both parts of the total.
    block: Vec<f64>,
    rest: Vec<f64>,
    high: Vec<f64>,
    low: Vec<f64>,
    terms: usize,
    /// Whether any sample had a rest.
    split: bool,
    /// D, and the sum of the differences that it is made of.
    edges: OuterProducts,
    edge_sum: [Vec<f64>; 2],
    first: OuterProducts,
    first_sum: [Vec<f64>; 2],
    /// The sum of the newest samples of all longer windows.
    newest_sum: [Vec<f64>; 2],
    tile: Split,
    edge: Split,
    window: Split,
}

impl<'a, T: Scalar> Summation<'a, T> {
    fn new(windows: PairedWindows, splitter: Splitter<'a, T>) -> Result<Self, Error> {
        let (n, p, both) = (windows.channels, windows.width(), windows.width_of_both());
        let (strip, inner) = (area(n, both), both.saturating_sub(n));
        let pair = |length| Ok([try_zeros(length)?, try_zeros(length)?]);
        Ok(Self {
            windows,
            splitter,
            block: try_zeros(strip)?,
            rest: try_zeros(strip)?,
            high: try_zeros(strip)?,
            low: try_zeros(strip)?,
            terms: 0,
            split: false,
            edges: OuterProducts::zeros(inner)?,
            edge_sum: pair(inner)?,
            first: OuterProducts::zeros(p)?,
            first_sum: pair(p)?,
            newest_sum: pair(n)?,
            tile: Split::zeros(area(n, windows.reach().saturating_add(BLOCK)))?,
            edge: Split::zeros(inner)?,
            window: Split::zeros(p)?,
        })
    }

    /// Adds a trial.
    fn add(&mut self, trial: &Recording<'_, T>) {
        let spacing = self.windows.spacing;
        for phase in 0..spacing.min(trial.samples()) {
            let (whole, rest) = divide(trial.samples().saturating_sub(phase), spacing);
            self.add_phase(trial, phase, whole.saturating_add(usize::from(rest > 0)));
        }
        self.add_first_windows(trial);
    }

    /// Adds the products of the first windows, which are not later windows of a pair.
    fn add_first_windows(&mut self, trial: &Recording<'_, T>) {
        let tau = self.windows.interval.saturating_mul(self.windows.spacing);
        let oldest = self.windows.delays.saturating_sub(1).saturating_mul(tau);
        for newest in oldest..oldest.saturating_add(self.windows.steps_ahead) {
            let times = (0..self.windows.delays).map(|k| newest.saturating_sub(area(k, tau)));
            self.splitter.load(trial, times, &mut self.window);
            self.first.add(1.0, &self.window);
            add_to_sum(&mut self.first_sum, &self.window, 1.0);
        }
    }

    /// Adds the samples phase, phase + g, .., of which there are `samples`.
    fn add_phase(&mut self, trial: &Recording<'_, T>, phase: usize, samples: usize) {
        let (reach, spacing) = (self.windows.reach(), self.windows.spacing);
        let backwards = |newest: usize, count: usize| {
            (0..count).map(move |k| phase.saturating_add(area(newest.saturating_sub(k), spacing)))
        };
        let rows = samples.saturating_sub(reach);
        if rows == 0 {
            return;
        }
        let mut done = 0_usize;
        while done < rows {
            let some = rows.saturating_sub(done).min(BLOCK);
            done = done.saturating_add(some);
            let newest = reach.saturating_add(done).saturating_sub(1);
            self.splitter.load(
                trial,
                backwards(newest, some.saturating_add(reach)),
                &mut self.tile,
            );
            self.add_tile(some);
        }
        let first = backwards(reach.saturating_sub(1), reach);
        self.add_edge(trial, first, 1.0);
        let last = backwards(samples.saturating_sub(1), reach);
        self.add_edge(trial, last, -1.0);
    }

    /// Adds the products of the samples at these times to D.
    fn add_edge(
        &mut self,
        trial: &Recording<'_, T>,
        times: impl Iterator<Item = usize>,
        sign: f64,
    ) {
        self.splitter.load(trial, times, &mut self.edge);
        self.edges.add(sign, &self.edge);
        add_to_sum(&mut self.edge_sum, &self.edge, sign);
    }

    /// Adds the products of the newest samples of `rows` windows with all of their entries.
    fn add_tile(&mut self, rows: usize) {
        let (n, width) = (self.windows.channels, self.windows.width_of_both());
        if self.terms.saturating_add(rows) > BLOCK {
            self.flush();
        }
        self.terms = self.terms.saturating_add(rows);
        let shape = TileShape { channels: n, width, rows };
        let Split { whole, high, low } = &self.tile;
        add_windows(&mut self.block, [high, high], shape);
        let end = area(rows.saturating_add(self.windows.reach()), n);
        if low.part(0, end).iter().any(|x| *x != 0.0) {
            self.split = true;
            add_windows(&mut self.rest, [high, low], shape);
            add_windows(&mut self.rest, [low, whole], shape);
        }
        let newest = pieces(high, n).zip(pieces(low, n)).take(rows);
        let [sum_high, sum_low] = &mut self.newest_sum;
        newest.for_each(|(high, low)| add_vector([sum_high, sum_low], high, low, 1.0));
    }

    fn flush(&mut self) {
        add_block(&mut self.block, [&mut self.high, &mut self.low]);
        add(&mut self.low, &self.rest);
        self.rest.fill(0.0);
        self.terms = 0;
    }

    /// `most`: the largest conditioned sample of each channel; `samples`: how many there are.
    fn finish(
        mut self,
        sums: Sums,
        most: &[f64],
        samples: usize,
    ) -> Result<CompensatedGram, Error> {
        let split = self.split;
        self.flush();
        self.edges.flush();
        self.first.flush();
        let both = self.walk()?;
        let both_sum = self.walk_of_sums()?;
        let (windows, mut all) = (self.windows, self.first.total);
        for j in 0..all.order {
            let (column, begin) = (windows.place(j), all.start(j));
            let below = all.order.saturating_sub(j);
            let to = [all.high.part_mut(begin, below), all.low.part_mut(begin, below)];
            if windows.interval == 1 {
                let from = both.start(j);
                add_pairs(to, [both.high.part(from, below), both.low.part(from, below)]);
                continue;
            }
            let [high, low] = to;
            for (i, (high, low)) in (j..).zip(high.iter_mut().zip(low)) {
                let sum = both.entry(windows.place(i), column);
                let sum = sum.plus(Doubled { high: *high, low: *low });
                (*high, *low) = (sum.high, sum.low);
            }
        }
        let first_sum = self.first_sum;
        let mut new = CompensatedGram { windows, both, all, both_sum, first_sum, rounding: 0.0 };
        new.rounding = match sums {
            Sums::Plain => 2.0 * f64::EPSILON,
            Sums::Compensated if split => f64::EPSILON * libm::ldexp(new.crest(most, samples), -25),
            Sums::Compensated => f64::EPSILON * f64::EPSILON,
        };
        Ok(new)
    }

    /// M: its first n columns, and the others from them along the diagonals.
    fn walk(&self) -> Result<Triangle, Error> {
        let (n, order) = (self.windows.channels, self.windows.width_of_both());
        let mut both = Triangle::zeros(order)?;
        let strips = pieces(&self.high, order).zip(pieces(&self.low, order)).enumerate();
        for (a, (high, low)) in strips {
            let (at, length) = (both.start(a), order.saturating_sub(a));
            copy(both.high.part_mut(at, length), high.part(a, length));
            copy(both.low.part_mut(at, length), low.part(a, length));
        }
        let edges = &self.edges.total;
        for j in 0..edges.order {
            let length = edges.order.saturating_sub(j);
            let (from, to, edge) = (both.start(j), both.start(j.saturating_add(n)), edges.start(j));
            for parts in [&mut both.high, &mut both.low] {
                if let Some((before, after)) = parts.split_at_mut_checked(to) {
                    copy(after.part_mut(0, length), before.part(from, length));
                }
            }
            let to = [both.high.part_mut(to, length), both.low.part_mut(to, length)];
            add_pairs(to, [edges.high.part(edge, length), edges.low.part(edge, length)]);
        }
        Ok(both)
    }

    /// The sum of the longer windows, in the same way.
    fn walk_of_sums(&self) -> Result<[Vec<f64>; 2], Error> {
        let (n, order) = (self.windows.channels, self.windows.width_of_both());
        let mut sums = [try_zeros(order)?, try_zeros(order)?];
        let [high, low] = &mut sums;
        copy(high, &self.newest_sum[0]);
        copy(low, &self.newest_sum[1]);
        for j in 0..order.saturating_sub(n) {
            let sum = Doubled::sum(high.at(j), low.at(j))
                .plus(Doubled::sum(self.edge_sum[0].at(j), self.edge_sum[1].at(j)));
            high.put(j.saturating_add(n), sum.high);
            low.put(j.saturating_add(n), sum.low);
        }
        Ok(sums)
    }
}

/// sum += sign x
fn add_to_sum(sum: &mut [Vec<f64>; 2], x: &Split, sign: f64) {
    let [high, low] = sum;
    add_vector([high, low], &x.high, &x.low, sign);
}

fn add_vector([sum_high, sum_low]: [&mut [f64]; 2], high: &[f64], low: &[f64], sign: f64) {
    for (((sum, rest), high), low) in sum_high.iter_mut().zip(sum_low).zip(high).zip(low) {
        let (new, error) = two_sum(*sum, sign * *high);
        *sum = new;
        *rest += error + sign * *low;
    }
}

/// Overlapping windows in a tile: each begins one sample after that before.
#[derive(Clone, Copy, Debug)]
struct TileShape {
    channels: usize,
    /// Entries of a window.
    width: usize,
    rows: usize,
}

/// sums[a width + k] += sum over all windows of left[a] right[k], a < channels, four windows at a time.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
fn add_windows(sums: &mut [f64], tiles: [&[f64]; 2], shape: TileShape) {
    let ([left, right], TileShape { channels: n, width, rows }) = (tiles, shape);
    let start = |row: usize| row.saturating_mul(n);
    let mut row = 0_usize;
    while row.saturating_add(4) <= rows {
        let at = [0, 1, 2, 3].map(|k| start(row.saturating_add(k)));
        let [x0, x1, x2, x3] = at.map(|at| left.part(at, n));
        let [y0, y1, y2, y3] = at.map(|at| right.part(at, width));
        let newest = x0.iter().zip(x1).zip(x2).zip(x3);
        for (to, (((x0, x1), x2), x3)) in pieces_mut(sums, width).zip(newest) {
            let entries = to.iter_mut().zip(y0).zip(y1).zip(y2).zip(y3);
            for ((((to, y0), y1), y2), y3) in entries {
                *to += (*x0 * *y0 + *x1 * *y1) + (*x2 * *y2 + *x3 * *y3);
            }
        }
        row = row.saturating_add(4);
    }
    for row in row..rows {
        let (newest, window) = (left.part(start(row), n), right.part(start(row), width));
        for (to, x) in pieces_mut(sums, width).zip(newest) {
            to.iter_mut().zip(window).for_each(|(to, y)| *to += *x * *y);
        }
    }
}

/// The Gram matrices of all windows and of pairs of windows, in two parts.
#[derive(Debug)]
pub(crate) struct CompensatedGram {
    windows: PairedWindows,
    /// M
    both: Triangle,
    /// Of all windows.
    all: Triangle,
    /// Sums of the longer windows of all pairs, and of the first windows.
    both_sum: [Vec<f64>; 2],
    first_sum: [Vec<f64>; 2],
    rounding: f64,
}

impl CompensatedGram {
    /// The sums over all trials, each of which has a pair of windows.
    ///
    /// Cost: n² D T multiply-adds, three times as many where samples have a rest, and about 2 P² for each trial and phase;
    /// 2.5 P² + 1.5 p² scalars of memory.
    pub(crate) fn of<T: Scalar>(
        trials: &[Recording<'_, T>],
        windows: PairedWindows,
        conditioning: Conditioning<'_, T>,
        sums: Sums,
    ) -> Result<Self, Error> {
        let most = largest_samples(trials, conditioning)?;
        let splitter = Splitter::new(conditioning, &most, sums)?;
        let mut summation = Summation::new(windows, splitter)?;
        trials.iter().for_each(|trial| summation.add(trial));
        summation.finish(sums, &most, total_samples(trials))
    }

    /// The largest ratio of the largest sample of a channel to its root mean square.
    fn crest(&self, most: &[f64], samples: usize) -> f64 {
        let mut crest = 1.0_f64;
        for (channel, most) in most.iter().enumerate() {
            let square = self.both.entry(channel, channel).high / (samples.max(1) as f64);
            if square > f64::MIN_POSITIVE {
                crest = crest.larger(most / Real::sqrt(square));
            }
        }
        crest
    }

    /// The error of an entry (i, j) is about this times the root of the product of the entries (i, i) and (j, j).
    pub(crate) const fn rounding(&self) -> f64 {
        self.rounding
    }

    /// Entries of a window, p.
    pub(crate) const fn width(&self) -> usize {
        self.windows.width()
    }

    /// Writes column i of sum h hᵀ over all windows.
    pub(crate) fn column(&self, i: usize, out: [&mut [f64]; 2]) {
        self.all.column_into(i, 0, out);
    }

    /// Entry (i, i) of sum h hᵀ over all windows.
    pub(crate) fn diagonal(&self, i: usize) -> Doubled {
        self.all.entry(i, i)
    }

    /// Writes row i of sum h_u h_{u-s}ᵀ over all pairs.
    pub(crate) fn lagged_row(&self, i: usize, [high, low]: [&mut [f64]; 2]) {
        let (column, mut done) = (self.windows.place(i), 0_usize);
        for (begin, length) in self.windows.runs(self.windows.steps) {
            let to = [high.part_mut(done, length), low.part_mut(done, length)];
            self.both.column_into(column, begin, to);
            done = done.saturating_add(length);
        }
    }

    /// Entry i of the sums of all windows, of the later and of the earlier windows of all pairs.
    pub(crate) fn sums(&self, i: usize) -> [Doubled; 3] {
        let of = |[high, low]: &[Vec<f64>; 2], at: usize| Doubled::sum(high.at(at), low.at(at));
        let at = self.windows.place(i);
        let past = area(self.windows.channels, self.windows.steps);
        let later = of(&self.both_sum, at);
        let all = later.plus(of(&self.first_sum, i));
        [all, later, of(&self.both_sum, at.saturating_add(past))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::qr::tests::noise;

    /// sum over pairs of (x, y) entries of windows, in twice the precision.
    fn by_definition(
        trials: &[Vec<f64>],
        n: usize,
        embedding: Embedding,
        steps: usize,
    ) -> [Vec<Doubled>; 2] {
        let p = embedding.width(n);
        let mut sums = [vec![Doubled::ZERO; p * p], vec![Doubled::ZERO; p * p]];
        for trial in trials {
            let entry = |t: usize, i: usize| {
                let x = trial[(t - i / n * embedding.interval()) * n + i % n];
                Doubled::sum(x, 0.0)
            };
            for t in embedding.window() - 1..trial.len() / n {
                for i in 0..p {
                    for j in 0..p {
                        let at = i * p + j;
                        sums[0][at] = sums[0][at].plus(entry(t, i).times(entry(t, j)));
                        if t + 1 >= embedding.window() + steps {
                            let product = entry(t, i).times(entry(t - steps, j));
                            sums[1][at] = sums[1][at].plus(product);
                        }
                    }
                }
            }
        }
        sums
    }

    #[test]
    fn sums_keep_seventy_bits_for_any_interval_and_steps_ahead() {
        let mut noise = noise(3);
        for (n, delays) in [(1, 1), (1, 5), (3, 4), (2, 1)] {
            for (interval, steps) in [(1, 1), (1, 3), (2, 1), (2, 4), (3, 2), (1, 9)] {
                let embedding = Embedding::new(delays, interval);
                let Some(windows) = PairedWindows::new(n, embedding, steps) else { continue };
                let least = embedding.window() + steps;
                let trials: Vec<Vec<f64>> = [least, least + 150, least + 1]
                    .iter()
                    .map(|samples| (0..samples * n).map(|_| noise()).collect())
                    .collect();
                let recordings: Vec<_> =
                    trials.iter().map(|x| Recording::new(x, n).unwrap()).collect();
                let (shift, gain) = (vec![0.0; n], vec![1.0; n]);
                let conditioning = Conditioning { shift: &shift, gain: &gain };
                let gram =
                    CompensatedGram::of(&recordings, windows, conditioning, Sums::Compensated)
                        .unwrap();
                let [all, lagged] = by_definition(&trials, n, embedding, steps);
                let p = embedding.width(n);
                let (mut high, mut low) = (vec![0.0; p], vec![0.0; p]);
                for i in 0..p {
                    let scale = |j: usize| {
                        gram.rounding() * (gram.diagonal(i).high * gram.diagonal(j).high).sqrt()
                    };
                    let check = |expected: &[Doubled], high: &[f64], low: &[f64]| {
                        for j in 0..p {
                            let found = Doubled::sum(high[j], low[j]);
                            let difference = expected[i * p + j].minus(found);
                            assert!(
                                difference.value().abs() < scale(j),
                                "{n} {delays} {interval} {steps}: {i} {j} {difference:?}"
                            );
                        }
                    };
                    gram.column(i, [&mut high, &mut low]);
                    check(&all, &high, &low);
                    gram.lagged_row(i, [&mut high, &mut low]);
                    check(&lagged, &high, &low);
                }
            }
        }
    }
}
