//! The windows of a fan, from the time scale of the recordings.

use crate::dmd::settings::Dmd;

/// A window of a fan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct FanWindow {
    /// Samples of a window, d.
    pub delays: usize,
    /// Samples from one delay to the next, tau.
    pub interval: usize,
    /// Samples between the windows of a pair, k.
    pub steps_ahead: usize,
}

impl FanWindow {
    /// The settings of a fit with this window; the rank is left to the caller.
    #[must_use]
    pub const fn dmd(&self) -> Dmd {
        Dmd::new().delays(self.delays).interval(self.interval).steps_ahead(self.steps_ahead)
    }

    /// Pairs of windows of a trial.
    pub(super) const fn pairs(&self, samples: usize) -> usize {
        samples.saturating_sub(
            self.delays
                .saturating_sub(1)
                .saturating_mul(self.interval)
                .saturating_add(self.steps_ahead),
        )
    }
}

/// What windows follow from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// Autocorrelation time, in samples.
    pub(super) time: f64,
    /// Samples of the shortest trial of all recordings.
    pub(super) samples: usize,
    pub(super) components: usize,
}

/// Delays of a window, at most.
const DELAYS: usize = 12;
/// Entries of a window, at most.
const ENTRIES: f64 = 200.0;
/// Spans of the windows, in units of the base span.
const SPANS: [f64; 6] = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0];
/// A window spans at most this share of a trial.
const LONGEST: f64 = 0.4;

impl Scale {
    /// The base span, in samples.
    pub(super) fn base_span(&self) -> f64 {
        self.span_of(4.0).max(2.0)
    }

    /// A span of several autocorrelation times, 16 samples at least and an eighth of a trial at most.
    fn span_of(&self, times: f64) -> f64 {
        (times * self.time).max(16.0).min(self.samples as f64 / 8.0)
    }

    /// The window of a span.
    fn window(&self, span: f64, most_delays: usize, steps_ahead: usize) -> Option<FanWindow> {
        let samples = self.samples as f64;
        let room = ENTRIES.min(samples / 3.0) / self.components.max(1) as f64;
        let delays = round(span).min(most_delays).min(room as usize).max(1);
        let interval = round(span / delays as f64).max(1);
        let reach = delays.saturating_sub(1).saturating_mul(interval);
        (reach as f64 <= LONGEST * samples).then_some(FanWindow { delays, interval, steps_ahead })
    }

    /// The windows, from short to long, each once.
    pub(super) fn windows(&self) -> impl Iterator<Item = FanWindow> {
        let most_ahead = (self.samples / 20).max(1);
        let steps_ahead = round(self.time / 4.0).max(1).min(most_ahead);
        let mut last = None;
        let base = self.base_span();
        SPANS.into_iter().filter_map(move |share| {
            let window = self.window(share * base, DELAYS, steps_ahead)?;
            (last.replace(window) != Some(window)).then_some(window)
        })
    }

    /// The window of a single operator.
    pub(super) fn single(&self) -> Option<FanWindow> {
        self.window(self.span_of(3.0).max(1.0), 5, round(self.time / 2.0).max(1))
    }
}

/// The nearest whole number, the even one of two; not negative.
fn round(x: f64) -> usize {
    libm::rint(x.max(0.0)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(time: f64, samples: usize, components: usize) -> Vec<(usize, usize, usize)> {
        let scale = Scale { time, samples, components };
        scale.windows().map(|w| (w.delays, w.interval, w.steps_ahead)).collect()
    }

    /// Worked out by hand from the rule in the documentation of the module.
    #[test]
    fn windows_follow_the_rule() {
        // S0 = max(16, 4 * 5) = 20: spans 2.5, 5, 10, 20, 40, 80; k = round(1.25) = 1.
        let expected = [(2, 1, 1), (5, 1, 1), (10, 1, 1), (12, 2, 1), (12, 3, 1), (12, 7, 1)];
        assert_eq!(windows(5.0, 2000, 1), expected);
        // 10 components: 200 / 10 = 20 entries leave room for 12 delays; 60 samples for 2, and the span is 7.5.
        let expected = [(1, 1, 1), (2, 1, 1), (2, 2, 1), (2, 4, 1), (2, 8, 1), (2, 15, 1)];
        assert_eq!(windows(5.0, 60, 10), expected);
        // S0 = 80: the window of 320 samples does not fit into 400, where S0 is 50 at most.
        assert_eq!(windows(20.0, 400, 2).last(), Some(&(12, 8, 5)));
    }

    #[test]
    fn equal_windows_are_taken_once() {
        for samples in 4..200 {
            let found = windows(1.0, samples, 3);
            let mut once = found.clone();
            once.dedup();
            assert_eq!(found, once);
            assert!(found.iter().all(|(delays, tau, _)| 5 * (delays - 1) * tau <= 2 * samples));
        }
    }

    #[test]
    fn halves_are_rounded_to_the_even_number() {
        assert_eq!([0.5, 1.5, 2.5, 2.6, -1.0].map(round), [0, 2, 2, 3, 0]);
    }
}
