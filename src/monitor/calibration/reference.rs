//! The reference of a calibration and its null bands, from the sums of the blocks.
//!
//! ```text
//! reference = analysis of total                          from no basis: features, coefficients; operator and basis if asked for
//! for each block k:
//!     other = analysis of total - block k
//!     own   = analysis of block k                        gate against the coefficients of other
//!     d_k = features of own - features of other;  v_k = widening by the noise of own
//!     add ln(gate) and ln(t of own / t of other) to their moments
//! for each block k:                                      m and W from the differences of all blocks but k
//!     add ln(distance of d_k) to its moments
//! m and W from the differences of all blocks
//! null band of each score = mean and deviation of its logarithms, those of score and gate drawn towards the prior
//! ```
//!
//! With weights from all blocks, a block would be measured by its own spread, and the null band would lie too low.

use super::memory::CalibratorMemory;
use super::{Known, prior};
use crate::error::Error;
use crate::matrix::{Cells, add, copy, pieces};
use crate::monitor::analysis::lag_spectra::{Kept, Summary};
use crate::monitor::analysis::{Analysis, Progress, Reference, autoregression, subspace};
use crate::monitor::band::{Band, Metric, Spread, widening};
use crate::monitor::decision::{ScoreMoments, logarithm};
use crate::monitor::sizes::Sizes;
use crate::scalar::{Real, Scalar};

/// The most subspace iterations for the operator, which have no basis to start from.
const COLD: usize = 200;
/// Standard deviation of the logarithm of the gate, which was alike in all subjects.
const GATE_PRIOR: f64 = 0.2;

impl<T: Scalar> CalibratorMemory<'_, T> {
    /// Analyses all blocks together, which gives the reference.
    pub(super) fn analyse_all(
        &mut self,
        sizes: Sizes,
        cut: f32,
        known: &mut Known<&mut [T]>,
    ) -> Result<Summary<T>, Error> {
        copy(self.snapshot, self.total);
        let alone = Reference { coefficients: None, kept: Kept::Above(cut) };
        let mut analysis = Analysis::new();
        loop {
            match analysis.step(sizes, self.snapshot, alone, known.features, self.scratch)? {
                Progress::Gated => {
                    copy(known.coefficients, autoregression::coefficients(sizes, self.scratch));
                }
                Progress::Finished => break,
                _ => {}
            }
        }
        let (requested, available) = (analysis.summary.directions, analysis.rank.unwrap_or(0));
        if available < requested {
            return Err(Error::RankTooLarge { requested, available });
        }
        if sizes.operator {
            // The covariances of the snapshot are white now.
            let requested = sizes.rank;
            let available = subspace::find(sizes, self.snapshot, None, COLD, self.scratch)?.rank;
            if available < requested {
                return Err(Error::RankTooLarge { requested, available });
            }
            subspace::write_basis(sizes, self.scratch, known.basis);
            copy(known.operator, subspace::operator(sizes, self.scratch));
        }
        Ok(analysis.summary)
    }

    /// The bias and the weights of the features, and the null bands: scores of each block against all others.
    pub(super) fn band(
        &mut self,
        sizes: Sizes,
        blocks: usize,
        whole: Summary<T>,
        known: Known<&mut [T]>,
    ) -> Result<Band<T>, Error> {
        let Summary { directions, noise, echo } = whole;
        let [mut gate, mut level, mut score] = [ScoreMoments::<T>::default(); 3];
        for k in 0..blocks {
            let (of_gate, of_level) = self.compare(sizes, k, directions)?;
            gate.push(of_gate);
            level.push(of_level);
        }
        self.add_up_differences();
        let p = sizes.features_len();
        let kept = sizes.features_of(directions);
        let spread = Spread { sums: self.own, squares: self.other };
        for (difference, widening) in pieces(self.differences, p).zip(&*self.widenings) {
            // m and W from the differences of all blocks but this one
            let (bias, weights) = (known.bias.part_mut(0, kept), known.weights.part_mut(0, kept));
            spread.write(blocks, Some(difference), bias, weights);
            let metric = Metric { bias, weights };
            let differences = difference.iter().copied().take(kept);
            score.push(logarithm(metric.distance(differences, T::ONE, *widening)));
        }
        known.bias.fill(T::ZERO);
        known.weights.fill(T::ZERO);
        let (bias, weights) = (known.bias.part_mut(0, kept), known.weights.part_mut(0, kept));
        spread.write(blocks, None, bias, weights);
        Ok(Band {
            directions,
            noise,
            echo,
            score: score.null(prior(directions)),
            gate: gate.null(T::of(GATE_PRIOR)),
            level: level.plain(),
        })
    }

    /// Analyses block k and all others, and keeps d_k and v_k; returns ln(gate) and ln(t of the block / t of all others).
    fn compare(&mut self, sizes: Sizes, k: usize, directions: usize) -> Result<(T, T), Error> {
        let length = sizes.lags().sums_len();
        let block = self.blocks.part(k.saturating_mul(length), length);
        let kept = Kept::Exactly(directions);
        // other = analysis of total - block k
        for ((to, all), x) in self.snapshot.iter_mut().zip(&*self.total).zip(block) {
            *to = *all - *x;
        }
        let alone = Reference { coefficients: None, kept };
        let mut analysis = Analysis::new();
        loop {
            match analysis.step(sizes, self.snapshot, alone, self.other, self.scratch)? {
                Progress::Gated => {
                    copy(self.coefficients, autoregression::coefficients(sizes, self.scratch));
                }
                Progress::Finished => break,
                _ => {}
            }
        }
        let other = analysis.summary;
        // own = analysis of block k
        copy(self.snapshot, block);
        let rest = Reference { coefficients: Some(self.coefficients), kept };
        let mut analysis = Analysis::new();
        while analysis.step(sizes, self.snapshot, rest, self.own, self.scratch)?
            != Progress::Finished
        {}
        let own = analysis.summary;
        let p = sizes.features_len();
        let to = self.differences.part_mut(k.saturating_mul(p), p);
        for ((to, x), y) in to.iter_mut().zip(&*self.own).zip(&*self.other) {
            *to = *x - *y;
        }
        self.widenings.put(k, widening(own.noise, other.noise, other.echo));
        Ok((logarithm(analysis.gate), Real::ln(own.noise / other.noise)))
    }

    /// Sums over the differences of all blocks, and over their squares.
    fn add_up_differences(&mut self) {
        self.own.fill(T::ZERO);
        self.other.fill(T::ZERO);
        for differences in pieces(self.differences, self.own.len()) {
            add(self.own, differences);
            self.other.iter_mut().zip(differences).for_each(|(to, d)| *to += *d * *d);
        }
    }
}
