//! Saved states of the monitor: words from which it continues after a restart.

use super::calibration::Calibration;
use super::cause::{Decision, Named};
use super::codec::{FRAME, Kind, Reader, Writer, words_of};
use super::decision::Track;
use super::input::FaultyChannels;
use super::monitor::{Job, Monitor, moving};
use super::scores::Scores;
use super::settings::{MonitorSettings, SETTINGS, Window};
use super::sizes::Sizes;
use crate::data::channels::ChannelSet;
use crate::dmd::settings::Shape;
use crate::error::Error;
use crate::scalar::Scalar;
use core::ops::Range;

/// Version 1 held only the settings that change the size of the state, version 2 the decisions about other scores.
pub(super) const KIND: Kind =
    Kind { magic: u32::from_le_bytes(*b"DSAS"), version: 3, what: "saved state of a monitor" };
/// Words of the scalar, the calibration and the settings that a state belongs to.
const OWNER: usize = 2 + 2 * SETTINGS;
/// Words of counters, of faults (4 sets of channels and the clock, twice) and of decisions.
const COUNTERS: usize = 10;
const FAULTS: usize = 2 * (4 * 3 + 1);
const DECISIONS: usize = 2 * 4 + 4;

const fn words_len<T>(sizes: Sizes, window: Window) -> usize {
    let Range { start, end } = moving(sizes, window);
    // Those that change with the samples, and two sums of the CUSUM.
    let scalars = end.saturating_sub(start).saturating_add(2);
    scalars
        .saturating_mul(words_of::<T>())
        .saturating_add(FRAME + OWNER + COUNTERS + FAULTS + DECISIONS)
}

impl<T> Monitor<T, ()> {
    /// Words of 32 bits of a saved state.
    #[must_use]
    pub const fn state_len(shape: Shape, scores: Scores, window: Window) -> usize {
        words_len::<T>(Sizes::of(shape, scores), window)
    }
}

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> Monitor<T, B> {
    /// Writes everything that samples have changed (sums, counters and decisions) with a checksum, and returns the number
    /// of words. A report that is being worked on is not saved and counts as skipped; poll it to its end first.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`]: [`Monitor::state_len`] words are needed.
    pub fn save(&self, words: &mut [u32]) -> Result<usize, Error> {
        let length = words_len::<T>(self.sizes, self.settings.window);
        let mut writer = Writer::new(words, KIND, length)?;
        writer.count(words_of::<T>());
        writer.word(self.checksum);
        for (_, words) in self.settings.words() {
            words.into_iter().for_each(|word| writer.word(word));
        }
        writer.count(self.position.newest);
        writer.count(self.position.unbroken);
        writer.count(self.filling.slot);
        writer.count(self.filling.samples);
        writer.count(self.filling.closed);
        writer.word(u32::from(self.number.is_some()));
        writer.word(self.number.unwrap_or(0));
        writer.long(self.samples);
        writer.word(self.skipped.saturating_add(u32::from(self.job != Job::Idle)));
        for channels in [self.channels, self.earlier] {
            for set in channels.of {
                let (first, further) = set.bits();
                writer.long(first);
                writer.word(u32::from(further));
            }
            writer.word(u32::from(channels.clock));
        }
        // Without `..`, so that a field that is added later cannot be forgotten here.
        let Decision { dynamics, gate, waited, quiet, noisy, named } = self.decision;
        for track in [dynamics, gate] {
            writer.value(track.cusum);
            writer.word(u32::from(track.above));
            writer.word(u32::from(track.below));
            writer.word(u32::from(track.changed));
            writer.word(u32::from(track.beyond));
        }
        for run in [waited, quiet, noisy, named as u8] {
            writer.word(u32::from(run));
        }
        writer.values(self.moving());
        Ok(writer.finish().0)
    }

    /// The monitor that was saved. It continues as if it had never stopped, provided that samples that were lost in between
    /// are recorded as missing.
    ///
    /// # Errors
    /// As [`Monitor::new_in`]; [`Error::OtherVersion`] if an older or newer release saved them; [`Error::Corrupted`] if the words are damaged, or if they were saved with another
    /// calibration, scalar or setting, which the error names. A state continues only with the calibration and the settings
    /// that it was made with. To change a setting, begin a new monitor.
    pub fn restore_in<C>(
        calibration: &Calibration<T, C>,
        settings: MonitorSettings,
        words: &[u32],
        memory: B,
    ) -> Result<Self, Error>
    where
        C: AsRef<[T]> + AsMut<[T]>,
    {
        let mut new = Self::new_in(calibration, settings, memory)?;
        let mut reader = Reader::new(words, KIND)?;
        let of = |what, fits: bool| if fits { Ok(()) } else { Err(Error::Corrupted { what }) };
        reader.width = words_of::<T>();
        of("the scalar", reader.count()? == reader.width)?;
        of("the calibration", reader.word()? == new.checksum)?;
        for (name, words) in settings.words() {
            of(name, [reader.word()?, reader.word()?] == words)?;
        }
        new.position.newest = reader.below(new.sizes.lags().count())?;
        new.position.unbroken = reader.count()?;
        new.filling.slot = reader.below(match settings.window {
            Window::Blocks(_) => settings.window.slots(),
            Window::Forgetting(_) => 1,
        })?;
        new.filling.samples = reader.below(settings.block)?;
        new.filling.closed = reader.below(settings.report_every)?;
        let (numbered, number) = (reader.flag()?, reader.word()?);
        new.number = numbered.then_some(number);
        new.samples = reader.long()?;
        new.skipped = reader.word()?;
        new.channels = read_channels(&mut reader)?;
        new.earlier = read_channels(&mut reader)?;
        for track in [&mut new.decision.dynamics, &mut new.decision.gate] {
            *track = Track {
                cusum: reader.value()?,
                above: reader.below(256)? as u8,
                below: reader.below(256)? as u8,
                changed: reader.flag()?,
                beyond: reader.flag()?,
            };
        }
        let Decision { waited, quiet, noisy, named, .. } = &mut new.decision;
        for run in [waited, quiet, noisy] {
            *run = reader.below(256)? as u8;
        }
        *named = match reader.below(3)? {
            0 => Named::Nothing,
            1 => Named::Geometry,
            _ => Named::Noise,
        };
        reader.values(new.moving_mut())?;
        reader.finish()?;
        Ok(new)
    }

    /// The part of the memory that samples change.
    fn moving(&self) -> &[T] {
        let place = moving(self.sizes, self.settings.window);
        self.memory.as_ref().get(place).unwrap_or_default()
    }

    fn moving_mut(&mut self) -> &mut [T] {
        let place = moving(self.sizes, self.settings.window);
        self.memory.as_mut().get_mut(place).unwrap_or_default()
    }
}

fn read_channels(reader: &mut Reader<'_>) -> Result<FaultyChannels, Error> {
    let mut channels = FaultyChannels::default();
    for set in &mut channels.of {
        let first = reader.long()?;
        *set = ChannelSet::from_bits(first, reader.flag()?);
    }
    channels.clock = reader.flag()?;
    Ok(channels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::decision::{Lengths, Null};

    fn known() -> Calibration<f32, Vec<f32>> {
        Calibration::for_tests(
            Shape { channels: 2, delays: 2, rank: 2 },
            Null { mean: -4.0, deviation: 0.4 },
            Lengths { reference: 30_000.0, block: 1_500.0 },
        )
    }

    fn begun(settings: MonitorSettings) -> Monitor<f32, Vec<f32>> {
        Monitor::new_in(&known(), settings, vec![0.0; 4_000]).unwrap()
    }

    fn saved(settings: MonitorSettings) -> Vec<u32> {
        let mut monitor = begun(settings);
        monitor.push(&[0.25, -0.5]).unwrap();
        let mut words = vec![0; words_len::<f32>(monitor.sizes, settings.window)];
        monitor.save(&mut words).unwrap();
        words
    }

    /// The same settings with one of them changed, for each of them and each way in which it can differ.
    fn changed(usual: MonitorSettings) -> Vec<(&'static str, MonitorSettings)> {
        // Without `..`: a setting that is added later has to be added to the list, too.
        let MonitorSettings {
            window: _,
            block,
            report_every,
            least_pairs,
            artefact,
            most_rejected,
            stuck,
            limits: _,
            margin,
        } = usual;
        let next = |x: f32| f32::from_bits(x.to_bits() + 1);
        vec![
            ("window", usual.window(Window::Blocks(5))),
            ("window", usual.window(Window::Forgetting(0.5))),
            ("block", usual.block(block + 1)),
            ("report_every", usual.report_every(report_every + 1)),
            ("least_pairs", usual.least_pairs(least_pairs + 1)),
            ("least_pairs", usual.least_pairs(least_pairs.wrapping_add(1 << 32))),
            ("artefact", usual.artefact(next(artefact))),
            ("most_rejected", usual.most_rejected(next(most_rejected))),
            ("stuck", usual.stuck(0)),
            ("stuck", usual.stuck(stuck + 1)),
            ("limits", usual.limits(-1.0, 1.0)),
            ("limits", usual.limits(f32::NEG_INFINITY, f32::INFINITY)),
            ("margin", usual.margin(next(margin))),
        ]
    }

    #[test]
    fn a_state_is_refused_under_any_other_setting_and_taken_under_equal_ones() {
        let usual = MonitorSettings::new();
        let limited = usual.limits(-2.0, 3.0);
        let mut cases = changed(usual);
        cases.push(("limits", limited));
        for (name, other) in cases {
            for (there, here) in [(usual, other), (other, usual)] {
                let found = Monitor::restore_in(&known(), here, &saved(there), vec![0.0; 4_000]);
                let Err(Error::Corrupted { what }) = found.map(|_| ()) else {
                    panic!("{name}: a state was taken under another setting");
                };
                assert!(what.contains(name), "{name}: {what}");
            }
            // The same settings, made anew.
            let found = Monitor::restore_in(&known(), other, &saved(other), vec![0.0; 4_000]);
            assert_eq!(found.map(|monitor| monitor.samples), Ok(1), "{name}");
        }
        let found = Monitor::restore_in(
            &known(),
            limited.limits(-2.0, 3.5),
            &saved(limited),
            vec![0.0; 4_000],
        );
        assert!(matches!(found, Err(Error::Corrupted { what }) if what.contains("limits")));
        // The two zeros are equal, as numbers and as settings.
        let found = Monitor::restore_in(
            &known(),
            usual.margin(-0.0),
            &saved(usual.margin(0.0)),
            vec![0.0; 4_000],
        );
        assert!(found.is_ok());
    }

    #[test]
    fn a_state_is_refused_under_another_calibration_scalar_or_version() {
        let settings = MonitorSettings::new();
        let words = saved(settings);
        let mut other = known();
        other.band.gate.deviation = 0.5;
        let found = Monitor::restore_in(&other, settings, &words, vec![0.0; 4_000]).map(|_| ());
        assert_eq!(found, Err(Error::Corrupted { what: "the calibration" }));
        let mut earlier = words;
        earlier[1] = 1;
        let found = Monitor::restore_in(&known(), settings, &earlier, vec![0.0; 4_000]).map(|_| ());
        assert_eq!(
            found,
            Err(Error::OtherVersion { what: "saved state of a monitor", expected: 3, got: 1 })
        );
    }
}
