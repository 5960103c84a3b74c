//! `dsa calibrate`: a recording of what is normal, a reference for a monitor.

use crate::arguments::Calibrate;
use crate::calibration_file::{self, zeros};
use crate::output::{note, refuse_inputs, show_written};
use crate::problem::Problem;
use crate::stream::{Stream, decimation};
use crate::table::number;
use crate::text;
use dynamical_similarity::monitor::{Calibration, Calibrator, CalibratorSettings, Scores};
use dynamical_similarity::{Error, Shape};

/// Blocks without which the null band is a guess.
const ENOUGH: usize = 20;
/// The widest monitor.
const MOST_CHANNELS: usize = 256;

pub(super) fn run(options: &Calibrate) -> Result<(), Problem> {
    refuse_inputs(&options.output, [options.file.as_path()])?;
    let factor = decimation(options.rate)?;
    let stream =
        Stream::read(&options.file, options.dataset.as_deref(), options.axes)?.decimated(factor);
    let rate = options.rate / factor as f64;
    if factor > 1 {
        note(format_args!(
            "{}: means of {factor} samples, {rate} a second, are looked at",
            text::name(&options.file)
        ));
    }
    let (stream, artefacts) = stream.without_artefacts(options.artefact)?;
    if artefacts > 0 {
        note(format_args!(
            "{}: {artefacts} samples are artefacts, beyond {} standard deviations, and are left out",
            text::name(&options.file),
            options.artefact
        ));
    }
    let plan = Plan::of(options, &stream, rate, factor)?;
    let calibration =
        plan.calibrate(&stream).map_err(|error| Problem::about(&options.file, error))?;
    let kept = calibration_file::rounded(&calibration)
        .map_err(|error| Problem::about(&options.file, error))?;
    calibration_file::write(&options.output, &kept)?;
    let (shape, missing) = (calibration.shape(), stream.rows().filter(Option::is_none).count());
    let (median, deviation) = calibration.null();
    show_written(
        &options.output,
        format_args!(
            "{}: {} channels at {rate} Hz, {} delays, rank {}, {} samples ({missing} of {} in the file are missing); \
         null band {} rad, sd of its logarithm {deviation:.2} -> {}\n",
            text::name(&options.file),
            shape.channels,
            shape.delays,
            shape.rank,
            calibration.samples(),
            stream.len(),
            number(median),
            text::name(&options.output)
        ),
    )
}

/// A refusal, and what most often is behind it.
fn explained(error: Error) -> String {
    match error {
        Error::Singular | Error::RankTooLarge { .. } => format!(
            "{error}; a recording that is smooth over several samples has few directions: say its --rate, or \
             decimate it"
        ),
        _ => error.to_string(),
    }
}

/// What is calibrated.
struct Plan {
    shape: Shape,
    scores: Scores,
    settings: CalibratorSettings,
}

impl Plan {
    /// # Errors
    /// A sentence, if the recording has too many channels or is too short.
    fn of(options: &Calibrate, stream: &Stream, rate: f64, factor: usize) -> Result<Self, Problem> {
        let about = |what: String| Problem::about(&options.file, what);
        let channels = stream.channels();
        if channels > MOST_CHANNELS {
            return Err(about(format!(
                "{channels} channels are too many; a monitor takes up to {MOST_CHANNELS}, such as principal \
                 components"
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
        let scores =
            if options.canonical { Scores::OperatorAndCanonical } else { Scores::Operator };
        let settings = CalibratorSettings::new(shape, rate as f32)
            .decimation(u32::try_from(factor).unwrap_or(u32::MAX));
        Ok(Self { shape, scores, settings: settings.scores(scores).blocks(blocks).block(block) })
    }

    fn calibrate(&self, stream: &Stream) -> Result<Calibration<f64, Vec<f64>>, Problem> {
        let memory = zeros(Calibrator::<f64, ()>::memory_len(self.settings))?;
        let mut calibrator =
            Calibrator::new_in(self.settings, &stream.shift(), memory).map_err(Problem::new)?;
        for row in stream.rows() {
            match row {
                Some(sample) => calibrator.push(sample),
                None => calibrator.push_missing(),
            }
            .map_err(Problem::new)?;
        }
        let memory = zeros(Calibration::<f64, ()>::memory_len(self.shape, self.scores))?;
        calibrator.finish_in(memory).map_err(|error| Problem::new(explained(error)))
    }
}
