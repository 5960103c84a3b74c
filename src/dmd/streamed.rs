//! Fits of recordings that are read in blocks, such as files that are larger than the memory.

use super::compensated::{Centred, Directions, sums_to_try, tolerance};
use super::fit::Fit;
use super::model::{FitPath, Model};
use super::rank::Rank;
use super::settings::{Dmd, Shape, WindowCounts};
use crate::data::centring::{Centre, Conditioning};
use crate::data::compensated_gram::{CompensatedGram, PairedWindows};
use crate::data::recording::Recording;
use crate::data::sample_blocks::{SampleBlocks, Survey, collect};
use crate::error::{Error, Setting};
use crate::matrix::{area, try_zeros};
use crate::scalar::Scalar;

/// A recording of at most so many values is read into memory as a whole.
const FEW_VALUES: usize = 1 << 20;

impl Dmd {
    /// Fits an operator of a fixed rank to a recording that is read in blocks: the model of [`fit`](Self::fit), to the bit,
    /// where that takes the path [`FitPath::CompensatedGram`]. The memory does not grow with the length of the recording.
    ///
    /// A recording of at most 2^20 values is read into memory, and so is one whose windows are so wide, and so few, that
    /// [`fit`](Self::fit) finds the leading directions from the windows themselves: at most 2^25 values.
    ///
    /// Cost: four passes over the blocks, another one for each phase (there are as many as the greatest common divisor of the
    /// interval and the steps ahead says, so one as a rule), and what the sums of products of [`fit`](Self::fit) cost. Memory:
    /// about 5 (n d)² + 2.5 (n (d + 1))² scalars of `f64` for n channels and d delays, and what a block takes.
    ///
    /// # Errors
    /// - As [`fit_in`](Self::fit_in), and those of the blocks.
    /// - [`Error::InvalidSetting`] for a rule that chooses the rank or for reduced-rank regression, which need all samples, and
    ///   for windows of more than 2048 entries: read the recording into memory, or reduce its channels or delays.
    /// - [`Error::RankTooLarge`] with the largest rank up to which sums of products are accurate enough: up to a condition of
    ///   about 1e6. [`fit`](Self::fit) takes another path then.
    pub fn fit_blocks<T: Scalar, B: SampleBlocks<T>>(
        &self,
        blocks: &mut B,
    ) -> Result<Model<T>, B::Error> {
        self.validate()?;
        let (channels, samples) = (blocks.channels(), blocks.samples());
        if channels == 0 || samples == 0 {
            return Err(Error::Empty.into());
        }
        let values = area(channels, samples);
        if values <= FEW_VALUES && !self.rank_rule().reads_samples() {
            return self.fit_collected(blocks);
        }
        let Rank::Fixed(rank) = self.rank_rule() else {
            return Err(
                refused(Setting::Rank, "a number for a recording that is read in blocks").into()
            );
        };
        if self.reduced_rank {
            let expected = "off for a recording that is read in blocks";
            return Err(refused(Setting::ReducedRank, expected).into());
        }
        let (shape, counts) = (self.shape(channels), self.count_samples(samples)?);
        let windows = PairedWindows::new(channels, self.embedding(), self.steps_ahead);
        let windows = windows.filter(|_| rank <= shape.width() && counts.rows >= shape.width());
        let Some(windows) = windows else {
            let expected = "so few that both windows of a pair have at most 2048 entries, and that there are more windows than entries, for a recording that is read in blocks";
            return Err(refused(Setting::Delays, expected).into());
        };
        if self.keeps_few(shape, counts.rows) {
            return self.fit_collected(blocks);
        }
        self.fit_surveyed(blocks, windows, shape, counts)
    }

    /// Reads a recording into memory.
    fn fit_collected<T: Scalar, B: SampleBlocks<T>>(
        &self,
        blocks: &mut B,
    ) -> Result<Model<T>, B::Error> {
        let samples = collect(blocks)?;
        let trials = [Recording::new(&samples, blocks.channels())?];
        Ok(match self.fit_from_leading_directions(&trials)? {
            Some(model) => model,
            None => self.fit_directly(&trials)?,
        })
    }

    /// The fit from compensated second moments that are summed block by block.
    fn fit_surveyed<T: Scalar, B: SampleBlocks<T>>(
        &self,
        blocks: &mut B,
        windows: PairedWindows,
        shape: Shape,
        counts: WindowCounts,
    ) -> Result<Model<T>, B::Error> {
        let mut memory = try_zeros(Fit::<T>::memory_len(shape))?;
        let mut fit = Fit::cut(*self, shape, counts, &mut memory);
        // Those of the first and of the last windows of pairs.
        let kept = self.embedding().window().saturating_add(self.steps_ahead).saturating_sub(1);
        let [shift, gain] = [&mut *fit.shift, &mut *fit.gain];
        let survey = Survey::of(blocks, self.centre, self.scale, kept, [shift, gain])?;
        fit.take_measured(survey.found);
        let mut last = None;
        for sums in sums_to_try::<T>() {
            let conditioning = Conditioning { shift: &*fit.shift, gain: &*fit.gain };
            let gram = CompensatedGram::of_blocks(blocks, windows, conditioning, &survey, *sums)?;
            let gram = Centred::new(gram, counts, self.centre == Centre::Mean)?;
            if let Some(directions) = Directions::of(&gram, shape.rank, tolerance::<T>())? {
                fit.keep_mean(gram.mean());
                let beginning = [survey.beginning(shape.channels)?];
                let end = [survey.end(shape.channels)?];
                if fit.take(directions, &gram, &beginning, &end)? {
                    fit.keep(shape.rank, FitPath::CompensatedGram);
                    return Ok(fit.finish()?.to_owned()?);
                }
            }
            last = Some(gram);
        }
        Err(match last {
            Some(gram) => accurate_rank::<T>(&gram, shape.rank)?.into(),
            None => Error::Empty.into(),
        })
    }
}

/// The refusal of a rank, with the largest one below it whose directions are accurate enough: by bisection.
fn accurate_rank<T: Scalar>(gram: &Centred, requested: usize) -> Result<Error, Error> {
    let (mut available, mut above) = (0_usize, requested);
    // Halves the interval each time.
    while available.saturating_add(1) < above {
        let middle = available.midpoint(above);
        if Directions::of(gram, middle, tolerance::<T>())?.is_some() {
            available = middle;
        } else {
            above = middle;
        }
    }
    Ok(match available {
        0 => Error::DegenerateSignal { channel: None },
        _ => Error::RankTooLarge { requested, available },
    })
}

const fn refused(setting: Setting, expected: &'static str) -> Error {
    Error::InvalidSetting { setting, expected }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::centring::Scale;
    use crate::linalg::qr::tests::noise;

    /// Samples in memory, in blocks of changing length.
    struct Pieces<T> {
        samples: Vec<T>,
        channels: usize,
        passes: usize,
    }

    impl<T: Scalar> SampleBlocks<T> for Pieces<T> {
        type Error = Error;

        fn channels(&self) -> usize {
            self.channels
        }

        fn samples(&self) -> usize {
            self.samples.len() / self.channels
        }

        fn read(&mut self, each: &mut dyn FnMut(&[T]) -> Result<(), Error>) -> Result<(), Error> {
            self.passes += 1;
            let (mut rest, mut length) = (&self.samples[..], self.passes % 3);
            while !rest.is_empty() {
                let (block, after) = rest.split_at((length * self.channels).min(rest.len()));
                each(block)?;
                (rest, length) = (after, (5 * length + 1) % 97);
            }
            Ok(())
        }
    }

    fn recording<T: Scalar>(samples: usize, channels: usize, offset: f64, seed: u64) -> Pieces<T> {
        let mut noise = noise(seed);
        let mut state = vec![0.0; channels];
        let mut values = Vec::new();
        for _ in 0..samples {
            for channel in 0..channels {
                let other = state[(channel + 1) % channels];
                state[channel] = 0.6 * state[channel] - 0.3 * other + noise();
                values.push(T::of(state[channel] + offset));
            }
        }
        Pieces { samples: values, channels, passes: 0 }
    }

    fn surveyed<T: Scalar>(dmd: Dmd, blocks: &mut Pieces<T>) -> Result<Model<T>, Error> {
        let (shape, counts) = (dmd.shape(blocks.channels), dmd.count_samples(blocks.samples())?);
        let windows =
            PairedWindows::new(blocks.channels, dmd.embedding(), dmd.steps_ahead).unwrap();
        dmd.fit_surveyed(blocks, windows, shape, counts)
    }

    /// Every number of a model.
    fn written<T: Scalar>(model: &Model<T>) -> String {
        format!("{model:?}")
    }

    fn blocks_give_the_bits_of_samples_in_memory<T: Scalar>() {
        let mut same = 0;
        for (channels, delays, interval, steps) in
            [(1, 6, 1, 1), (3, 4, 1, 1), (3, 3, 2, 1), (2, 3, 2, 4), (2, 4, 3, 3), (4, 1, 1, 2)]
        {
            for (case, samples) in [400, 401, 447, 1000].into_iter().enumerate() {
                let offset = if case == 2 { 50.0 } else { 0.3 };
                let mut blocks = recording::<T>(samples, channels, offset, case as u64);
                if case == 3 && channels > 2 {
                    // A channel that equals another one, and one that drifts.
                    blocks.samples.chunks_mut(channels).enumerate().for_each(|(t, sample)| {
                        sample[2] = sample[0];
                        sample[1] += T::of(if t < samples / 2 { 0.0 } else { 9.0 });
                    });
                }
                for scale in [Scale::None, Scale::UnitVariance, Scale::UnitNorm] {
                    for centre in [Centre::Mean, Centre::None] {
                        let dmd = Dmd::new().delays(delays).interval(interval);
                        let dmd = dmd.steps_ahead(steps).rank(Rank::Fixed(2));
                        let dmd = dmd.scale(scale).centre(centre);
                        let trials = [Recording::new(&blocks.samples, channels).unwrap()];
                        let whole = dmd.fit(&trials).unwrap();
                        if whole.path() != FitPath::CompensatedGram {
                            continue;
                        }
                        same += 1;
                        let found = surveyed(dmd, &mut blocks).unwrap();
                        let of = format!("{channels} {delays} {interval} {steps} {samples}");
                        assert_eq!(written(&found), written(&whole), "{of}");
                        assert_eq!(found.warnings(), whole.warnings());
                        let small = dmd.fit_blocks(&mut blocks).unwrap();
                        assert_eq!(written(&small), written(&whole));
                    }
                }
            }
        }
        assert!(same > 100, "{same}");
    }

    #[test]
    fn blocks_give_the_bits_of_a_recording_in_memory() {
        blocks_give_the_bits_of_samples_in_memory::<f64>();
        blocks_give_the_bits_of_samples_in_memory::<f32>();
    }

    #[test]
    fn what_needs_all_samples_is_refused() {
        let mut blocks = recording::<f64>(600_000, 2, 0.0, 1);
        let fit = |dmd: Dmd, blocks: &mut Pieces<f64>| dmd.fit_blocks(blocks).unwrap_err();
        let dmd = Dmd::new().delays(3).rank(Rank::Fixed(2));
        for (dmd, setting) in [
            (dmd.rank(Rank::AUTO), Setting::Rank),
            (dmd.rank(Rank::Full), Setting::Rank),
            (dmd.reduced_rank(true), Setting::ReducedRank),
            (dmd.delays(2000), Setting::Delays),
        ] {
            let found = fit(dmd, &mut blocks);
            assert!(
                matches!(found, Error::InvalidSetting { setting: of, .. } if of == setting),
                "{found}"
            );
        }
        let too_short = dmd.delays(600_000);
        assert!(matches!(fit(too_short, &mut blocks), Error::TooShort { .. }));
        blocks.samples[900_001] = f64::NAN;
        let expected = Error::NonFinite { trial: 0, sample: 450_000, channel: 1 };
        assert_eq!(fit(dmd, &mut blocks), expected);
    }

    /// A recording of two directions and next to nothing in the others.
    #[test]
    fn a_rank_that_sums_do_not_determine_is_refused_with_one_that_they_do() {
        let samples: Vec<f64> = (0..2000)
            .flat_map(|t| [(0.3 * f64::from(t)).sin(), (0.3 * f64::from(t)).cos()])
            .collect();
        let mut blocks = Pieces { samples, channels: 2, passes: 0 };
        let dmd = Dmd::new().delays(3).rank(Rank::Fixed(5));
        let expected = Error::RankTooLarge { requested: 5, available: 2 };
        assert_eq!(surveyed(dmd, &mut blocks).unwrap_err(), expected);
        assert!(surveyed(dmd.rank(Rank::Fixed(2)), &mut blocks).is_ok());
    }
}
