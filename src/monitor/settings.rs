//! Monitor settings.

use super::sizes::Sizes;
use crate::error::{Error, Setting};

/// Pairs of words that [`MonitorSettings::words`] writes.
pub(crate) const SETTINGS: usize = 11;

/// Which samples a report looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Window {
    /// The given number of latest blocks, all with the same weight. Memory for one more block is needed.
    Blocks(usize),
    /// All blocks. The weight of a block is multiplied by this factor, in (0, 1), whenever a later block is complete.
    /// Memory for two blocks is needed.
    Forgetting(f32),
}

impl Window {
    /// Number of blocks that the memory holds.
    pub(crate) const fn slots(self) -> usize {
        match self {
            Self::Blocks(blocks) => blocks.saturating_add(1),
            Self::Forgetting(_) => 2,
        }
    }
}

/// Monitor settings. Lengths are in samples; the defaults are for bins of 20 ms.
///
/// ```
/// use dynamical_similarity::monitor::{MonitorSettings, Window};
/// let settings = MonitorSettings::new().window(Window::Forgetting(0.85)).margin(3.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MonitorSettings {
    pub(crate) window: Window,
    pub(crate) block: usize,
    pub(crate) report_every: usize,
    pub(crate) least_pairs: usize,
    pub(crate) artefact: f32,
    pub(crate) most_rejected: f32,
    pub(crate) stuck: usize,
    pub(crate) limits: Option<(f32, f32)>,
    pub(crate) margin: f32,
}

impl Default for MonitorSettings {
    fn default() -> Self {
        Self::new()
    }
}

impl MonitorSettings {
    /// The default settings; each default is stated at its setting.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            window: Window::Blocks(6),
            block: 500,
            report_every: 3,
            least_pairs: 1500,
            artefact: 8.0,
            most_rejected: 0.1,
            stuck: 250,
            limits: None,
            margin: 2.5,
        }
    }

    /// The blocks that a report looks at; by default the last 6.
    #[must_use]
    pub const fn window(self, window: Window) -> Self {
        Self { window, ..self }
    }

    /// Samples per block; 500 by default. Sums run over one block, so keep it below 2000 in `f32`.
    #[must_use]
    pub const fn block(self, samples: usize) -> Self {
        Self { block: samples, ..self }
    }

    /// Blocks from one report to the next; 3 by default.
    #[must_use]
    pub const fn report_every(self, blocks: usize) -> Self {
        Self { report_every: blocks, ..self }
    }

    /// The least number of pairs of samples that every lag needs; 1500 by default.
    ///
    /// The null score falls as a / √pairs, so that detecting a change of size m at three standard deviations (sd, of the
    /// logarithm) needs (a·e^(3 sd) / m)² pairs.
    #[must_use]
    pub const fn least_pairs(self, pairs: usize) -> Self {
        Self { least_pairs: pairs, ..self }
    }

    /// Samples more than this many standard deviations from a channel's mean are discarded as artefacts; 8 by default.
    /// Beyond 1e15 standard deviations a sample is always discarded.
    #[must_use]
    pub const fn artefact(self, standard_deviations: f32) -> Self {
        Self { artefact: standard_deviations, ..self }
    }

    /// The largest share of the samples of a window that may be discarded; 0.1 by default. Missing samples do not count.
    #[must_use]
    pub const fn most_rejected(self, part: f32) -> Self {
        Self { most_rejected: part, ..self }
    }

    /// The number of equal samples in a row from which on a channel is stuck; 250 by default, and 0 for never.
    #[must_use]
    pub const fn stuck(self, samples: usize) -> Self {
        Self { stuck: samples, ..self }
    }

    /// The range of the converter: a sample at or beyond either end is saturated. There are no limits by default.
    #[must_use]
    pub const fn limits(self, lowest: f32, highest: f32) -> Self {
        Self { limits: Some((lowest, highest)), ..self }
    }

    /// The score above which a change of dynamics is an alarm, in units of the distance of one block of the calibration from the
    /// others; 2.5 by default. The scores that unit turnover causes without a change of dynamics should stay below the margin;
    /// measure them on recordings of your own.
    #[must_use]
    pub const fn margin(self, score: f32) -> Self {
        Self { margin: score, ..self }
    }

    /// The name and the words of every setting, in the order of the fields: two settings are equal if and only if their
    /// words are. A saved state carries the words, because its sums, counts and decisions were made under these settings.
    pub(crate) fn words(&self) -> [(&'static str, [u32; 2]); SETTINGS] {
        // Without `..`, so that a field that is added later cannot be forgotten here.
        let Self {
            window,
            block,
            report_every,
            least_pairs,
            artefact,
            most_rejected,
            stuck,
            limits,
            margin,
        } = *self;
        let count = |x: usize| {
            let x = x as u64;
            [x as u32, (x >> 32) as u32]
        };
        // Adding zero makes one number of the two zeros, which compare as equal.
        let bits = |x: f32| (x + 0.0).to_bits();
        let (kind, length) = match window {
            Window::Blocks(blocks) => (0, count(blocks)),
            Window::Forgetting(factor) => (1, [bits(factor), 0]),
        };
        let (limited, range) = match limits {
            None => (0, [0; 2]),
            Some((lowest, highest)) => (1, [bits(lowest), bits(highest)]),
        };
        [
            ("the kind of the setting `window`", [kind, 0]),
            ("the setting `window`", length),
            ("the setting `block`", count(block)),
            ("the setting `report_every`", count(report_every)),
            ("the setting `least_pairs`", count(least_pairs)),
            ("the setting `artefact`", [bits(artefact), 0]),
            ("the setting `most_rejected`", [bits(most_rejected), 0]),
            ("the setting `stuck`", count(stuck)),
            ("whether there are `limits`", [limited, 0]),
            ("the setting `limits`", range),
            ("the setting `margin`", [bits(margin), 0]),
        ]
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] with the name of the first setting outside its range.
    pub(crate) const fn check(&self) -> Result<(), Error> {
        match self.window {
            Window::Blocks(0) => return bad(Setting::Window, "at least one block"),
            Window::Forgetting(factor) if !(factor > 0.0 && factor < 1.0) => {
                return bad(Setting::Window, "a factor between 0 and 1");
            }
            _ => {}
        }
        if self.block <= self.window.slots() || self.block > 1 << 20 {
            return bad(Setting::Block, "more samples than there are blocks, at most 2^20");
        }
        if self.report_every == 0 {
            return bad(Setting::ReportEvery, "at least one block");
        }
        if self.least_pairs == 0 {
            return bad(Setting::LeastPairs, "at least 1");
        }
        if !(self.artefact > 0.0) {
            return bad(Setting::Artefact, "positive");
        }
        if !(self.most_rejected >= 0.0 && self.most_rejected <= 1.0) {
            return bad(Setting::MostRejected, "between 0 and 1");
        }
        if let Some((lowest, highest)) = self.limits
            && !(lowest < highest)
        {
            return bad(Setting::Limits, "the lower one first");
        }
        if !(self.margin >= 0.0) {
            return bad(Setting::Margin, "not negative");
        }
        Ok(())
    }
}

/// Checks that an analysis of these sizes is possible.
///
/// # Errors
/// [`Error::Empty`] without channels; [`Error::InvalidSetting`] with the name of the first size outside its range.
pub(crate) const fn check_sizes(sizes: Sizes) -> Result<(), Error> {
    if sizes.channels == 0 {
        return Err(Error::Empty);
    }

    if sizes.channels > 256 || sizes.delays > 256 {
        return bad(Setting::Shape, "of at most 256 channels and 256 delays");
    }
    if sizes.delays < 2 {
        return bad(Setting::Delays, "at least 2");
    }
    if sizes.rank == 0 || sizes.rank > sizes.width() {
        return bad(Setting::Rank, "between 1 and channels x delays");
    }
    Ok(())
}

const fn bad(setting: Setting, expected: &'static str) -> Result<(), Error> {
    Err(Error::InvalidSetting { setting, expected })
}
