//! Baselines: the similarity of the states of two recordings, sample by sample, without any dynamics.
//!
//! Procrustes, CKA and SVCCA compare the *geometry* of states. They need paired samples: sample t of one
//! recording and sample t of the other belong to the same moment or condition. Report one next to a distance
//! between operators to see what the dynamics add.
//!
//! All three start from the same triangle. With X (T x p) and Y (T x q) the samples or delay windows of the two recordings,
//! centred by column means and scaled to unit Frobenius norm, the QR decomposition
//! [X Y] = Q [[A, B], [0, D]] is updated block by block as samples pass. X'X = A'A, X'Y = A'B and
//! Y'Y = B'B + D'D, so everything is computed from the triangle: neither a T x T matrix nor a square of
//! the data is ever formed, and the memory does not depend on T.

#[cfg(feature = "alloc")]
pub mod features;
#[cfg(feature = "std")]
pub(crate) mod matrix;
mod measures;
mod triangle;

use crate::data::embedding::Embedding;
use crate::data::recording::{Recording, common_channels};
use crate::error::{Error, Setting};
#[cfg(feature = "alloc")]
use crate::matrix::try_zeros;
use crate::matrix::{Layout, any_of};
use crate::scalar::Scalar;
use core::cmp::Ordering;
use triangle::Triangle;

/// Methods of comparing states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum BaselineMethod {
    /// Procrustes: the angle between X and Y under the best orthogonal map of the channels.
    ///
    /// similarity s = sum of the singular values of X'Y = max over orthogonal C of tr(X' Y C), distance
    /// arccos s in [0, pi/2]: a metric (Williams, Kunz, Kornblith & Linderman, NeurIPS 2021). The
    /// recording with fewer channels is padded with channels of zeros.
    Procrustes,
    /// Linear centred kernel alignment (Kornblith, Norouzi, Lee & Hinton, ICML 2019, equation 3 with
    /// linear kernels): the cosine between XX' and YY'.
    ///
    /// similarity |Y'X|² / (|X'X| |Y'Y|) in Frobenius norms, distance arccos of it, in [0, pi/2]: the angle
    /// is a metric, 1 - CKA is none (Williams et al. 2021). 1 - CKA is `1 - similarity()`.
    Cka,
    /// Singular vector canonical correlation (Raghu, Gilmer, Yosinski & Sohl-Dickstein, NeurIPS 2017).
    ///
    /// Of each recording the fewest principal components that hold the [explained
    /// variance](Baseline::explained_variance) are kept, a and b of them. similarity: the mean of the
    /// min(a, b) canonical correlations between them; distance: 1 - similarity, in [0, 1]; no metric.
    Svcca,
}

/// Settings of a comparison of states.
///
/// | setting | default |
/// | --- | --- |
/// | embedding | 1 delay: the samples as they are |
/// | explained variance (SVCCA) | 0.99 |
///
/// ```
/// use dynamical_similarity::{Baseline, Embedding, Recording};
/// let x: Vec<f64> = (0..200).flat_map(|t| [(0.1 * t as f64).sin(), (0.3 * t as f64).sin()]).collect();
/// // The same states in other coordinates (turned, doubled), and with the axes stretched unequally.
/// let turned: Vec<f64> = x.chunks(2).flat_map(|x| [1.2 * x[0] + 1.6 * x[1], 1.6 * x[0] - 1.2 * x[1]]).collect();
/// let stretched: Vec<f64> = x.chunks(2).flat_map(|x| [3.0 * x[0], x[1]]).collect();
/// let trial = |samples| Ok::<_, dynamical_similarity::Error>([Recording::new(samples, 2)?]);
/// let (x, turned, stretched) = (trial(&x)?, trial(&turned)?, trial(&stretched)?);
/// for baseline in [Baseline::procrustes(), Baseline::cka(), Baseline::svcca()] {
///     assert!(baseline.compare(&x, &turned)?.distance() < 1e-14);
/// }
/// // (3 + 1) / sqrt(2 (9 + 1)) for two uncorrelated channels of equal variance.
/// let found = Baseline::procrustes().compare(&x, &stretched)?;
/// assert!((found.similarity() - 4.0 / 20.0_f64.sqrt()).abs() < 1e-2);
/// // Canonical correlations do not see a stretched axis.
/// assert!(Baseline::svcca().compare(&x, &stretched)?.distance() < 1e-14);
/// // Of windows instead of samples.
/// let windows = Baseline::procrustes().embedding(Embedding::new(10, 1));
/// assert!(windows.compare(&x, &turned)?.distance() < 1e-14);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Baseline {
    method: BaselineMethod,
    embedding: Embedding,
    explained_variance: f64,
}

/// The result of a comparison of states: a distance, and the similarity that it follows from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BaselineComparison<T> {
    distance: T,
    similarity: T,
}

impl<T: Scalar> BaselineComparison<T> {
    /// 0 for states that the method cannot tell apart; see [`BaselineMethod`].
    #[must_use]
    pub const fn distance(&self) -> T {
        self.distance
    }

    /// In [0, 1], 1 for states that the method cannot tell apart; see [`BaselineMethod`].
    #[must_use]
    pub const fn similarity(&self) -> T {
        self.similarity
    }
}

impl Baseline {
    /// A method with the settings of the table above.
    #[must_use]
    pub const fn new(method: BaselineMethod) -> Self {
        Self { method, embedding: Embedding::new(1, 1), explained_variance: 0.99 }
    }

    /// [`BaselineMethod::Procrustes`] on samples.
    #[must_use]
    pub const fn procrustes() -> Self {
        Self::new(BaselineMethod::Procrustes)
    }

    /// [`BaselineMethod::Cka`] on samples.
    #[must_use]
    pub const fn cka() -> Self {
        Self::new(BaselineMethod::Cka)
    }

    /// [`BaselineMethod::Svcca`] on samples.
    #[must_use]
    pub const fn svcca() -> Self {
        Self::new(BaselineMethod::Svcca)
    }

    /// Compares delay windows instead of samples; any method takes any embedding.
    #[must_use]
    pub const fn embedding(self, embedding: Embedding) -> Self {
        Self { embedding, ..self }
    }

    /// Share of the variance, in (0, 1], that the components kept by SVCCA hold. At 1 all components
    /// above rounding (4 p eps of the largest) are kept, and any invertible map of the channels leaves
    /// the distance as it is.
    #[must_use]
    pub const fn explained_variance(self, share: f64) -> Self {
        Self { explained_variance: share, ..self }
    }

    /// The method of the comparison.
    #[must_use]
    pub const fn method(&self) -> BaselineMethod {
        self.method
    }

    /// Scalars of memory that [`compare_in`](Self::compare_in) needs for recordings of these channels,
    /// however long: n² for the triangle, n = d (channels + channels), and the larger of 69 n and
    /// - Procrustes: 3 p q + 2 q² + 3 q + p with p >= q the widths d channels,
    /// - CKA: n²,
    /// - SVCCA: n p + 3 p q + 3 q² + about 2 p² + 4 p.
    ///
    /// ```
    /// use dynamical_similarity::Baseline;
    /// assert_eq!(Baseline::procrustes().memory_len(3, 3), 450);
    /// assert_eq!(Baseline::cka().memory_len(100, 50), 45_000);
    /// ```
    #[must_use]
    pub const fn memory_len(&self, left: usize, right: usize) -> usize {
        self.layout(left, right).len()
    }

    /// The triangle, and what is used in turn: scratch that fills it, then scratch of the measure.
    const fn layout(&self, left: usize, right: usize) -> Layout<2> {
        let (left, right) = (self.embedding.width(left), self.embedding.width(right));
        let (wide, narrow) = if left < right { (right, left) } else { (left, right) };
        let filling = triangle::filling_len(wide, narrow);
        let measuring = match self.method {
            BaselineMethod::Procrustes => measures::procrustes_len(wide, narrow),
            BaselineMethod::Cka => measures::cka_len(wide, narrow),
            BaselineMethod::Svcca => measures::svcca_len(wide, narrow),
        };
        Layout::new([triangle::len(wide, narrow), any_of(&[filling, measuring])])
    }

    /// Compares two recordings whose samples are paired: as many trials, trial by trial of one length.
    /// Their channels may differ in number and meaning. Only windows within a trial count; means are
    /// over all windows.
    ///
    /// The value is the same to the bit in either order, and exactly 0 for equal recordings.
    ///
    /// # Errors
    /// - [`Error::Unpaired`] with the first trial whose lengths differ (a missing one has 0 samples),
    /// - [`Error::TooShort`] for a trial without a window, for a single window in all, and for SVCCA if the
    ///   components kept of one recording are as many as the windows less one: all correlations would be
    ///   1 whatever the data,
    /// - [`Error::DegenerateSignal`] if one of the recordings is constant; single channels may be,
    /// - [`Error::Empty`] without trials, [`Error::ShapeMismatch`] if channels change from trial to trial,
    /// - [`Error::InvalidSetting`], [`Error::MemoryTooSmall`],
    /// - [`Error::NotConverged`] from the singular value decomposition.
    ///
    /// # Cost
    /// 2 T n² flops for T windows of n = d (channels + channels) values, in blocks of 64 rows; then
    /// about 40 q³ + 4 p² q (Procrustes), 2 n³ (CKA), 40 (p³ + q³) (SVCCA).
    ///
    /// # Accuracy
    /// Procrustes and CKA angles come from chords, |X - Y C| and |XX'/|XX'| - YY'/|YY'||, not from
    /// cosines: the error is absolute, also near 0. Measured in `f64` against 93 values made with NumPy, SciPy
    /// and 60-digit arithmetic (`tests/baseline_golden.rs`): 3.2e-14 for angles, 1.0e-15 for angles from 5e-13
    /// to 7e-4, 8.1e-10 for SVCCA; in `f32` 7.0e-6 for all up to 99 % of the variance. A canonical
    /// correlation is as good as eps times the condition of the components kept.
    /// Every sample enters as its difference from the first, scaled by a power of two: offsets, and
    /// samples of 1e-30 and 1e30 in `f32`, cost no digits. A column of the windows whose deviation is below
    /// 8 eps of its channel's largest sample is taken as constant.
    ///
    /// ```
    /// use dynamical_similarity::{Baseline, Error, Recording};
    /// const CKA: Baseline = Baseline::cka();
    /// let mut memory = [0.0_f32; CKA.memory_len(2, 1)];
    /// let a = [1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, -1.0]; // 4 samples of 2 channels
    /// let b = [1.0, 0.0, -1.0, 0.0];
    /// let (a, b) = ([Recording::new(&a, 2)?], [Recording::new(&b, 1)?]);
    /// // X'X = 2 I, Y'Y = 2, Y'X = [2 0]: 4 / (sqrt(8) 2).
    /// let found = CKA.compare_in(&a, &b, &mut memory)?;
    /// assert!((found.similarity() - 0.5_f32.sqrt()).abs() < 1e-6);
    /// assert!((found.distance() - core::f32::consts::FRAC_PI_4).abs() < 1e-6);
    /// let longer = [Recording::new(&[0.0, 1.0, 2.0, 3.0, 4.0], 1)?];
    /// let refused = CKA.compare_in(&a, &longer, &mut memory);
    /// assert_eq!(refused, Err(Error::Unpaired { trial: 0, left: 4, right: 5 }));
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn compare_in<T: Scalar>(
        &self,
        a: &[Recording<'_, T>],
        b: &[Recording<'_, T>],
        memory: &mut [T],
    ) -> Result<BaselineComparison<T>, Error> {
        let (left, right) = self.check_pair(a, b)?;
        let order = canonical_order(a, b);
        let (wide, narrow) = if order == Ordering::Less { (b, a) } else { (a, b) };
        let ([entries, scratch], _) = self.layout(left, right).cut(memory)?;
        let triangle = Triangle::of(self.embedding, wide, narrow, entries, scratch)?;
        let found = match self.method {
            BaselineMethod::Procrustes => measures::procrustes(&triangle, scratch),
            BaselineMethod::Cka => measures::cka(&triangle, scratch),
            BaselineMethod::Svcca => {
                let lost = T::of(1.0 - self.explained_variance);
                measures::svcca(&triangle, lost, scratch).map_err(|error| match error {
                    Error::TooShort { needed, got, .. } => in_first_trial(a, needed, got),
                    other => other,
                })
            }
        }?;
        let equal = BaselineComparison { distance: T::ZERO, similarity: T::ONE };
        Ok(if order == Ordering::Equal { equal } else { found })
    }

    /// [`compare_in`](Self::compare_in) with memory of its own.
    ///
    /// # Errors
    /// As [`compare_in`](Self::compare_in), and [`Error::OutOfMemory`].
    #[cfg(feature = "alloc")]
    pub fn compare<T: Scalar>(
        &self,
        a: &[Recording<'_, T>],
        b: &[Recording<'_, T>],
    ) -> Result<BaselineComparison<T>, Error> {
        let (left, right) = self.check_pair(a, b)?;
        let mut memory = try_zeros(self.memory_len(left, right))?;
        self.compare_in(a, b, &mut memory)
    }

    /// Checks everything that can be refused before anything is computed. Returns both numbers of channels.
    pub(crate) fn check_pair<T: Scalar>(
        &self,
        a: &[Recording<'_, T>],
        b: &[Recording<'_, T>],
    ) -> Result<(usize, usize), Error> {
        self.embedding.validate()?;
        if !(self.explained_variance > 0.0 && self.explained_variance <= 1.0) {
            return Err(Error::InvalidSetting {
                setting: Setting::ExplainedVariance,
                expected: "above 0 and at most 1",
            });
        }
        let (left, right) = (common_channels(a)?, common_channels(b)?);
        let samples = |of: &[Recording<'_, T>], trial| of.get(trial).map_or(0, Recording::samples);
        let mut windows = 0_usize;
        for trial in 0..a.len().max(b.len()) {
            let (left, right) = (samples(a, trial), samples(b, trial));
            if left != right {
                return Err(Error::Unpaired { trial, left, right });
            }
            if self.embedding.rows(left) == 0 {
                return Err(Error::TooShort { trial, needed: self.embedding.window(), got: left });
            }
            windows = windows.saturating_add(self.embedding.rows(left));
        }
        if windows < 2 {
            return Err(in_first_trial(a, 2, windows));
        }
        Ok((left, right))
    }
}

/// Windows that are missing, as samples that the first trial lacks.
fn in_first_trial<T: Scalar>(a: &[Recording<'_, T>], needed: usize, got: usize) -> Error {
    let samples = a.first().map_or(0, Recording::samples);
    let missing = needed.saturating_sub(got);
    Error::TooShort { trial: 0, needed: samples.saturating_add(missing), got: samples }
}

/// Which of two paired recordings comes first: the one with more channels, or that is higher where the
/// samples first differ.
fn canonical_order<T: Scalar>(a: &[Recording<'_, T>], b: &[Recording<'_, T>]) -> Ordering {
    let channels = |of: &[Recording<'_, T>]| of.first().map_or(0, Recording::channels);
    let by_channels = channels(a).cmp(&channels(b));
    if by_channels != Ordering::Equal {
        return by_channels;
    }
    fn values<'r, T: Scalar>(of: &'r [Recording<'_, T>]) -> impl Iterator<Item = &'r T> {
        of.iter().flat_map(|trial| trial.as_matrix().columns().flatten())
    }
    let differing = values(a).zip(values(b)).find(|(x, y)| x != y);
    differing.and_then(|(x, y)| x.partial_cmp(y)).unwrap_or(Ordering::Equal)
}
