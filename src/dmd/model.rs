//! Fitted models: the operator, its coordinates, and how far both can be trusted.

#[cfg(feature = "alloc")]
use super::rank::Rank;
use super::settings::Dmd;
#[cfg(feature = "alloc")]
use crate::data::centring::Centre;
use crate::data::centring::Conditioning;
use crate::data::channels::ChannelSet;
use crate::data::embedding::Windows;
use crate::error::Error;
use crate::linalg::eigenvalues::eigenvalues_in;
use crate::matrix::{Layout, MatMut, MatRef, area};
use crate::scalar::Scalar;

/// How the right singular vectors of the Hankel matrix were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum FitPath {
    /// From second moments: one pass, fastest, error eps (s_1/s_r)².
    Gram,
    /// From a QR factorisation and one-sided Jacobi: error eps s_1/s_r.
    Qr,
    /// The leading directions alone, by block Lanczos over the windows: for few directions of wide windows, in
    /// [`Dmd::fit`](crate::Dmd::fit) only. The residual of each direction is at most 1e-10 (`f32`: 3e-4) of the gap behind
    /// the last one.
    Krylov,
    /// From second moments in about twice the precision of the samples, for a given rank and at least as many windows as
    /// entries, in [`Dmd::fit`](crate::Dmd::fit) only. This path is taken where the error of the moments is estimated to
    /// change no entry of the operator by more than 2e-10 (`f32`: 1e-6), or by no more than the rounding of the QR path;
    /// that reaches to a condition s_1/s_r of about 1e6.
    CompensatedGram,
}

/// Warnings of a fit. None of them stops it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Warnings {
    /// Channels that do not vary.
    pub constant: ChannelSet,
    /// Channels that equal an earlier channel at all times.
    pub duplicated: ChannelSet,
    /// Channels of a single trial whose first and second half differ: means by more than one standard
    /// deviation, or standard deviations by more than a factor of two. (Several trials may be ordered by
    /// condition, so they are not checked.)
    pub drifting: ChannelSet,
    /// Channels whose mean exceeds their standard deviation in size and was not subtracted
    /// ([`Centre::None`](crate::Centre::None)): the offset is then the first direction of all, with an
    /// eigenvalue near 1, and hides the dynamics from a comparison.
    pub large_mean: ChannelSet,
    /// The rank is 1: an angle between two such operators is 0 or pi, and says only whether their signs agree.
    pub rank_one: bool,
    /// There are fewer than 3 p windows of p entries.
    pub few_rows: bool,
    /// The singular values on the two sides of the cut differ by less than 0.1 %: which directions are
    /// kept is as good as arbitrary.
    pub near_tie: bool,
    /// The rule for the latent rank found none up to 8, and 9 was used.
    pub latent_rank_not_reached: bool,
    /// The across-trial mean of a condition holds more than 90 % of its variance; set only by
    /// [`Dmd::fit_conditions`]. Consider [`Centre::Condition`](crate::Centre::Condition).
    pub shared_response: bool,
}

impl Warnings {
    /// Whether there is no warning.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.constant.is_empty()
            && self.duplicated.is_empty()
            && self.drifting.is_empty()
            && self.large_mean.is_empty()
            && !self.rank_one
            && !self.few_rows
            && !self.near_tie
            && !self.latent_rank_not_reached
            && !self.shared_response
    }
}

/// An operator in the caller's memory.
#[derive(Clone, Copy, Debug)]
pub struct ModelRef<'m, T> {
    pub(super) dmd: Dmd,
    pub(super) rank: usize,
    pub(super) path: FitPath,
    pub(super) rows: usize,
    pub(super) pairs: usize,
    pub(super) residual: T,
    pub(super) warnings: Warnings,
    pub(super) operator: MatRef<'m, T>,
    pub(super) basis: MatRef<'m, T>,
    pub(super) reduction: Option<MatRef<'m, T>>,
    pub(super) spectrum: &'m [T],
    /// The mean window, in conditioned samples; empty without centring.
    pub(super) mean: &'m [T],
    pub(super) intercept: &'m [T],
    pub(super) shift: &'m [T],
    pub(super) gain: &'m [T],
    pub(super) unit: T,
}

impl<'m, T: Scalar> ModelRef<'m, T> {
    /// The settings of the fit.
    #[must_use]
    pub const fn settings(&self) -> Dmd {
        self.dmd
    }

    /// The rank r of the operator.
    #[must_use]
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// The operator A, r x r in whitened coordinates: v_{t+s} is about A v_t. (p x p of rank r for
    /// reduced-rank regression under [`Dmd::dsa_metric`].)
    #[must_use]
    pub const fn operator(&self) -> MatRef<'m, T> {
        self.operator
    }

    /// U, p x k with orthonormal columns, k = r but for reduced-rank regression: v = S⁻¹ Uᵀ h.
    #[must_use]
    pub const fn basis(&self) -> MatRef<'m, T> {
        self.basis
    }

    /// Q, k x r, of reduced-rank regression: its coordinates are Qᵀ S⁻¹ Uᵀ h.
    #[must_use]
    pub const fn reduction(&self) -> Option<MatRef<'m, T>> {
        self.reduction
    }

    /// b of the affine regression that centring makes, v_{t+s} is about A v_t + b: as many numbers as the operator
    /// has rows, small unless trials begin elsewhere than they end. Empty without centring.
    #[must_use]
    pub const fn intercept(&self) -> &'m [T] {
        self.intercept
    }

    /// The singular values of the directions kept, descending, in the units of the (scaled) samples.
    #[must_use]
    pub fn singular_values(&self) -> &'m [T] {
        self.spectrum.get(..self.basis.cols()).unwrap_or(self.spectrum)
    }

    /// All min(rows, p) singular values of the Hankel matrix. On the Gram path, those below
    /// sqrt(eps) s_1 are rounding. On the paths of [`Dmd::fit`](crate::Dmd::fit) alone ([`FitPath::Krylov`],
    /// [`FitPath::CompensatedGram`]), those of the directions kept and an estimate of the next one.
    #[must_use]
    pub const fn spectrum(&self) -> &'m [T] {
        self.spectrum
    }

    /// s_1 / s_k over the kept directions.
    #[must_use]
    pub fn condition(&self) -> T {
        let values = self.singular_values();
        let first = values.first().copied().unwrap_or(T::ONE);
        first / values.last().copied().unwrap_or(T::ONE)
    }

    /// How the singular vectors were found.
    #[must_use]
    pub const fn path(&self) -> FitPath {
        self.path
    }

    /// |V₊ - V₋ Aᵀ| / |V₊|, the relative one-step error in whitened coordinates on the data of the fit.
    /// Below about sqrt(r eps) it is rounding.
    #[must_use]
    pub const fn residual(&self) -> T
    where
        T: Copy,
    {
        self.residual
    }

    /// Windows of all trials.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Pairs of windows of all trials: the effective sample count of the regression.
    #[must_use]
    pub const fn pairs(&self) -> usize {
        self.pairs
    }

    /// Channels of the recording.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.shift.len()
    }

    /// What a reader should know.
    #[must_use]
    pub const fn warnings(&self) -> Warnings {
        self.warnings
    }

    /// How the fit shifted and scaled samples.
    pub(super) const fn windows(&self) -> Windows<'m, T> {
        let conditioning = Conditioning { shift: self.shift, gain: self.gain };
        Windows { embedding: self.dmd.embedding(), conditioning, mean: self.mean }
    }

    /// Scalars of scratch for [`eigenvalues_in`](Self::eigenvalues_in).
    #[must_use]
    pub const fn eigenvalues_memory_len(&self) -> usize {
        eigenvalues_layout(self.operator.rows()).len()
    }

    /// The eigenvalues of the operator, by descending modulus, conjugate pairs adjacent with the
    /// positive imaginary part first.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`], [`Error::MemoryTooSmall`], [`Error::NotConverged`] (not seen).
    pub fn eigenvalues_in(
        &self,
        real: &mut [T],
        imaginary: &mut [T],
        memory: &mut [T],
    ) -> Result<(), Error> {
        let order = self.operator.rows();
        let ([copy], _) = eigenvalues_layout(order).cut(memory)?;
        let mut copy = MatMut::over(copy, order, order);
        copy.copy_from(self.operator)?;
        eigenvalues_in(&mut copy, real, imaginary)
    }

    /// A copy that owns its memory.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    #[cfg(feature = "alloc")]
    pub fn to_owned(&self) -> Result<Model<T>, Error> {
        Model::copy_of(self)
    }
}

/// A copy of the operator.
const fn eigenvalues_layout(order: usize) -> Layout<1> {
    Layout::new([area(order, order)])
}

/// An operator that owns its memory. [`as_ref`](Self::as_ref) gives everything that a [`ModelRef`] gives.
///
/// With the feature `serde` a model can be written and read again, to the bit where the format keeps the bits of a float; what
/// does not fit together is refused.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "super::stored_model::StoredModel<T>"))]
#[cfg_attr(feature = "serde", serde(try_from = "super::stored_model::StoredModel<T>"))]
#[cfg_attr(feature = "serde", serde(bound(serialize = "T: Scalar + serde::Serialize")))]
#[cfg_attr(feature = "serde", serde(bound(deserialize = "T: Scalar + serde::Deserialize<'de>")))]
pub struct Model<T> {
    pub(super) data: alloc::vec::Vec<T>,
    /// Operator, basis, reduction, spectrum, mean, intercept, shift and gain.
    pub(super) layout: Layout<8>,
    pub(super) numbers: ModelNumbers<T>,
}

/// What a model holds besides its slices.
#[cfg(feature = "alloc")]
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct ModelNumbers<T> {
    pub(super) dmd: Dmd,
    pub(super) rank: usize,
    pub(super) path: FitPath,
    pub(super) rows: usize,
    pub(super) pairs: usize,
    pub(super) residual: T,
    pub(super) warnings: Warnings,
    pub(super) unit: T,
    pub(super) channels: usize,
    /// Rows of the operator.
    pub(super) order: usize,
    /// Columns of the basis.
    pub(super) kept: usize,
    /// Whether there is a reduction.
    pub(super) reduced: bool,
}

#[cfg(feature = "alloc")]
impl<T: Scalar> Model<T> {
    fn copy_of(model: &ModelRef<'_, T>) -> Result<Self, Error> {
        let numbers = ModelNumbers {
            dmd: model.dmd,
            rank: model.rank,
            path: model.path,
            rows: model.rows,
            pairs: model.pairs,
            residual: model.residual,
            warnings: model.warnings,
            unit: model.unit,
            channels: model.shift.len(),
            order: model.operator.rows(),
            kept: model.basis.cols(),
            reduced: model.reduction.is_some(),
        };
        let matrices = [model.operator, model.basis, model.reduction.unwrap_or(MatRef::EMPTY)];
        let vectors = [model.spectrum, model.mean, model.intercept, model.shift, model.gain];
        let [operator, basis, reduction] =
            matrices.map(|matrix| area(matrix.rows(), matrix.cols()));
        let [spectrum, mean, intercept, shift, gain] = vectors.map(<[T]>::len);
        let layout =
            Layout::new([operator, basis, reduction, spectrum, mean, intercept, shift, gain]);
        let mut data = crate::matrix::try_zeros(layout.len())?;
        let from = matrices.iter().flat_map(MatRef::columns).chain(vectors).flatten();
        data.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        Ok(Self { data, layout, numbers })
    }

    /// The same model, with the rule that chose its rank in its settings.
    pub(crate) const fn chosen_by(mut self, rule: Rank, not_reached: bool) -> Self {
        self.numbers.dmd = self.numbers.dmd.rank(rule);
        self.numbers.warnings.latent_rank_not_reached = not_reached;
        self
    }

    /// The same model, with [`Centre::Condition`] in its settings.
    pub(crate) const fn without_condition_means(mut self) -> Self {
        self.numbers.dmd = self.numbers.dmd.centre(Centre::Condition);
        self
    }

    /// The same model, with the warning set or cleared.
    pub(crate) const fn with_shared_response(mut self, shared: bool) -> Self {
        self.numbers.warnings.shared_response = shared;
        self
    }

    /// The model as a view.
    #[must_use]
    pub fn as_ref(&self) -> ModelRef<'_, T> {
        let numbers = &self.numbers;
        let width = numbers.dmd.embedding().width(numbers.channels);
        let [operator, basis, reduction, spectrum, mean, intercept, shift, gain] =
            self.layout.view(&self.data);
        let matrix = |data, rows, cols| MatRef::over(data, rows, cols);
        ModelRef {
            dmd: numbers.dmd,
            rank: numbers.rank,
            path: numbers.path,
            rows: numbers.rows,
            pairs: numbers.pairs,
            residual: numbers.residual,
            warnings: numbers.warnings,
            operator: matrix(operator, numbers.order, numbers.order),
            basis: matrix(basis, width, numbers.kept),
            reduction: numbers.reduced.then(|| matrix(reduction, numbers.kept, numbers.rank)),
            spectrum,
            mean,
            intercept,
            shift,
            gain,
            unit: numbers.unit,
        }
    }

    /// The settings of the fit.
    #[must_use]
    pub const fn settings(&self) -> Dmd {
        self.numbers.dmd
    }

    /// The rank r.
    #[must_use]
    pub const fn rank(&self) -> usize {
        self.numbers.rank
    }

    /// The operator A; see [`ModelRef::operator`].
    #[must_use]
    pub fn operator(&self) -> MatRef<'_, T> {
        self.as_ref().operator
    }

    /// The basis U; see [`ModelRef::basis`].
    #[must_use]
    pub fn basis(&self) -> MatRef<'_, T> {
        self.as_ref().basis
    }

    /// The singular values kept; see [`ModelRef::singular_values`].
    #[must_use]
    pub fn singular_values(&self) -> &[T] {
        self.as_ref().singular_values()
    }

    /// All singular values; see [`ModelRef::spectrum`].
    #[must_use]
    pub fn spectrum(&self) -> &[T] {
        self.as_ref().spectrum
    }

    /// s_1 / s_k over the kept directions.
    #[must_use]
    pub fn condition(&self) -> T {
        self.as_ref().condition()
    }

    /// How the singular vectors were found.
    #[must_use]
    pub const fn path(&self) -> FitPath {
        self.numbers.path
    }

    /// The relative one-step error; see [`ModelRef::residual`].
    #[must_use]
    pub const fn residual(&self) -> T
    where
        T: Copy,
    {
        self.numbers.residual
    }

    /// What a reader should know.
    #[must_use]
    pub const fn warnings(&self) -> Warnings {
        self.numbers.warnings
    }

    /// The eigenvalues as (real, imaginary); see [`ModelRef::eigenvalues_in`].
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], [`Error::NotConverged`] (not seen).
    pub fn eigenvalues(&self) -> Result<alloc::vec::Vec<(T, T)>, Error> {
        let model = self.as_ref();
        let order = model.operator.rows();
        let layout = Layout::new([order, order, model.eigenvalues_memory_len()]);
        let mut memory = crate::matrix::try_zeros(layout.len())?;
        let ([real, imaginary, scratch], _) = layout.cut_checked(&mut memory);
        model.eigenvalues_in(real, imaginary, scratch)?;
        let mut pairs = alloc::vec::Vec::new();
        pairs.try_reserve_exact(order).map_err(|_| Error::OutOfMemory { scalars: order })?;
        pairs.extend(real.iter().copied().zip(imaginary.iter().copied()));
        Ok(pairs)
    }
}
