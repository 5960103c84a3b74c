//! A monitor's state as words, to go on after a restart.

use super::calibration::Calibration;
use super::decision::Track;
use super::input::Channels;
use super::job::Job;
use super::settings::{MonitorSettings, Scores, Window};
use super::sizes::Sizes;
use super::stream::{Monitor, moving_len};
use super::words::{FRAME, Reader, Writer, words_of};
use crate::conditioning::ChannelSet;
use crate::dmd::Shape;
use crate::error::Error;
use crate::matrix::Cells;
use crate::scalar::Scalar;

/// "DSAS"
const MAGIC: u32 = u32::from_le_bytes(*b"DSAS");
/// Words of the settings that a state belongs to.
const OWNER: usize = 6;
/// Words of counters, of faults (4 sets of channels and the clock, twice) and of decisions.
const COUNTERS: usize = 10;
const FAULTS: usize = 2 * (4 * 3 + 1);
const DECISIONS: usize = 3 * 4;

const fn words_len<T>(sizes: Sizes, window: Window) -> usize {
    let scalars = moving_len(sizes, window).saturating_add(3);
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

/// What must be the same where a state is restored.
fn owner<T>(name: u32, settings: &MonitorSettings) -> [u32; OWNER] {
    let word = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
    let (kind, factor) = match settings.window {
        Window::Blocks(blocks) => (0, word(blocks)),
        Window::Forgetting(factor) => (1, factor.to_bits()),
    };
    [word(words_of::<T>()), name, kind, factor, word(settings.block), word(settings.report_every)]
}

impl<T: Scalar, B: AsRef<[T]> + AsMut<[T]>> Monitor<T, B> {
    /// Writes everything that samples have changed, with a checksum: sums, counters, decisions. A report that is being
    /// worked on is not part of it and counts as skipped; poll it to its end first. The number of words.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`]: [`Monitor::state_len`] words are needed.
    pub fn save(&self, words: &mut [u32]) -> Result<usize, Error> {
        let length = words_len::<T>(self.sizes, self.settings.window);
        let mut writer = Writer::new(words, MAGIC, length)?;
        for word in owner::<T>(self.name, &self.settings) {
            writer.word(word);
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
        for track in &self.tracks {
            writer.value(track.cusum);
            writer.word(u32::from(track.above));
            writer.word(u32::from(track.below));
            writer.word(u32::from(track.changed));
            writer.word(u32::from(track.beyond));
        }
        writer.values(self.moving());
        Ok(writer.finish().0)
    }

    /// The monitor that was saved: it goes on as if it had never stopped, if a gap in the samples is told it.
    ///
    /// # Errors
    /// As [`Monitor::new_in`]; [`Error::Corrupted`] if the words are damaged, or belong to another calibration, scalar
    /// or settings.
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
        let mut reader = Reader::new(words, MAGIC)?;
        reader.width = words_of::<T>();
        for expected in owner::<T>(new.name, &settings) {
            if reader.word()? != expected {
                return Err(Error::Corrupted { what: "the calibration, or a setting," });
            }
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
        for track in &mut new.tracks {
            *track = Track {
                cusum: reader.value()?,
                above: reader.below(256)? as u8,
                below: reader.below(256)? as u8,
                changed: reader.flag()?,
                beyond: reader.flag()?,
            };
        }
        reader.values(new.moving_mut())?;
        reader.finish()?;
        Ok(new)
    }

    fn moving(&self) -> &[T] {
        let start = self.sizes.channels.saturating_mul(2);
        self.memory.as_ref().part(start, moving_len(self.sizes, self.settings.window))
    }

    fn moving_mut(&mut self) -> &mut [T] {
        let start = self.sizes.channels.saturating_mul(2);
        let length = moving_len(self.sizes, self.settings.window);
        self.memory.as_mut().part_mut(start, length)
    }
}

fn read_channels(reader: &mut Reader<'_>) -> Result<Channels, Error> {
    let mut channels = Channels::default();
    for set in &mut channels.of {
        let first = reader.long()?;
        *set = ChannelSet::from_bits(first, reader.flag()?);
    }
    channels.clock = reader.flag()?;
    Ok(channels)
}
