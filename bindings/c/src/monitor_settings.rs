//! Monitor settings.

use crate::calibration::{ds_scores_t, scores, shape};
use crate::fit::ds_shape_t;
use crate::status::ds_error_t;
use dynamical_similarity::monitor::{Monitor, MonitorSettings, Window};

/// The kind of a window.
pub type ds_window_kind_t = u32;
/// The last `blocks` blocks, all with the same weight.
pub const DS_WINDOW_BLOCKS: ds_window_kind_t = 0;
/// All blocks. The weight of a block is multiplied by `factor` whenever a later block is complete.
pub const DS_WINDOW_FORGETTING: ds_window_kind_t = 1;

/// The samples that a report looks at.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ds_window_t {
    /// The kind of window.
    pub kind: ds_window_kind_t,
    /// For `DS_WINDOW_BLOCKS`: the number of blocks. Memory for one more block is needed.
    pub blocks: usize,
    /// For `DS_WINDOW_FORGETTING`: the factor, between 0 and 1. Memory for two blocks is needed.
    pub factor: f32,
}

impl ds_window_t {
    pub(crate) fn window(self) -> Result<Window, ds_error_t> {
        match self.kind {
            DS_WINDOW_BLOCKS => Ok(Window::Blocks(self.blocks)),
            DS_WINDOW_FORGETTING => Ok(Window::Forgetting(self.factor)),
            _ => Err(ds_error_t::invalid("window")),
        }
    }
}

/// Monitor settings. `ds_monitor_default` returns the defaults. Lengths are in samples.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ds_monitor_settings_t {
    /// The blocks that a report looks at.
    pub window: ds_window_t,
    /// Samples per block. Keep it below 2000 in `float`.
    pub block: usize,
    /// Blocks from one report to the next.
    pub report_every: usize,
    /// The least number of pairs of samples that every lag needs.
    pub least_pairs: usize,
    /// Samples more than this many standard deviations from a channel's mean are discarded as artefacts.
    pub artefact: f32,
    /// The largest share of the samples of a window that may be discarded. Missing samples do not count.
    pub most_rejected: f32,
    /// The number of equal samples in a row from which on a channel is stuck; 0 for never.
    pub stuck: usize,
    /// The lower end of the converter's range; minus infinity for none. A sample at or beyond either end is saturated.
    pub lowest: f32,
    /// The upper end of the converter's range; infinity for none.
    pub highest: f32,
    /// The score above which a change of dynamics is an alarm; 1 is the distance of one block of the calibration from the others.
    pub margin: f32,
}

impl ds_monitor_settings_t {
    pub(crate) fn settings(&self) -> Result<MonitorSettings, ds_error_t> {
        let settings = MonitorSettings::new()
            .window(self.window.window()?)
            .block(self.block)
            .report_every(self.report_every)
            .least_pairs(self.least_pairs)
            .artefact(self.artefact)
            .most_rejected(self.most_rejected)
            .stuck(self.stuck)
            .margin(self.margin);
        Ok(if self.lowest == f32::NEG_INFINITY && self.highest == f32::INFINITY {
            settings
        } else {
            settings.limits(self.lowest, self.highest)
        })
    }
}

/// The defaults, for bins of 20 ms: windows of 6 blocks of 500 samples, a report every 3 blocks, 1500 pairs, artefacts
/// beyond 8 standard deviations, at most a tenth of the samples discarded, stuck after 250 samples, no range, a margin of
/// 2.5.
#[unsafe(no_mangle)]
pub extern "C" fn ds_monitor_default() -> ds_monitor_settings_t {
    ds_monitor_settings_t {
        window: ds_window_t { kind: DS_WINDOW_BLOCKS, blocks: 6, factor: 0.0 },
        block: 500,
        report_every: 3,
        least_pairs: 1500,
        artefact: 8.0,
        most_rejected: 0.1,
        stuck: 250,
        lowest: f32::NEG_INFINITY,
        highest: f32::INFINITY,
        margin: 2.5,
    }
}

/// Scalars of memory that a monitor needs: `DS_MONITOR_MEMORY_LEN` as a function. Returns `SIZE_MAX` if it
/// cannot be counted, or for an unknown kind of scores or of window.
#[unsafe(no_mangle)]
pub extern "C" fn ds_monitor_memory_len(
    shape: ds_shape_t,
    scores: ds_scores_t,
    window: ds_window_t,
) -> usize {
    match (self::scores(scores), window.window()) {
        (Ok(scores), Ok(window)) => {
            Monitor::<f32, ()>::memory_len(self::shape(shape), scores, window)
        }
        _ => usize::MAX,
    }
}
