//! The error type of the crate: what was wrong, and what would be right.

use core::fmt;

/// Why an operation was refused. Small, `Copy`, without text of its own; [`Display`](fmt::Display)
/// writes full sentences.
///
/// Whatever returns an error leaves its inputs, settings and accumulated state as they were; the
/// contents of scratch and output memory are unspecified.
///
/// ```
/// use dynamical_similarity::{Error, Recording};
/// let samples = [1.0_f64, 2.0, f64::NAN, 4.0];
/// let error = Recording::new(&samples, 2).unwrap_err();
/// assert_eq!(error, Error::NonFinite { trial: 0, sample: 1, channel: 0 });
/// assert_eq!(error.to_string(), "trial 0, sample 1, channel 0 is not a finite number");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Error {
    /// A sample is NaN or infinite.
    NonFinite {
        /// Which trial, counted from 0.
        trial: usize,
        /// Which sample in time, counted from 0.
        sample: usize,
        /// Which channel, counted from 0.
        channel: usize,
    },
    /// An entry of a matrix or a vector is NaN or infinite, or became so by overflow.
    NonFiniteEntry {
        /// Row, counted from 0.
        row: usize,
        /// Column, counted from 0.
        column: usize,
    },
    /// A result is larger than the largest number of the scalar, although what it was made from is finite.
    Overflow {
        /// Which result, in words.
        what: &'static str,
    },
    /// The input is empty: at least one trial, one channel and one sample are required.
    Empty,
    /// A trial has too few samples in time.
    TooShort {
        /// Which trial, counted from 0.
        trial: usize,
        /// Samples that it needs: (delays - 1) interval + steps ahead + 1.
        needed: usize,
        /// Samples that it has.
        got: usize,
    },
    /// Everything in the recording is constant (`channel: None`), or one channel that must vary is.
    DegenerateSignal {
        /// The channel that does not vary; `None` when none of them does.
        channel: Option<usize>,
    },
    /// The past predicts less than a thousandth of the energy of the samples that follow, or no more than chance
    /// would: white noise, as every rule sees it that looks at predictions ([`Rank::Latent`](crate::Rank::Latent),
    /// [`Rank::StateOrder`](crate::Rank::StateOrder), [`Rank::Predictive`](crate::Rank::Predictive)).
    Unpredictable,
    /// There are too few windows for a rule that chooses a rank.
    TooFewWindows {
        /// Windows that the rule needs.
        needed: usize,
        /// Windows that there are.
        got: usize,
    },
    /// There are fewer columns (windows of inputs and outputs) than the identification of a controlled system has rows.
    TooFewColumns {
        /// Columns that are needed.
        needed: usize,
        /// Columns that there are.
        got: usize,
    },
    /// Known inputs leave directions of their windows empty, so that their effects cannot be told apart.
    InputsNotExciting {
        /// Directions of a window of inputs, all of which must vary.
        needed: usize,
        /// Directions that vary.
        got: usize,
    },
    /// An output of a controlled system is a multiple of one of its inputs at all times.
    InputIsOutput {
        /// Which input, counted from 0.
        input: usize,
        /// Which output, counted from 0.
        output: usize,
    },
    /// Stored data are not what was written: a wrong checksum, length, version or kind.
    Corrupted {
        /// What does not fit, in words.
        what: &'static str,
    },
    /// Stored data have the format of another release.
    OtherVersion {
        /// What is stored, in words.
        what: &'static str,
        /// The version of the format that this release reads.
        expected: u32,
        /// The version of the stored data.
        got: u32,
    },
    /// A stretch of a calibration has too few pairs of samples.
    TooFewPairs {
        /// Which stretch, counted from 0.
        block: usize,
        /// Pairs that it needs.
        needed: usize,
        /// Pairs that it has.
        got: usize,
    },
    /// A channel hardly changes in a stretch of a calibration, and does elsewhere.
    StuckChannel {
        /// Which channel, counted from 0.
        channel: usize,
        /// The first such stretch, counted from 0.
        block: usize,
    },
    /// Most of a channel's variance lies between the stretches of a calibration, not within them.
    DriftingChannel {
        /// Which channel, counted from 0.
        channel: usize,
    },
    /// Samples that follow one another are nearly equal.
    Oversampled {
        /// Samples whose mean should take the place of each sample.
        factor: usize,
    },
    /// A channel is a linear combination of channels before it.
    DependentChannel {
        /// Which channel, counted from 0.
        channel: usize,
    },
    /// The rank asked for exceeds the number of directions that the data have.
    RankTooLarge {
        /// The rank asked for.
        requested: usize,
        /// The largest possible rank.
        available: usize,
    },
    /// Two operators have different ranks, and the settings do not say what to do then.
    RankMismatch {
        /// Rank of the first.
        left: usize,
        /// Rank of the second.
        right: usize,
    },
    /// A size does not fit the others.
    ShapeMismatch {
        /// Which size, in words.
        what: &'static str,
        /// The size that would fit.
        expected: usize,
        /// The size that was given.
        got: usize,
    },
    /// An entry of a matrix of distances is negative, is on the diagonal and not zero, or differs from the entry on the
    /// other side of the diagonal.
    NotADistance {
        /// Row, counted from 0.
        row: usize,
        /// Column, counted from 0.
        column: usize,
    },
    /// Recordings are compared between groups, and there are too few groups.
    TooFewGroups {
        /// Groups that are needed.
        needed: usize,
        /// Groups that there are.
        got: usize,
    },
    /// Recordings are compared with each other, and there are too few of them.
    TooFewRecordings {
        /// Recordings that are needed.
        needed: usize,
        /// Recordings that there are.
        got: usize,
    },
    /// A recording is to be resampled, and is cut into too few blocks for that.
    TooFewBlocks {
        /// Blocks that are needed.
        needed: usize,
        /// Blocks that there are.
        got: usize,
    },
    /// Labels have only one arrangement: all are equal, or all recordings of each stratum have the same.
    NothingToPermute,
    /// Two recordings are compared sample by sample, and a trial is longer in one of them.
    Unpaired {
        /// Which trial, counted from 0.
        trial: usize,
        /// Samples that it has in the first recording; 0 if it is missing.
        left: usize,
        /// Samples that it has in the second.
        right: usize,
    },
    /// The caller's memory is too small.
    MemoryTooSmall {
        /// Scalars needed.
        needed: usize,
        /// Scalars given.
        got: usize,
    },
    /// The allocator refused.
    OutOfMemory {
        /// Scalars asked for.
        scalars: usize,
    },
    /// The callback of a long computation asked for its end ([`OnProgress`](crate::OnProgress)).
    Stopped,
    /// An operator is zero: it has no direction, so no angle to another.
    ZeroOperator,
    /// A matrix that must be invertible is singular to working precision.
    Singular,
    /// An iteration reached its bound.
    NotConverged {
        /// Which iteration, in words, without an article.
        what: &'static str,
        /// The bound that was reached.
        iterations: usize,
    },
    /// A setting is outside its range.
    InvalidSetting {
        /// Which setting.
        setting: Setting,
        /// What would be right.
        expected: &'static str,
    },
}

/// A setting, as [`Error::InvalidSetting`] names it.
///
/// ```
/// use dynamical_similarity::{Dmd, Error, Recording, Setting};
/// let samples = [0.0_f64, 1.0, 0.0, -1.0];
/// let error = Dmd::new().delays(2).ridge(-1.0).fit(&[Recording::new(&samples, 1)?]).unwrap_err();
/// assert!(matches!(error, Error::InvalidSetting { setting: Setting::Ridge, .. }));
/// assert_eq!(Setting::StepsAhead.name(), "steps_ahead");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Setting {
    /// [`MonitorSettings::artefact`](crate::monitor::MonitorSettings::artefact).
    Artefact,
    /// [`MonitorSettings::block`](crate::monitor::MonitorSettings::block).
    Block,
    /// [`CalibratorSettings::blocks`](crate::monitor::CalibratorSettings::blocks).
    Blocks,
    /// [`CalibratorSettings::cut`](crate::monitor::CalibratorSettings::cut).
    Cut,
    /// [`Dmd::centre`](crate::Dmd::centre).
    Centre,
    /// The labels of conditions, one per trial.
    Conditions,
    /// [`CalibratorSettings::decimation`](crate::monitor::CalibratorSettings::decimation).
    Decimation,
    /// [`Dmd::delays`](crate::Dmd::delays).
    Delays,
    /// [`Procrustes::effort`](crate::Procrustes::effort).
    Effort,
    /// The eigenvalues of a `Spectrum`.
    Eigenvalues,
    /// [`Embedding`](crate::Embedding).
    Embedding,
    /// [`Rank::ExplainedVariance`](crate::Rank::ExplainedVariance).
    ExplainedVariance,
    /// A factor of forgetting.
    Factor,
    /// The hop of an `Stft`.
    Hop,
    /// [`Horizon`](crate::Horizon).
    Horizon,
    /// [`Dmd::interval`](crate::Dmd::interval).
    Interval,
    /// A lag of covariances.
    Lag,
    /// The largest rank that a rule tries, and its steps ahead.
    LargestRank,
    /// [`MonitorSettings::least_pairs`](crate::monitor::MonitorSettings::least_pairs).
    LeastPairs,
    /// The level of an [`Interval`](crate::statistics::Interval).
    Level,
    /// [`MonitorSettings::limits`](crate::monitor::MonitorSettings::limits).
    Limits,
    /// [`MonitorSettings::margin`](crate::monitor::MonitorSettings::margin).
    Margin,
    /// [`MonitorSettings::most_rejected`](crate::monitor::MonitorSettings::most_rejected).
    MostRejected,
    /// The order of the operators.
    Order,
    /// [`Dmd::dsa_metric`](crate::Dmd::dsa_metric).
    DsaMetric,
    /// [`Permutations::count`](crate::statistics::Permutations::count).
    Permutations,
    /// The position of a delay ring.
    Position,
    /// The values that [`q_values`](crate::statistics::q_values) takes.
    PValues,
    /// [`Dmd::rank`](crate::Dmd::rank).
    Rank,
    /// [`Rank::Threshold`](crate::Rank::Threshold).
    RankThreshold,
    /// [`Dmd::reduced_rank`](crate::Dmd::reduced_rank).
    ReducedRank,
    /// [`MonitorSettings::report_every`](crate::monitor::MonitorSettings::report_every).
    ReportEvery,
    /// The residuals of the eigenvalues that are kept of a `Spectrum`.
    Residual,
    /// [`Dmd::ridge`](crate::Dmd::ridge).
    Ridge,
    /// [`CalibratorSettings::new`](crate::monitor::CalibratorSettings::new).
    SamplingRate,
    /// [`Dmd::scale`](crate::Dmd::scale).
    Scale,
    /// [`log_spectrum`](crate::features::log_spectrum).
    Segment,
    /// [`Shape`](crate::Shape).
    Shape,
    /// The shift of lag covariances.
    Shift,
    /// [`Dmd::steps_ahead`](crate::Dmd::steps_ahead).
    StepsAhead,
    /// [`MonitorSettings::stuck`](crate::monitor::MonitorSettings::stuck).
    Stuck,
    /// [`Procrustes::unequal_ranks`](crate::Procrustes::unequal_ranks).
    UnequalRanks,
    /// [`MonitorSettings::window`](crate::monitor::MonitorSettings::window).
    Window,
}

impl Setting {
    /// The name of the setting in the code: that of its method, field or variant, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Artefact => "artefact",
            Self::Block => "block",
            Self::Blocks => "blocks",
            Self::Cut => "cut",
            Self::Centre => "centre",
            Self::Conditions => "conditions",
            Self::Decimation => "decimation",
            Self::Delays => "delays",
            Self::Effort => "effort",
            Self::Eigenvalues => "eigenvalues",
            Self::Embedding => "embedding",
            Self::ExplainedVariance => "explained_variance",
            Self::Factor => "factor",
            Self::Hop => "hop",
            Self::Horizon => "horizon",
            Self::Interval => "interval",
            Self::Lag => "lag",
            Self::LargestRank => "largest_rank",
            Self::LeastPairs => "least_pairs",
            Self::Level => "level",
            Self::Limits => "limits",
            Self::Margin => "margin",
            Self::MostRejected => "most_rejected",
            Self::Order => "order",
            Self::DsaMetric => "dsa_metric",
            Self::Permutations => "permutations",
            Self::Position => "position",
            Self::PValues => "p_values",
            Self::Rank => "rank",
            Self::RankThreshold => "rank_threshold",
            Self::ReducedRank => "reduced_rank",
            Self::ReportEvery => "report_every",
            Self::Residual => "residual",
            Self::Ridge => "ridge",
            Self::SamplingRate => "sampling_rate",
            Self::Scale => "scale",
            Self::Segment => "segment",
            Self::Shape => "shape",
            Self::Shift => "shift",
            Self::StepsAhead => "steps_ahead",
            Self::Stuck => "stuck",
            Self::UnequalRanks => "unequal_ranks",
            Self::Window => "window",
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Error {
    /// The same error, about trial `trial`; for a caller that checks trials one at a time.
    ///
    /// ```
    /// use dynamical_similarity::Error;
    /// let error = Error::TooShort { trial: 0, needed: 12, got: 3 }.in_trial(4);
    /// assert_eq!(error, Error::TooShort { trial: 4, needed: 12, got: 3 });
    /// ```
    #[must_use]
    pub const fn in_trial(self, trial: usize) -> Self {
        match self {
            Self::NonFinite { sample, channel, .. } => Self::NonFinite { trial, sample, channel },
            Self::TooShort { needed, got, .. } => Self::TooShort { trial, needed, got },
            other => other,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NonFinite { trial, sample, channel } => {
                write!(
                    f,
                    "trial {trial}, sample {sample}, channel {channel} is not a finite number"
                )
            }
            Self::NonFiniteEntry { row, column } => {
                write!(f, "the entry in row {row}, column {column} is not a finite number")
            }
            Self::Overflow { what } => write!(
                f,
                "{what} would be larger than the largest number of this precision; multiply the data by a \
                 small factor, or use double precision"
            ),
            Self::Empty => write!(
                f,
                "empty input: at least one trial, one channel and one sample are required"
            ),
            Self::TooShort { trial, needed, got } => write!(
                f,
                "trial {trial} has {} in time and needs at least {needed}; use fewer delays, a shorter \
                 interval or a longer recording",
                Counted(got, "sample")
            ),
            Self::DegenerateSignal { channel: None } => {
                write!(f, "the recording is constant: there are no dynamics to compare")
            }
            Self::DegenerateSignal { channel: Some(channel) } => {
                write!(f, "channel {channel} is constant; leave it out")
            }
            Self::Unpredictable => write!(
                f,
                "the past predicts less than 0.1 % of the samples that follow, or no more than chance would: \
                 there are no dynamics to compare in white noise, and no rank can be found for a recording that \
                 drifts; if it has dynamics, give the rank as a number"
            ),
            Self::TooFewWindows { needed, got } => write!(
                f,
                "there {} {} and the rule for the rank needs {needed}; use fewer delays or a longer \
                 recording, or give the rank as a number",
                if got == 1 { "is" } else { "are" },
                Counted(got, "window")
            ),
            Self::TooFewColumns { needed, got } => write!(
                f,
                "there {} {} of inputs and outputs, and identification needs {needed}; use a shorter window or \
                 a longer recording",
                if got == 1 { "is" } else { "are" },
                Counted(got, "window")
            ),
            Self::InputsNotExciting { needed, got } => write!(
                f,
                "the inputs vary in a part of the directions of their windows alone ({got} of {needed}), as \
                 constant or slow inputs and a few sines do; use a shorter window, or inputs that vary more"
            ),
            Self::InputIsOutput { input, output } => write!(
                f,
                "output {output} is a multiple of input {input} at all times; leave one of them out"
            ),
            Self::Corrupted { what } => {
                write!(f, "the stored data are damaged or of another kind: {what} does not fit")
            }
            Self::OtherVersion { what, expected, got } => write!(
                f,
                "the {what} has version {got} of its format, and this release reads version {expected}; make the \
                 {what} anew with this release"
            ),
            Self::TooFewPairs { block, needed, got } => write!(
                f,
                "block {block} of the calibration has {} of samples and needs {needed}; record it again with \
                 fewer gaps",
                Counted(got, "pair")
            ),
            Self::StuckChannel { channel, block } => write!(
                f,
                "channel {channel} hardly changes in block {block} of the calibration: it is stuck there; leave \
                 it out, or record it again"
            ),
            Self::DriftingChannel { channel } => write!(
                f,
                "channel {channel} drifts: most of its variance lies between the blocks of the calibration; \
                 remove the drift, or record it again"
            ),
            Self::Oversampled { factor } => write!(
                f,
                "samples that follow one another are nearly equal; replace every {} by their mean",
                Counted(factor, "sample")
            ),
            Self::DependentChannel { channel } => write!(
                f,
                "channel {channel} is a linear combination of the channels before it (a copy, or an average \
                 reference); leave it out"
            ),
            Self::RankTooLarge { requested, available } => write!(
                f,
                "rank {requested} was asked for, but the data have only {}; use a rank of at most \
                 {available}",
                Counted(available, "direction")
            ),
            Self::RankMismatch { left, right } => write!(
                f,
                "the operators have ranks {left} and {right}; fit both at one rank, or choose what \
                 to do with unequal ranks"
            ),
            Self::ShapeMismatch { what, expected, got } => {
                write!(f, "{what} is {got} and must be {expected}")
            }
            Self::NotADistance { row, column } => write!(
                f,
                "the entry in row {row}, column {column} is not a distance: distances are not negative, are zero on \
                 the diagonal, and are the same from both sides"
            ),
            Self::TooFewGroups { needed, got } => write!(
                f,
                "there {} {} and a comparison of groups needs at least {needed}",
                if got == 1 { "is" } else { "are" },
                Counted(got, "group")
            ),
            Self::TooFewRecordings { needed, got } => write!(
                f,
                "there are too few recordings to compare with each other: {got} of at least {needed}"
            ),
            Self::TooFewBlocks { needed, got } => write!(
                f,
                "the recording has {} of the {needed} that resampling needs, each long enough to be independent of the \
                 others; use a longer recording, more trials, fewer delays or a shorter interval",
                Counted(got, "block")
            ),
            Self::NothingToPermute => write!(
                f,
                "permuting the labels changes nothing: every recording of a stratum has the same label; use strata \
                 in which labels differ, or none"
            ),
            Self::Unpaired { trial, left, right } => write!(
                f,
                "the samples are not paired: trial {trial} has {left} in one recording and {right} in \
                 the other; a comparison of states needs the same trials of the same lengths"
            ),
            Self::MemoryTooSmall { needed, got } => {
                let verb = if needed == 1 { "is" } else { "are" };
                write!(
                    f,
                    "the memory given holds {} and {needed} {verb} needed",
                    Counted(got, "scalar")
                )
            }
            Self::OutOfMemory { scalars } => {
                let scalars = Counted(scalars, "scalar");
                write!(f, "no memory for {scalars}; use fewer delays or channels")
            }
            Self::Stopped => write!(f, "the caller stopped the computation before its end"),
            Self::ZeroOperator => {
                write!(
                    f,
                    "a zero operator has no angle to another; the Frobenius metric is defined"
                )
            }
            Self::Singular => {
                write!(f, "a matrix is singular to working precision; use a ridge or a lower rank")
            }
            Self::NotConverged { what, iterations } => {
                let iterations = Counted(iterations, "iteration");
                write!(f, "the {what} did not converge within {iterations}")
            }
            Self::InvalidSetting { setting, expected } => {
                write!(f, "the setting `{setting}` must be {expected}")
            }
        }
    }
}

impl core::error::Error for Error {}

/// A number and what it counts: "1 sample", "2 samples".
struct Counted(usize, &'static str);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, one) = *self;
        write!(f, "{count} {one}{}", if count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, Setting};
    use std::{fs, path::Path};

    /// One of each kind, with every count the same.
    fn every_kind(n: usize) -> Vec<Error> {
        vec![
            Error::NonFinite { trial: n, sample: n, channel: n },
            Error::NonFiniteEntry { row: n, column: n },
            Error::Empty,
            Error::TooShort { trial: n, needed: n, got: n },
            Error::DegenerateSignal { channel: None },
            Error::DegenerateSignal { channel: Some(n) },
            Error::Unpredictable,
            Error::TooFewWindows { needed: n, got: n },
            Error::Corrupted { what: "a size" },
            Error::TooFewPairs { block: n, needed: n, got: n },
            Error::RankTooLarge { requested: n, available: n },
            Error::RankMismatch { left: n, right: n },
            Error::ShapeMismatch { what: "the number of rows", expected: n, got: n },
            Error::Unpaired { trial: n, left: n, right: n },
            Error::MemoryTooSmall { needed: n, got: n },
            Error::OutOfMemory { scalars: n },
            Error::ZeroOperator,
            Error::Singular,
            Error::NotConverged { what: "eigenvalue iteration", iterations: n },
            Error::InvalidSetting { setting: Setting::Rank, expected: "at least 1" },
            Error::Overflow { what: "a sum of squares" },
            Error::StuckChannel { channel: n, block: n },
            Error::DriftingChannel { channel: n },
            Error::Oversampled { factor: n },
            Error::DependentChannel { channel: n },
            Error::NotADistance { row: n, column: n },
            Error::TooFewGroups { needed: n, got: n },
            Error::NothingToPermute,
            Error::TooFewRecordings { needed: n, got: n },
            Error::TooFewBlocks { needed: n, got: n },
            Error::Stopped,
            Error::TooFewColumns { needed: n, got: n },
            Error::InputsNotExciting { needed: n, got: n },
            Error::InputIsOutput { input: n, output: n },
            Error::OtherVersion { what: "calibration", expected: 2, got: 1 },
        ]
    }

    /// A kind that is missing in [`every_kind`] does not compile here or fails below.
    fn number(error: Error) -> usize {
        match error {
            Error::NonFinite { .. } => 0,
            Error::NonFiniteEntry { .. } => 1,
            Error::Empty => 2,
            Error::TooShort { .. } => 3,
            Error::DegenerateSignal { channel: None } => 4,
            Error::DegenerateSignal { channel: Some(_) } => 5,
            Error::Unpredictable => 6,
            Error::TooFewWindows { .. } => 7,
            Error::Corrupted { .. } => 8,
            Error::TooFewPairs { .. } => 9,
            Error::RankTooLarge { .. } => 10,
            Error::RankMismatch { .. } => 11,
            Error::ShapeMismatch { .. } => 12,
            Error::Unpaired { .. } => 13,
            Error::MemoryTooSmall { .. } => 14,
            Error::OutOfMemory { .. } => 15,
            Error::ZeroOperator => 16,
            Error::Singular => 17,
            Error::NotConverged { .. } => 18,
            Error::InvalidSetting { .. } => 19,
            Error::Overflow { .. } => 20,
            Error::StuckChannel { .. } => 21,
            Error::DriftingChannel { .. } => 22,
            Error::Oversampled { .. } => 23,
            Error::DependentChannel { .. } => 24,
            Error::NotADistance { .. } => 25,
            Error::TooFewGroups { .. } => 26,
            Error::NothingToPermute => 27,
            Error::TooFewRecordings { .. } => 28,
            Error::TooFewBlocks { .. } => 29,
            Error::Stopped => 30,
            Error::TooFewColumns { .. } => 31,
            Error::InputsNotExciting { .. } => 32,
            Error::InputIsOutput { .. } => 33,
            Error::OtherVersion { .. } => 34,
        }
    }

    fn check_words(sentence: &str) {
        let words: Vec<&str> = sentence.split_whitespace().collect();
        for pair in words.windows(2) {
            assert_ne!(pair[0], pair[1], "a word twice: {sentence}");
            let counted = pair[1].trim_end_matches([',', ';', '.', ':']);
            let plural =
                counted.ends_with('s') && !["is", "has", "was", "drifts"].contains(&counted);
            assert!(pair[0] != "1" || !plural && counted != "are", "one of many: {sentence}");
            assert!(pair != ["are", "1"], "one of many: {sentence}");
        }
    }

    #[test]
    fn no_message_has_a_word_twice_or_one_of_many() {
        for count in [0, 1, 2] {
            for (i, error) in every_kind(count).into_iter().enumerate() {
                assert_eq!(number(error), i);
                check_words(&error.to_string());
            }
        }
    }

    /// What follows `NotConverged {` in the sources, up to the closing brace.
    fn iterations(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                iterations(&path, found);
            } else if !path.ends_with("error.rs") {
                let text = fs::read_to_string(&path).unwrap();
                for piece in text.split("NotConverged {").skip(1) {
                    let body = piece.split('}').next().unwrap();
                    if body.contains("what") {
                        let name = body.split('"').nth(1);
                        found.push(name.unwrap_or_else(|| panic!("{path:?}: {body}")).to_string());
                    }
                }
            }
        }
    }

    #[test]
    fn every_iteration_is_named_without_an_article() {
        let mut found = Vec::new();
        iterations(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.len() >= 7, "{found:?}");
        for what in found {
            let article = ["the ", "a ", "an "].iter().any(|article| what.starts_with(article));
            assert!(!article && !what.is_empty(), "{what}");
            check_words(&what);
        }
    }

    #[test]
    fn the_error_is_small_enough_to_return_by_value() {
        assert!(size_of::<Error>() <= 5 * size_of::<usize>());
    }
}
