//! `dsa calibrate`: the calibration of a monitor.

use crate::arguments::Calibrate;
use crate::files::calibration::{self, Front, Stored, zeros};
use crate::files::stream::{Stream, decimation};
use crate::output::{note, refuse_inputs, show_written};
use crate::prepare::components::Components;
use crate::problem::Problem;
use crate::show::table::number;
use crate::text;
use dynamical_similarity::monitor::{
    Calibration, Calibrator, CalibratorSettings, FrontEnd, NullBand, Scores,
};
use dynamical_similarity::{ChannelSet, Error, MatRef, Shape};

/// With fewer blocks than this, the null band is a guess.
const ENOUGH: usize = 20;
/// The most channels of a monitor.
const MOST_CHANNELS: usize = 256;

pub(super) fn run(options: &Calibrate) -> Result<(), Problem> {
    refuse_inputs(&options.output, [options.file.as_path()])?;
    let factor = decimation(options.rate)?;
    let whole = Stream::read(
        &options.file,
        &options.file_options.reading(Some(options.rate), options.bin),
    )?;
    let about = |error: Problem| Problem::about(&options.file, error);
    let front_end = match options.components {
        Some(count) => Some(front_end(&whole, factor, count, options).map_err(about)?),
        None => None,
    };
    let stream = match &front_end {
        Some(front_end) => whole.through(&mut front_end.clone()).map_err(about)?,
        None => whole.decimated(factor),
    };
    let rate = options.rate / factor as f64;
    if factor > 1 {
        note(format_args!(
            "{}: samples are averaged in groups of {factor}, which leaves {rate} per second",
            text::name(&options.file)
        ));
    }
    let (stream, artefacts) = stream.without_artefacts(options.artefact)?;
    if artefacts > 0 {
        note(format_args!(
            "{}: {artefacts} samples lie more than {} standard deviations from the mean of a channel and were \
             discarded as artefacts",
            text::name(&options.file),
            options.artefact
        ));
    }
    let plan = Plan::of(options, &stream, rate, factor)?;
    let (calibration, dependent) = plan.calibrate(&stream).map_err(about)?;
    if !dependent.is_empty() {
        note(format_args!("{}: {}", options.file.display(), combinations(&stream, dependent)));
    }
    let kept = calibration::rounded(&calibration).map_err(about)?;
    calibration::write(&options.output, &Stored { front_end, calibration: kept })?;
    let (shape, missing) = (calibration.shape(), stream.rows().filter(Option::is_none).count());
    let NullBand { median, deviation } = calibration.null_band();
    show_written(
        &options.output,
        format_args!(
            "{}: {} channels at {rate} Hz, {} delays, {} directions, {} samples ({missing} of {} in the file are missing); \
         null band {}, standard deviation of its logarithm {deviation:.2} -> {}\n",
            text::name(&options.file),
            shape.channels,
            shape.delays,
            calibration.directions(),
            calibration.samples(),
            stream.len(),
            number(median),
            text::name(&options.output)
        ),
    )
}

/// The front end that gives the leading principal components of the samples that the monitor would see otherwise, in the
/// precision of a device.
fn front_end(
    stream: &Stream,
    factor: usize,
    count: u16,
    options: &Calibrate,
) -> Result<Front, Problem> {
    let channels = stream.channels();
    let (seen, _) = stream.clone().decimated(factor).without_artefacts(options.artefact)?;
    let components = Components { count: Some(count.into()), scaled: false, sphered: false };
    let found = components.find(&[seen.whole_samples()], channels).map_err(|error| match error {
        Error::RankTooLarge { requested, available } => Problem::new(format!(
            "{requested} components were asked for, and the channels have {available} directions; use --components {available} or less"
        )),
        error => Problem::new(error),
    })?;
    note(format_args!(
        "{}: {count} components hold {:.1} % of the variance of {channels} channels",
        text::name(&options.file),
        100.0 * found.share
    ));
    let single = |values: &[f64]| -> Vec<f32> { values.iter().map(|x| *x as f32).collect() };
    let weights = single(&found.weights.concat());
    let weights = MatRef::new(&weights, channels, count.into()).map_err(Problem::new)?;
    let memory = zeros(FrontEnd::<f32, ()>::memory_len(channels, count.into()))?;
    FrontEnd::new_in(&single(&found.means), weights, factor, memory).map_err(Problem::new)
}

/// How far the correlation of two channels may be from 1 or -1 where one is a copy of the other.
const COPY: f64 = 1e-6;

/// Which channels are combinations of others, and what to do about it.
fn combinations(stream: &Stream, dependent: ChannelSet) -> String {
    let copied = |channel: usize| {
        (0..channel).find(|other| stream.correlation(*other, channel).abs() > 1.0 - COPY)
    };
    let mut parts: Vec<String> = dependent
        .iter()
        .map(|channel| match copied(channel) {
            Some(other) => format!("channel {channel} is a copy of channel {other}, up to a factor"),
            None => format!(
                "channel {channel} is a linear combination of the channels before it, as an average reference makes it"
            ),
        })
        .collect();
    if dependent.has_further() {
        parts.push("so are channels from number 64 on".to_owned());
    }
    let channels = stream.channels();
    let directions = channels.saturating_sub(dependent.iter().count());
    format!(
        "{}; the {channels} channels have {directions} directions{}, and scores in further directions would be rounding errors: leave such channels out of the file",
        parts.join(", "),
        if dependent.has_further() { " at most" } else { "" }
    )
}

fn stuck(channel: usize, when: std::fmt::Arguments<'_>) -> String {
    format!(
        "channel {channel} is stuck: it {when}; leave this channel out of the file, or calibrate on a part of the \
         recording without the fault"
    )
}

/// The plan of a calibration.
struct Plan {
    shape: Shape,
    scores: Scores,
    settings: CalibratorSettings,
    /// Hz, after decimation.
    rate: f64,
    /// Seconds of a block.
    block: f64,
}

impl Plan {
    /// Explains a refusal to the user of this command: which channel is affected, from when on, and which option
    /// or change of the file helps.
    fn explained(&self, stream: &Stream, error: Error) -> String {
        let seconds = |samples: usize| samples as f64 / self.rate;
        match error {
            Error::StuckChannel { channel, block } => {
                let (start, length) = stream.longest_constant(channel);
                let (first, last) = (block as f64 * self.block, (block + 1) as f64 * self.block);
                let (from, to) = (seconds(start), seconds(start + length));
                if from < last && to > first && seconds(length) > 0.5 * self.block {
                    stuck(channel, format_args!("has one value from {from:.1} s to {to:.1} s"))
                } else {
                    stuck(
                        channel,
                        format_args!("hardly changes between {first:.1} s and {last:.1} s"),
                    )
                }
            }
            Error::DriftingChannel { channel } => format!(
                "channel {channel} drifts: most of its variance lies between the blocks of {} s and not within \
                 them; subtract a running mean from the file, or calibrate on a part of it without the drift",
                self.block
            ),
            Error::Oversampled { factor } => format!(
                "the recording is oversampled: consecutive samples are nearly equal; if it has more than {} samples per second, give its true --rate, and samples are averaged in groups; otherwise average every {factor} samples of the file",
                self.rate
            ),
            Error::DependentChannel { channel } => {
                let mut set = ChannelSet::EMPTY;
                set.insert(channel);
                combinations(stream, set)
            }
            Error::RankTooLarge { requested, available } => format!(
                "rank {requested} was asked for, but only {available} directions of the windows have singular values above 3e-3 of the largest one; use --rank {available} or less, or other --delays"
            ),
            Error::Singular => "the covariance of the windows is singular to working precision: a channel may be \
                                 a combination of others, or the samples too smooth; use fewer --delays, or leave \
                                 channels out of the file"
                .to_owned(),
            Error::TooFewPairs { block, needed, got } => {
                // A channel that is stuck for half of the recording makes artefacts of the other half.
                let (start, length, channel) = (0..stream.channels())
                    .map(|channel| (stream.longest_constant(channel), channel))
                    .map(|((start, length), channel)| (start, length, channel))
                    .max_by_key(|(_, length, _)| *length)
                    .unwrap_or_default();
                if seconds(length) > self.block {
                    let (from, to) = (seconds(start), seconds(start + length));
                    return stuck(
                        channel,
                        format_args!("has one value from {from:.1} s to {to:.1} s"),
                    );
                }
                format!(
                    "between {:.1} s and {:.1} s there are only {got} pairs of samples, and {needed} are needed: too many samples there are missing or are artefacts",
                    block as f64 * self.block,
                    (block + 1) as f64 * self.block
                )
            }
            _ => error.to_string(),
        }
    }

    /// # Errors
    /// A sentence, if the recording has too many channels or is too short.
    fn of(options: &Calibrate, stream: &Stream, rate: f64, factor: usize) -> Result<Self, Problem> {
        let about = |what: String| Problem::about(&options.file, what);
        let channels = stream.channels();
        if channels > MOST_CHANNELS {
            return Err(about(format!(
                "{channels} channels are too many; a monitor takes at most {MOST_CHANNELS}: use --components 16, for example"
            )));
        }
        if !(options.block > 0.0 && options.block.is_finite()) {
            return Err(Problem::new(format!("--block must be positive, not {}", options.block)));
        }
        let block = (options.block * rate).round().max(1.0) as usize;
        let found = stream.len() / block;
        let blocks = options.blocks.map_or(found.clamp(ENOUGH, 10_000), usize::from);
        if blocks > found {
            return Err(about(format!(
                "a calibration needs {:.0} s, which is {blocks} blocks of {} s, and the recording has {:.1} s",
                blocks as f64 * options.block,
                options.block,
                stream.len() as f64 / rate
            )));
        }
        let rank = options.rank.unwrap_or(channels.min(8));
        let shape = Shape { channels, delays: usize::from(options.delays), rank };
        let scores = if options.operator { Scores::SpectraAndOperator } else { Scores::Spectra };
        let settings = CalibratorSettings::new(shape, rate as f32)
            .decimation(u32::try_from(factor).unwrap_or(u32::MAX));
        let settings = settings.scores(scores).blocks(blocks).block(block).cut(options.cut);
        Ok(Self { shape, scores, settings, rate, block: block as f64 / rate })
    }

    /// The calibration, and the channels that are combinations of others.
    fn calibrate(
        &self,
        stream: &Stream,
    ) -> Result<(Calibration<f64, Vec<f64>>, ChannelSet), Problem> {
        let memory = zeros(Calibrator::<f64, ()>::memory_len(self.settings))?;
        let mut calibrator =
            Calibrator::new_in(self.settings, &stream.shift(), memory).map_err(Problem::new)?;
        for row in stream.rows() {
            match row {
                Some(sample) => calibrator.push(sample).map_err(Problem::new)?,
                None => calibrator.push_missing(),
            }
        }
        let memory = zeros(Calibration::<f64, ()>::memory_len(self.shape, self.scores))?;
        let dependent = calibrator.dependent_channels();
        let found = calibrator.finish_in(memory);
        let calibration = found.map_err(|error| Problem::new(self.explained(stream, error)))?;
        Ok((calibration, dependent))
    }
}
