//! Checks of the monitor's samples, and counts of those that failed.

use super::settings::MonitorSettings;
use crate::data::channels::ChannelSet;
use crate::matrix::Cells;
use crate::scalar::{Real, Scalar};

/// Counters of a block in addition to its sums: samples due, samples missing, samples discarded by [`Cause`], and the sum
/// of squared weights.
pub(crate) const TALLY: usize = 7;
const DUE: usize = 0;
const MISSING: usize = 1;
const SQUARES: usize = 6;

/// A sample more than this many standard deviations from the mean is an artefact whatever the setting, because its square
/// would leave the range of `f32`.
const FARTHEST: f64 = 1e15;

/// The reason why a sample was discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    NonFinite = 2,
    Saturated = 3,
    Stuck = 4,
    Artefact = 5,
}

/// All causes, the gravest first: a sample counts for the first one that applies.
pub(crate) const CAUSES: [Cause; 4] =
    [Cause::NonFinite, Cause::Saturated, Cause::Stuck, Cause::Artefact];

/// The channels in which each cause was met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FaultyChannels {
    pub(crate) of: [ChannelSet; 4],
    /// Whether sample numbers jumped.
    pub(crate) clock: bool,
}

impl FaultyChannels {
    pub(crate) fn of(&self, cause: Cause) -> ChannelSet {
        let at = CAUSES.iter().position(|other| *other == cause);
        at.and_then(|at| self.of.get(at)).copied().unwrap_or_default()
    }

    fn insert(&mut self, cause: Cause, channel: usize) {
        for (set, other) in self.of.iter_mut().zip(CAUSES) {
            if other == cause {
                set.insert(channel);
            }
        }
    }

    pub(crate) fn merged(mut self, other: Self) -> Self {
        for (set, other) in self.of.iter_mut().zip(other.of) {
            *set = set.union(other);
        }
        Self { clock: self.clock || other.clock, ..self }
    }
}

/// The checks of a sample, with the last value of every channel and the number of times that it was repeated.
pub(crate) struct Screen<'a, T> {
    pub(crate) mean: &'a [T],
    /// 1 / standard deviation of the calibration.
    pub(crate) gain: &'a [T],
    pub(crate) last: &'a mut [T],
    pub(crate) repeats: &'a mut [T],
}

impl<T: Scalar> Screen<'_, T> {
    /// Checks a sample; returns `None` if it may be used.
    pub(crate) fn inspect<S: Copy + Into<T>>(
        &mut self,
        sample: &[S],
        settings: &MonitorSettings,
        channels: &mut FaultyChannels,
    ) -> Option<Cause> {
        let mut found = [false; 4];
        let limit = T::from(settings.artefact).smaller(T::of(FARTHEST));
        let scaling = self.mean.iter().zip(self.gain);
        let memory = self.last.iter_mut().zip(self.repeats.iter_mut());
        for (channel, ((x, (mean, gain)), (last, repeats))) in
            sample.iter().zip(scaling).zip(memory).enumerate()
        {
            let x: T = (*x).into();
            let finite = Real::is_finite(x);
            // A count in f32 stops growing at 2^24, which is above any limit.
            *repeats = if x == *last { *repeats + T::ONE } else { T::ONE };
            *last = if finite { x } else { *last };
            let outside = settings
                .limits
                .is_some_and(|(lowest, highest)| x <= T::from(lowest) || x >= T::from(highest));
            let stuck = settings.stuck > 0 && *repeats >= T::count(settings.stuck);
            let far = !(Real::abs((x - *mean) * *gain) <= limit);
            let holds = [!finite, finite && outside, finite && stuck, finite && far];
            for ((found, holds), cause) in found.iter_mut().zip(holds).zip(CAUSES) {
                if holds {
                    *found = true;
                    channels.insert(cause, channel);
                }
            }
        }
        found.iter().zip(CAUSES).find_map(|(found, cause)| found.then_some(cause))
    }
}

/// Counts one sample in the tally of a block.
pub(crate) fn count<T: Scalar>(tally: &mut [T], fate: Fate) {
    let mut add = |at: usize| tally.put(at, tally.at(at) + T::ONE);
    add(DUE);
    match fate {
        Fate::Used => add(SQUARES),
        Fate::Missing => add(MISSING),
        Fate::Discarded(cause) => add(cause as usize),
    }
}

/// What happens to a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Used,
    Missing,
    Discarded(Cause),
}

/// The counters of a block or of a window, to read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tally<'a, T>(pub(crate) &'a [T]);

impl<T: Scalar> Tally<'_, T> {
    pub(crate) fn missing(self) -> T {
        self.part(self.0.at(MISSING))
    }

    /// Share of the samples due that were discarded.
    pub(crate) fn rejected(self) -> T {
        self.part(CAUSES.iter().fold(T::ZERO, |sum, cause| sum + self.0.at(*cause as usize)))
    }

    /// A count as a share of the samples due.
    pub(crate) fn part(self, count: T) -> T {
        let due = self.0.at(DUE);
        // Weighted counts are rounded one by one: their sum may be above that of all.
        if due > T::ZERO { (count / due).smaller(T::ONE) } else { T::ZERO }
    }

    /// The cause for which most samples were discarded.
    pub(crate) fn worst(self) -> Cause {
        let count = |cause: Cause| self.0.at(cause as usize);
        CAUSES.into_iter().fold(Cause::NonFinite, |worst, cause| {
            if count(cause) > count(worst) { cause } else { worst }
        })
    }

    /// Sum of squared weights of the samples used.
    pub(crate) fn squares(self) -> T {
        self.0.at(SQUARES)
    }
}

/// Multiplies a block and its counters by a weight, and the sum of squares by its square.
pub(crate) fn weigh<T: Scalar>(block: &mut [T], factor: T) {
    let squares = block.len().saturating_sub(TALLY).saturating_add(SQUARES);
    block.iter_mut().for_each(|x| *x *= factor);
    block.put(squares, block.at(squares) * factor);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_and_named() {
        let settings = MonitorSettings::new().stuck(3).limits(-100.0, 100.0);
        let (mean, gain) = ([1.0_f64, 0.0], [1.0, 0.5]);
        let (mut last, mut repeats) = ([f64::MAX; 2], [0.0; 2]);
        let mut channels = FaultyChannels::default();
        let mut screen =
            Screen { mean: &mean, gain: &gain, last: &mut last, repeats: &mut repeats };
        let mut inspect = |sample: [f64; 2]| screen.inspect(&sample, &settings, &mut channels);
        assert_eq!(inspect([1.0, 2.0]), None);
        assert_eq!(inspect([9.0, 16.0]), None);
        assert_eq!(inspect([9.1, 2.0]), Some(Cause::Artefact));
        assert_eq!(inspect([f64::NAN, 500.0]), Some(Cause::NonFinite));
        assert_eq!(inspect([2.0, 100.0]), Some(Cause::Saturated));
        assert_eq!(inspect([3.0, 7.0]), None);
        assert_eq!(inspect([4.0, 7.0]), None);
        assert_eq!(inspect([5.0, 7.0]), Some(Cause::Stuck));
        assert_eq!(inspect([5.0, 7.5]), None);
        assert!(
            channels.of(Cause::NonFinite).contains(0) && !channels.of(Cause::NonFinite).contains(1)
        );
        assert!(channels.of(Cause::Saturated).contains(1) && channels.of(Cause::Stuck).contains(1));
    }

    #[test]
    fn the_tally_counts_each_sample_once() {
        let mut block = [0.0_f64; TALLY + 2];
        let fates = [
            Fate::Used,
            Fate::Missing,
            Fate::Discarded(Cause::Stuck),
            Fate::Discarded(Cause::Stuck),
            Fate::Discarded(Cause::Artefact),
        ];
        fates.into_iter().for_each(|fate| count(&mut block[2..], fate));
        let tally = Tally(&block[2..]);
        assert_eq!((tally.missing(), tally.rejected(), tally.worst()), (0.2, 0.6, Cause::Stuck));
        weigh(&mut block, 0.5);
        assert_eq!(Tally(&block[2..]).squares(), 0.25);
        assert_eq!(Tally(&block[2..]).rejected(), 0.6);
    }

    #[test]
    fn parts_of_weighted_samples_are_at_most_one() {
        fn check<T: Scalar>(factor: f64) {
            let mut all = [T::ZERO; TALLY];
            for block in 0..200 {
                weigh(&mut all, T::of(factor));
                for sample in 0..19_usize {
                    let cause = CAUSES[(block * sample * sample + sample) % CAUSES.len()];
                    count(&mut all, Fate::Discarded(cause));
                }
                assert!(Tally(&all).rejected() <= T::ONE, "{factor} {block}");
            }
        }
        for k in 1..100 {
            check::<f32>(f64::from(k) / 100.0);
            check::<f64>(f64::from(k) / 100.0);
        }
    }

    #[test]
    fn no_setting_lets_a_sample_in_whose_square_is_infinite() {
        for artefact in [f32::MAX, f32::INFINITY] {
            let settings = MonitorSettings::new().artefact(artefact);
            let (mean, gain, mut last, mut repeats) = ([0.0_f32], [1.0], [f32::MAX], [0.0]);
            let mut channels = FaultyChannels::default();
            let mut screen =
                Screen { mean: &mean, gain: &gain, last: &mut last, repeats: &mut repeats };
            let mut inspect = |x| screen.inspect(&[x], &settings, &mut channels);
            assert_eq!(inspect(9e14), None);
            assert_eq!(inspect(-1e20), Some(Cause::Artefact));
        }
    }
}
