//! Models of several ranks from one decomposition.
//!
//! ```text
//! whiten at the largest rank k:  U, S, and the moments P = V₊'V₊, M = V₋'V₋, L = V₊'V₋
//! for every rank r
//!     A_r = L_r (M_r + ridge I)⁻¹, with the leading r x r parts of L and M
//! ```
//!
//! The leading r singular directions of the delay windows are the first of the leading k, and whitened coordinate i does not
//! depend on how many are kept. So the moments of a smaller rank are parts of those of the largest one, and what is left for
//! each rank is a regression of its own.

use super::fit::Fit;
use super::model::Model;
use super::rank::Rank;
use super::regression::WhitenedMoments;
use super::settings::{Dmd, Shape};
use crate::data::recording::{Recording, common_channels};
use crate::error::Error;
use crate::matrix::{copy, try_reserve, try_zeros};
use crate::scalar::Scalar;
use alloc::vec::Vec;

impl Dmd {
    /// Fits operators of several ranks to trials from one decomposition: for each of `ranks`, in their order, the model that
    /// [`fit`](Self::fit) gives with [`Rank::Fixed`], or why there is none. The rank of the settings is not read.
    ///
    /// The result is that of separate fits up to rounding. All models have the [path](crate::FitPath) of the largest rank,
    /// whose condition decides. On the Krylov path the directions are accurate for every one of the ranks: the residual is
    /// at most 1e-10 (`f32`: 3e-4) of the smallest gap behind one of them.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`]. For each rank those of [`fit`](Self::fit); where a rank is too large, the others are
    /// fitted without it.
    ///
    /// Cost: one fit of the largest rank r, and about 2 p r scalars and 8 r³ flops for each of the ranks. Ranks that are
    /// refused cost a decomposition more.
    ///
    /// ```
    /// use dynamical_similarity::{Dmd, Rank, Recording};
    /// let samples: Vec<f64> = (0..500).map(|t| (0.3 * t as f64).sin() + 0.1 * (0.8 * t as f64).cos()).collect();
    /// let trial = [Recording::new(&samples, 1)?];
    /// let dmd = Dmd::new().delays(8);
    /// let models = dmd.fit_ranks(&trial, &[2, 4, 6])?;
    /// let alone = dmd.rank(Rank::Fixed(2)).fit(&trial)?;
    /// let together = models[0].as_ref().unwrap();
    /// assert!((together.operator().at(0, 0) - alone.operator().at(0, 0)).abs() < 1e-9);
    /// assert!((models[1].as_ref().unwrap().eigenvalues()?[0].0 - 0.3_f64.cos()).abs() < 1e-3);
    /// assert!(models[2].is_err()); // Two sines have four directions.
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn fit_ranks<T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
        ranks: &[usize],
    ) -> Result<Vec<Result<Model<T>, Error>>, Error> {
        let mut models: Vec<Result<Model<T>, Error>> = try_reserve(ranks.len())?;
        models.extend(ranks.iter().map(|_| Err(Error::Empty)));
        let mut left: Vec<usize> = try_reserve(ranks.len())?;
        left.extend_from_slice(ranks);
        left.sort_unstable();
        left.dedup();
        for _ in 0..ranks.len() {
            let Some(largest) = left.last().copied() else { break };
            let within = ranks.iter().zip(&mut models).filter(|(rank, _)| **rank <= largest);
            match self.within(trials, &left, within) {
                Ok(()) => break,
                // Only the largest rank has been tried. One that is too large says which others are.
                Err(error) => {
                    let limit = match error {
                        Error::RankTooLarge { available, .. } => {
                            available.min(largest.saturating_sub(1))
                        }
                        _ => largest.saturating_sub(1),
                    };
                    let refused = ranks
                        .iter()
                        .zip(&mut models)
                        .filter(|(rank, _)| **rank > limit && **rank <= largest);
                    for (rank, model) in refused {
                        *model = Err(match error {
                            Error::RankTooLarge { available, .. } => {
                                Error::RankTooLarge { requested: *rank, available }
                            }
                            error => error,
                        });
                    }
                    left.retain(|rank| *rank <= limit);
                }
            }
        }
        Ok(models)
    }

    /// The models of ranks up to the largest of `cuts`, which ascend.
    ///
    /// # Errors
    /// Those of the largest rank before its regression; nothing is written then.
    fn within<'a, T: Scalar>(
        &self,
        trials: &[Recording<'_, T>],
        cuts: &[usize],
        models: impl Iterator<Item = (&'a usize, &'a mut Result<Model<T>, Error>)>,
    ) -> Result<(), Error> {
        let dmd = self.rank(Rank::Fixed(cuts.last().copied().unwrap_or(0)));
        dmd.validate()?;
        let mut wide = Vec::new();
        let mut direct;
        let fit = if let Some(fit) = dmd.whitened_wide(trials, cuts, &mut wide)? {
            fit
        } else {
            let shape = dmd.shape(common_channels(trials)?);
            direct = try_zeros(Self::memory_len_for_rows(shape, dmd.count(trials)?.rows))?;
            dmd.whitened_in(trials, &mut direct)?
        };
        models.for_each(|(rank, model)| *model = fit.at_rank(*rank));
        Ok(())
    }
}

impl<T: Scalar> Fit<'_, T> {
    /// The model of a rank within that of this fit.
    fn at_rank(&self, rank: usize) -> Result<Model<T>, Error> {
        let dmd = self.dmd.rank(Rank::Fixed(rank));
        dmd.validate()?;
        // Reduced-rank regression keeps all directions and cuts later.
        let kept = if dmd.reduced_rank { self.kept } else { rank.min(self.kept) };
        let shape = Shape { rank: kept, ..self.shape };
        let mut memory = try_zeros(Fit::<T>::memory_len(shape))?;
        let mut fit = Fit::cut(dmd, shape, self.counts, &mut memory);
        (fit.found, fit.size) = (self.found, self.size);
        copy(fit.shift, self.shift);
        copy(fit.gain, self.gain);
        copy(fit.mean, self.mean);
        copy(fit.later, self.later);
        copy(fit.earlier, self.earlier);
        copy(fit.spectrum, self.spectrum);
        copy(fit.basis, self.basis);
        let all = WhitenedMoments::views(self.moments, self.kept);
        let parts = WhitenedMoments::over(&mut *fit.moments, kept);
        for (mut part, all) in [parts.plus, parts.minus, parts.lagged].into_iter().zip(all) {
            part.columns_mut().zip(all.columns()).for_each(|(to, from)| copy(to, from));
        }
        if self.spectrum.len() < self.counts.rows.min(self.shape.width()) {
            fit.keep(kept, self.path);
        }
        (fit.kept, fit.path) = (kept, self.path);
        fit.finish()?.to_owned()
    }
}
