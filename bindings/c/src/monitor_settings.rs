//! What a monitor is told.

use crate::calibration::{ds_scores_t, scores, shape};
use crate::fit::ds_shape_t;
use crate::status::ds_error_t;
use dynamical_similarity::monitor::{Monitor, MonitorSettings, Window};

/// Which kind of window.
pub type ds_window_kind_t = u32;
/// The last `blocks` blocks, all alike.
pub const DS_WINDOW_BLOCKS: ds_window_kind_t = 0;
/// All blocks, each with a weight that is multiplied by `factor` with every block that follows.
pub const DS_WINDOW_FORGETTING: ds_window_kind_t = 1;

/// Which samples a report looks at.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ds_window_t {
    /// Which kind.
    pub kind: ds_window_kind_t,
    /// Blocks of the first kind; memory is taken for one more.
    pub blocks: usize,
    /// Factor of the second kind, between 0 and 1; memory is taken for two blocks.
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

/// Settings of a monitor. `ds_monitor_default` fills them. Lengths are in samples.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ds_monitor_settings_t {
    /// Which blocks a report looks at.
    pub window: ds_window_t,
    /// Samples of a block. In `float` keep it below 2000.
    pub block: usize,
    /// Blocks from one report to the next.
    pub report_every: usize,
    /// Pairs of samples that every lag needs.
    pub least_pairs: usize,
    /// Standard deviations of the calibration beyond which a sample is an artefact.
    pub artefact: f32,
    /// Part of the samples of a window that may be left out. Missing samples do not count.
    pub most_rejected: f32,
    /// Equal samples in a row that mean that a channel is stuck; 0 for never.
    pub stuck: usize,
    /// The range of the converter: a sample at or beyond either end is saturated. Minus infinity
    pub lowest: f32,
    /// and infinity for no range.
    pub highest: f32,
    /// Score in radians above which a change of dynamics is an alarm.
    pub margin: f32,
    /// The same for the operator between canonical variates.
    pub canonical_margin: f32,
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
            .margin(self.margin)
            .canonical_margin(self.canonical_margin);
        Ok(if self.lowest == f32::NEG_INFINITY && self.highest == f32::INFINITY {
            settings
        } else {
            settings.limits(self.lowest, self.highest)
        })
    }
}

/// For bins of 20 ms: windows of 6 blocks of 500 samples, a report every 3 blocks, 1500 pairs, artefacts beyond 8
/// standard deviations, a tenth left out at most, stuck after 250 samples, no range, margins of 0.08 and 0.13 rad.
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
        margin: 0.08,
        canonical_margin: 0.13,
    }
}

/// Scalars of memory that a monitor needs: `DS_MONITOR_MEMORY_LEN` as a function. `SIZE_MAX` if it cannot be
/// counted, or for a number that names no scores or no window.
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
