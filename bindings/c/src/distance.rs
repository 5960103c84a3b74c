//! Distances between operators.

use crate::fit::{ds_matrix, ds_matrix_f32_t, ds_matrix_f64_t};
use crate::pointers::{Details, Input, Output, Span, answer, check_apart};
use crate::status::{ds_error_t, ds_status_t};
use dynamical_similarity::{
    ComparisonRef, Effort, MatRef, Metric, Procrustes, Scalar, UnequalRanks, Wasserstein,
    WassersteinOrder,
};

/// A distance between operators, over all orthogonal C.
pub type ds_metric_t = u32;
/// The angle between A and C B C', in radians.
pub const DS_METRIC_ANGULAR: ds_metric_t = 0;
/// The chord 2 sin(angle / 2).
pub const DS_METRIC_CHORDAL: ds_metric_t = 1;
/// The Frobenius norm of A - C B C', without normalisation.
pub const DS_METRIC_FROBENIUS: ds_metric_t = 2;

/// The effort of the search. A larger effort never gives a worse result.
pub type ds_effort_t = u32;
/// About 300 r³ multiply-adds.
pub const DS_EFFORT_FAST: ds_effort_t = 0;
/// About 6 000 r³ multiply-adds.
pub const DS_EFFORT_DEFAULT: ds_effort_t = 1;
/// About 18 000 r³ multiply-adds.
pub const DS_EFFORT_THOROUGH: ds_effort_t = 2;

/// The treatment of operators of different ranks.
pub type ds_unequal_ranks_t = u32;
/// Refuse them.
pub const DS_UNEQUAL_RANKS_ERROR: ds_unequal_ranks_t = 0;
/// Pad the smaller with zeros.
pub const DS_UNEQUAL_RANKS_PAD: ds_unequal_ranks_t = 1;
/// Transport unequal masses exactly: for eigenvalues only.
pub const DS_UNEQUAL_RANKS_TRANSPORT: ds_unequal_ranks_t = 2;

/// The mean of the displacements of eigenvalues.
pub type ds_wasserstein_order_t = u32;
/// The root of the mean square.
pub const DS_WASSERSTEIN_TWO: ds_wasserstein_order_t = 0;
/// The mean.
pub const DS_WASSERSTEIN_ONE: ds_wasserstein_order_t = 1;
/// The mean square, which is not a metric.
pub const DS_WASSERSTEIN_TWO_SQUARED: ds_wasserstein_order_t = 2;

/// Settings of a Procrustes comparison; all zero but for the effort is the default.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ds_procrustes_t {
    /// The distance.
    pub metric: ds_metric_t,
    /// The effort of the search.
    pub effort: ds_effort_t,
    /// The treatment of operators of different ranks.
    pub unequal_ranks: ds_unequal_ranks_t,
}

/// Settings of a comparison of eigenvalues; all zero is the default.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ds_wasserstein_t {
    /// The mean of the displacements.
    pub order: ds_wasserstein_order_t,
    /// The treatment of operators of different ranks.
    pub unequal_ranks: ds_unequal_ranks_t,
}

fn unequal_ranks(value: ds_unequal_ranks_t) -> Result<UnequalRanks, ds_error_t> {
    match value {
        DS_UNEQUAL_RANKS_ERROR => Ok(UnequalRanks::Error),
        DS_UNEQUAL_RANKS_PAD => Ok(UnequalRanks::Pad),
        DS_UNEQUAL_RANKS_TRANSPORT => Ok(UnequalRanks::Transport),
        _ => Err(ds_error_t::invalid("unequal_ranks")),
    }
}

fn effort(value: ds_effort_t) -> Result<Effort, ds_error_t> {
    match value {
        DS_EFFORT_FAST => Ok(Effort::Fast),
        DS_EFFORT_DEFAULT => Ok(Effort::Default),
        DS_EFFORT_THOROUGH => Ok(Effort::Thorough),
        _ => Err(ds_error_t::invalid("effort")),
    }
}

impl ds_procrustes_t {
    fn settings(&self) -> Result<Procrustes, ds_error_t> {
        let metric = match self.metric {
            DS_METRIC_ANGULAR => Metric::Angular,
            DS_METRIC_CHORDAL => Metric::Chordal,
            DS_METRIC_FROBENIUS => Metric::Frobenius,
            _ => return Err(ds_error_t::invalid("metric")),
        };
        let (effort, ranks) = (effort(self.effort)?, unequal_ranks(self.unequal_ranks)?);
        Ok(Procrustes::new().metric(metric).effort(effort).unequal_ranks(ranks))
    }
}

impl ds_wasserstein_t {
    fn settings(&self) -> Result<Wasserstein, ds_error_t> {
        let order = match self.order {
            DS_WASSERSTEIN_TWO => WassersteinOrder::Two,
            DS_WASSERSTEIN_ONE => WassersteinOrder::One,
            DS_WASSERSTEIN_TWO_SQUARED => WassersteinOrder::TwoSquared,
            _ => return Err(ds_error_t::invalid("order")),
        };
        Ok(Wasserstein::new().order(order).unequal_ranks(unequal_ranks(self.unequal_ranks)?))
    }
}

/// The defaults: the angle, with the default effort, between operators of one rank.
#[unsafe(no_mangle)]
pub extern "C" fn ds_procrustes_default() -> ds_procrustes_t {
    ds_procrustes_t {
        metric: DS_METRIC_ANGULAR,
        effort: DS_EFFORT_DEFAULT,
        unequal_ranks: DS_UNEQUAL_RANKS_ERROR,
    }
}

/// The defaults: the root of the mean square displacement, between operators of one rank.
#[unsafe(no_mangle)]
pub extern "C" fn ds_wasserstein_default() -> ds_wasserstein_t {
    ds_wasserstein_t { order: DS_WASSERSTEIN_TWO, unequal_ranks: DS_UNEQUAL_RANKS_ERROR }
}

/// Scalars of memory that `ds_distance_f32` and `ds_distance_f64` need for operators of rank `rank` (the larger
/// one): `DS_DISTANCE_MEMORY_LEN` as a function. `SIZE_MAX` for a number that is no effort.
#[unsafe(no_mangle)]
pub extern "C" fn ds_distance_memory_len(rank: usize, effort: ds_effort_t) -> usize {
    self::effort(effort)
        .map_or(usize::MAX, |effort| Procrustes::new().effort(effort).memory_len(rank))
}

/// Scalars of memory that `ds_wasserstein_f32` and `ds_wasserstein_f64` need for operators of two ranks:
/// `DS_WASSERSTEIN_MEMORY_LEN` as a function. `SIZE_MAX` for a number that says nothing about unequal ranks.
#[unsafe(no_mangle)]
pub extern "C" fn ds_wasserstein_memory_len(
    left: usize,
    right: usize,
    unequal_ranks: ds_unequal_ranks_t,
) -> usize {
    self::unequal_ranks(unequal_ranks)
        .map_or(usize::MAX, |ranks| Wasserstein::new().unequal_ranks(ranks).memory_len(left, right))
}

/// The result of a comparison.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ds_comparison<T> {
    /// The distance, in the units of the metric. The true distance is between `lower_bound` and this value.
    pub distance: T,
    /// A lower bound of the distance.
    pub lower_bound: T,
    /// The cosine of the angle.
    pub cosine: T,
    /// |A| / |B|. Angle and chord do not depend on this factor.
    pub norm_ratio: T,
    /// Evaluations of the objective.
    pub evaluations: usize,
    /// Whether the lower bound proves the distance, to 0.1 % or to rounding.
    pub certified: bool,
    /// The orthogonal C with A ~ C B C'; it lies in the memory of the comparison.
    pub transform: ds_matrix<T>,
}

impl<T: Scalar> ds_comparison<T> {
    fn of(found: &ComparisonRef<'_, T>) -> Self {
        Self {
            distance: found.distance(),
            lower_bound: found.lower_bound(),
            cosine: found.cosine(),
            norm_ratio: found.norm_ratio(),
            evaluations: found.evaluations(),
            certified: found.is_certified(),
            transform: ds_matrix::of(found.transform()),
        }
    }
}

/// Settings, two operators and memory, checked; what is written meets nothing else.
struct Pair<'a, S, T> {
    settings: &'a S,
    operators: [MatRef<'a, T>; 2],
    memory: &'a mut [T],
}

impl<S: Copy, T: Scalar> Pair<'_, S, T> {
    /// # Safety
    /// Every pointer leads to as many values as its length says, and no one else writes to them while the pair
    /// lives.
    unsafe fn new(
        settings: *const S,
        matrices: [*const ds_matrix<T>; 2],
        memory: Output<T>,
        [out, details]: [Span; 2],
    ) -> Result<Self, ds_error_t> {
        let settings = Input::new(settings, 1, "settings")?;
        let [a, b] = matrices;
        let (a, b) = (Input::new(a, 1, "a")?, Input::new(b, 1, "b")?);
        let written = [memory.span(), out, details];
        check_apart(&written, &[settings.span(), a.span(), b.span()])?;
        // SAFETY: the caller's promise.
        let operators = unsafe { [matrix(&a, &written, "a")?, matrix(&b, &written, "b")?] };
        // SAFETY: the caller's promise.
        let settings = unsafe { settings.one() }?;
        // SAFETY: the caller's promise; nothing that is read lies there.
        Ok(Self { settings, operators, memory: unsafe { memory.zeros() } })
    }
}

/// # Safety
/// The matrix and its entries are there, and no one writes to them while the view lives.
unsafe fn matrix<'a, T: Scalar>(
    matrix: &Input<ds_matrix<T>>,
    written: &[Span],
    name: &'static str,
) -> Result<MatRef<'a, T>, ds_error_t> {
    // SAFETY: the caller's promise.
    let matrix = unsafe { matrix.one() }?;
    let entries = Input::new(matrix.entries, matrix.rows.saturating_mul(matrix.columns), name)?;
    check_apart(written, &[entries.span()])?;
    // SAFETY: the caller's promise.
    Ok(MatRef::new(unsafe { entries.slice() }, matrix.rows, matrix.columns)?)
}

macro_rules! distances {
    ($scalar:ty, $matrix:ident, $comparison:ident, $distance:ident, $wasserstein:ident) => {
        /// The result of a comparison.
        pub type $comparison = ds_comparison<$scalar>;

        /// Compares two operators by Procrustes analysis over vector fields.
        ///
        /// `memory` needs `ds_distance_memory_len` scalars of the larger rank and may hold anything.
        /// `*comparison` is written for `DS_OK` alone; its transform lies in `memory`. `error` may be null.
        ///
        /// # Safety
        /// Every pointer leads to as many values as its length says (`settings`, `a`, `b`, `comparison` and
        /// `error`: one; the entries of a matrix: `rows * columns`), and no one else writes to them during the
        /// call. Null, misalignment, impossible lengths and overlap with what is written are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $distance(
            settings: *const ds_procrustes_t,
            a: *const $matrix,
            b: *const $matrix,
            memory: *mut $scalar,
            memory_len: usize,
            comparison: *mut $comparison,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let memory = Output::new(memory, memory_len, "memory")?;
                let out = Output::new(comparison, 1, "comparison")?;
                let written = [out.span(), details.span()];
                // SAFETY: the caller's promise.
                let pair = unsafe { Pair::new(settings, [a, b], memory, written)? };
                let [a, b] = pair.operators;
                let found =
                    ds_comparison::of(&pair.settings.settings()?.compare_in(a, b, pair.memory)?);
                // SAFETY: the caller's promise.
                unsafe { out.write(found) };
                Ok(())
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }

        /// The Wasserstein distance between the eigenvalues of two operators.
        ///
        /// `memory` needs `ds_wasserstein_memory_len` scalars and may hold anything. `*distance` is written for
        /// `DS_OK` alone. `error` may be null.
        ///
        /// # Safety
        /// Every pointer leads to as many values as its length says (`settings`, `a`, `b`, `distance` and
        /// `error`: one; the entries of a matrix: `rows * columns`), and no one else writes to them during the
        /// call. Null, misalignment, impossible lengths and overlap with what is written are refused.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $wasserstein(
            settings: *const ds_wasserstein_t,
            a: *const $matrix,
            b: *const $matrix,
            memory: *mut $scalar,
            memory_len: usize,
            distance: *mut $scalar,
            error: *mut ds_error_t,
        ) -> ds_status_t {
            let work = |details: &Details| {
                let memory = Output::new(memory, memory_len, "memory")?;
                let out = Output::new(distance, 1, "distance")?;
                let written = [out.span(), details.span()];
                // SAFETY: the caller's promise.
                let pair = unsafe { Pair::new(settings, [a, b], memory, written)? };
                let [a, b] = pair.operators;
                let found = pair.settings.settings()?.compare_in(a, b, pair.memory)?;
                // SAFETY: the caller's promise.
                unsafe { out.write(found) };
                Ok(())
            };
            // SAFETY: the caller's promise.
            unsafe { answer(error, work) }
        }
    };
}

distances!(f32, ds_matrix_f32_t, ds_comparison_f32_t, ds_distance_f32, ds_wasserstein_f32);
distances!(f64, ds_matrix_f64_t, ds_comparison_f64_t, ds_distance_f64, ds_wasserstein_f64);
