//! Status codes, their messages, and the details of a refusal.

use core::ffi::{CStr, c_char};
use core::ptr::null;
use dynamical_similarity::Error;

/// The result of a call. Output is written only for `DS_OK`.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ds_status_t {
    /// Done.
    DS_OK = 0,
    /// A pointer is null although it should point at something. `subject` names the argument, here and for the next three
    /// codes; for the samples of a trial, `trial` says which.
    DS_NULL_POINTER = 1,
    /// An address is not a multiple of its type's alignment.
    DS_MISALIGNED_POINTER = 2,
    /// A length in bytes exceeds half the address space, or reaches beyond its end.
    DS_LENGTH_OVERFLOW = 3,
    /// Memory that would be written (`subject`) overlaps something else that is read or written.
    DS_OVERLAP = 4,
    /// A sample is NaN or infinite: `trial`, `sample`, `channel`.
    DS_NON_FINITE = 5,
    /// An entry of a matrix is NaN or infinite, or became so by overflow: `row`, `column`.
    DS_NON_FINITE_ENTRY = 6,
    /// There is no trial, no channel, no sample or no entry.
    DS_EMPTY = 7,
    /// A trial has too few samples: `trial`, `needed`, `got`.
    DS_TOO_SHORT = 8,
    /// No channel varies, or `channel` does not and must.
    DS_DEGENERATE_SIGNAL = 9,
    /// The past predicts nothing of the samples that follow.
    DS_UNPREDICTABLE = 10,
    /// There are too few windows: `needed`, `got`.
    DS_TOO_FEW_WINDOWS = 11,
    /// The rank asked for (`got`) exceeds the number of directions that the data have (`needed`).
    DS_RANK_TOO_LARGE = 12,
    /// Two operators have different ranks: `needed` is the first one's, `got` the second one's.
    DS_RANK_MISMATCH = 13,
    /// A size does not fit the others: `subject`, `needed`, `got`.
    DS_SHAPE_MISMATCH = 14,
    /// A trial is longer in one of two recordings that are compared sample by sample.
    DS_UNPAIRED = 15,
    /// The memory given is too small, in scalars: `needed`, `got`.
    DS_MEMORY_TOO_SMALL = 16,
    /// An allocator refused. Nothing here allocates.
    DS_OUT_OF_MEMORY = 17,
    /// An operator is zero, so it has no angle to another.
    DS_ZERO_OPERATOR = 18,
    /// A matrix that must be invertible is singular.
    DS_SINGULAR = 19,
    /// An iteration (`subject`) reached its bound (`needed`).
    DS_NOT_CONVERGED = 20,
    /// A setting is outside its range: `subject` names it, `expected` says what would be right.
    DS_INVALID_SETTING = 21,
    /// A refusal that is newer than this interface.
    DS_OTHER = 22,
    /// Stored words differ from those that were written: `subject` says what does not fit.
    DS_CORRUPTED = 23,
    /// A block of a calibration has too few pairs of samples, because too many are missing: `block`, `needed`, `got`.
    DS_TOO_FEW_PAIRS = 24,
    /// An argument (`subject`) is not a state: no function has begun it, or it has ended.
    DS_NOT_BEGUN = 25,
    /// A result (`subject`) is larger than the largest number of the scalar, although what it was made from is finite.
    DS_OVERFLOW = 26,
    /// A channel hardly changes in a block of a calibration although it changes elsewhere: `channel`, `block`.
    DS_STUCK_CHANNEL = 27,
    /// Most of the variance of `channel` lies between the blocks of a calibration.
    DS_DRIFTING_CHANNEL = 28,
    /// Samples that follow one another are nearly equal: `needed` samples should be replaced by their mean.
    DS_OVERSAMPLED = 29,
    /// `channel` is a linear combination of the channels before it.
    DS_DEPENDENT_CHANNEL = 30,
    /// An entry of a matrix of distances is negative or not symmetric: `row`, `column`. No function here returns it.
    DS_NOT_A_DISTANCE = 31,
    /// There are too few groups to compare: `needed`, `got`. No function here returns it.
    DS_TOO_FEW_GROUPS = 32,
    /// Labels have only one arrangement. No function here returns it.
    DS_NOTHING_TO_PERMUTE = 33,
    /// There are too few recordings to compare with each other: `needed`, `got`. No function here returns it.
    DS_TOO_FEW_RECORDINGS = 34,
    /// A recording has too few blocks to be resampled: `needed`, `got`. No function here returns it.
    DS_TOO_FEW_BLOCKS = 35,
    /// The caller stopped a long computation before its end. No function here returns it.
    DS_STOPPED = 36,
    /// A controlled system cannot be identified from so few windows: `needed`, `got`. No function here returns it.
    DS_TOO_FEW_COLUMNS = 37,
    /// Known inputs leave directions of their windows empty: `needed`, `got`. No function here returns it.
    DS_INPUTS_NOT_EXCITING = 38,
    /// An output, `channel`, is a multiple of an input, `column`. No function here returns it.
    DS_INPUT_IS_OUTPUT = 39,
    /// Stored words have the format of another release: `subject`, `needed` (the version that this library reads), `got`. Make
    /// them anew: calibrate again.
    DS_OTHER_VERSION = 40,
}

use ds_status_t::*;

/// In `ds_error_t`: there is no such index or size.
///
/// cbindgen:ignore
pub const DS_NONE: usize = usize::MAX;

/// The details of a refusal; they are not written for `DS_OK`. Indices count from 0. Each status says which fields it uses;
/// the others are `DS_NONE` or null.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ds_error_t {
    /// The status that was returned.
    pub status: ds_status_t,
    /// Which trial.
    pub trial: usize,
    /// Which sample in time.
    pub sample: usize,
    /// Which channel.
    pub channel: usize,
    /// Which row of a matrix.
    pub row: usize,
    /// Which column of a matrix.
    pub column: usize,
    /// Which block of a calibration.
    pub block: usize,
    /// The size that is needed.
    pub needed: usize,
    /// The size that was given.
    pub got: usize,
    /// The argument, size or setting, in words. It does not end with a zero: print it with `"%.*s"`.
    pub subject: *const c_char,
    /// Characters of `subject`.
    pub subject_len: usize,
    /// What would be right, in words. It does not end with a zero.
    pub expected: *const c_char,
    /// Characters of `expected`.
    pub expected_len: usize,
}

impl ds_error_t {
    pub(crate) const fn new(status: ds_status_t) -> Self {
        Self {
            status,
            trial: DS_NONE,
            sample: DS_NONE,
            channel: DS_NONE,
            row: DS_NONE,
            column: DS_NONE,
            block: DS_NONE,
            needed: DS_NONE,
            got: DS_NONE,
            subject: null(),
            subject_len: 0,
            expected: null(),
            expected_len: 0,
        }
    }

    /// The same, about something with a name.
    pub(crate) const fn about(self, subject: &'static str) -> Self {
        Self { subject: subject.as_ptr().cast(), subject_len: subject.len(), ..self }
    }

    const fn expecting(self, expected: &'static str) -> Self {
        Self { expected: expected.as_ptr().cast(), expected_len: expected.len(), ..self }
    }

    const fn sizes(self, needed: usize, got: usize) -> Self {
        Self { needed, got, ..self }
    }

    /// A setting that is none of its values.
    pub(crate) const fn invalid(setting: &'static str) -> Self {
        Self::new(DS_INVALID_SETTING).about(setting).expecting("one of its values in the header")
    }
}

impl From<Error> for ds_error_t {
    fn from(error: Error) -> Self {
        let new = Self::new;
        match error {
            Error::NonFinite { trial, sample, channel } => {
                Self { trial, sample, channel, ..new(DS_NON_FINITE) }
            }
            Error::NonFiniteEntry { row, column } => {
                Self { row, column, ..new(DS_NON_FINITE_ENTRY) }
            }
            Error::Overflow { what } => new(DS_OVERFLOW).about(what),
            Error::Empty => new(DS_EMPTY),
            Error::TooShort { trial, needed, got } => {
                Self { trial, ..new(DS_TOO_SHORT) }.sizes(needed, got)
            }
            Error::DegenerateSignal { channel } => {
                Self { channel: channel.unwrap_or(DS_NONE), ..new(DS_DEGENERATE_SIGNAL) }
            }
            Error::Unpredictable => new(DS_UNPREDICTABLE),
            Error::TooFewWindows { needed, got } => new(DS_TOO_FEW_WINDOWS).sizes(needed, got),
            Error::Corrupted { what } => new(DS_CORRUPTED).about(what),
            Error::OtherVersion { what, expected, got } => {
                new(DS_OTHER_VERSION).about(what).sizes(expected as usize, got as usize)
            }
            Error::TooFewPairs { block, needed, got } => {
                Self { block, ..new(DS_TOO_FEW_PAIRS) }.sizes(needed, got)
            }
            Error::StuckChannel { channel, block } => {
                Self { channel, block, ..new(DS_STUCK_CHANNEL) }
            }
            Error::DriftingChannel { channel } => Self { channel, ..new(DS_DRIFTING_CHANNEL) },
            Error::Oversampled { factor } => new(DS_OVERSAMPLED).sizes(factor, DS_NONE),
            Error::DependentChannel { channel } => Self { channel, ..new(DS_DEPENDENT_CHANNEL) },
            Error::RankTooLarge { requested, available } => {
                new(DS_RANK_TOO_LARGE).sizes(available, requested)
            }
            Error::RankMismatch { left, right } => new(DS_RANK_MISMATCH).sizes(left, right),
            Error::ShapeMismatch { what, expected, got } => {
                new(DS_SHAPE_MISMATCH).about(what).sizes(expected, got)
            }
            Error::NotADistance { row, column } => Self { row, column, ..new(DS_NOT_A_DISTANCE) },
            Error::TooFewGroups { needed, got } => new(DS_TOO_FEW_GROUPS).sizes(needed, got),
            Error::NothingToPermute => new(DS_NOTHING_TO_PERMUTE),
            Error::TooFewRecordings { needed, got } => {
                new(DS_TOO_FEW_RECORDINGS).sizes(needed, got)
            }
            Error::TooFewBlocks { needed, got } => new(DS_TOO_FEW_BLOCKS).sizes(needed, got),
            Error::Unpaired { trial, left, right } => {
                Self { trial, ..new(DS_UNPAIRED) }.sizes(left, right)
            }
            Error::MemoryTooSmall { needed, got } => new(DS_MEMORY_TOO_SMALL).sizes(needed, got),
            Error::OutOfMemory { scalars } => new(DS_OUT_OF_MEMORY).sizes(scalars, DS_NONE),
            Error::ZeroOperator => new(DS_ZERO_OPERATOR),
            Error::Singular => new(DS_SINGULAR),
            Error::NotConverged { what, iterations } => {
                new(DS_NOT_CONVERGED).about(what).sizes(iterations, DS_NONE)
            }
            Error::InvalidSetting { setting, expected } => {
                new(DS_INVALID_SETTING).about(setting.name()).expecting(expected)
            }
            Error::Stopped => new(DS_STOPPED),
            Error::TooFewColumns { needed, got } => new(DS_TOO_FEW_COLUMNS).sizes(needed, got),
            Error::InputsNotExciting { needed, got } => {
                new(DS_INPUTS_NOT_EXCITING).sizes(needed, got)
            }
            Error::InputIsOutput { input, output } => {
                Self { channel: output, column: input, ..new(DS_INPUT_IS_OUTPUT) }
            }
            _ => new(DS_OTHER),
        }
    }
}

const MESSAGES: [&CStr; 41] = [
    c"done",
    c"a pointer is null",
    c"an address is not aligned to its type",
    c"a length does not fit into the address space",
    c"memory that is written overlaps something else",
    c"a sample is not a finite number",
    c"an entry of a matrix is not a finite number",
    c"empty input: at least one trial, one channel, one sample and one entry are required",
    c"a trial has too few samples; use fewer delays, a shorter interval or a longer recording",
    c"the signal is constant: there are no dynamics to compare",
    c"the past predicts nothing of the samples that follow",
    c"there are too few windows; use fewer delays or a longer recording",
    c"the data have fewer directions than the rank asked for",
    c"two operators have different ranks, and the settings do not say what to do then",
    c"a size does not fit the others",
    c"two recordings are not paired sample by sample",
    c"the memory given is too small",
    c"an allocator refused",
    c"a zero operator has no angle to another; the Frobenius metric is defined",
    c"a matrix is singular to working precision; use a ridge or a lower rank",
    c"an iteration reached its bound",
    c"a setting is outside its range",
    c"another refusal",
    c"stored words are damaged, or of another kind",
    c"a block of the calibration has too few pairs of samples; record it again with fewer gaps",
    c"an argument is not a state: nothing has begun it, or it has ended",
    c"a result is too large for this precision; multiply the data by a small factor, or use double precision",
    c"a channel is stuck in a part of the calibration; leave it out, or record it again",
    c"a channel drifts: most of its variance lies between the blocks of the calibration; remove the drift",
    c"samples that follow one another are nearly equal; replace several by their mean",
    c"a channel is a linear combination of the channels before it; leave it out",
    c"an entry of a matrix of distances is negative, or differs from the entry on the other side of the diagonal",
    c"there are too few groups to compare",
    c"permuting the labels changes nothing; use strata in which labels differ, or none",
    c"there are too few recordings to compare with each other",
    c"a recording has too few blocks to be resampled",
    c"the caller stopped the computation before its end",
    c"there are too few windows of inputs and outputs; use a shorter window or a longer recording",
    c"the inputs leave directions of their windows empty; use a shorter window, or inputs that vary more",
    c"an output is a multiple of an input at all times; leave one of them out",
    c"stored words have the format of another release; make them anew: calibrate again with this release",
];

/// The meaning of a status, in English. The text is static and ends with a zero. It is never null, not even for a number
/// that is not a status.
#[unsafe(no_mangle)]
pub extern "C" fn ds_status_message(status: i32) -> *const c_char {
    let found = usize::try_from(status).ok().and_then(|status| MESSAGES.get(status));
    found.copied().unwrap_or(c"not a status of this library").as_ptr()
}
