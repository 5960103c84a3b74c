//! `dsa fit`: the operator of one recording.

use super::choice::Choice;
use super::recording::{Checked, HELD_VALUES, Reader};
use super::remarks::{NO_DYNAMICS, is_white};
use crate::arguments::{DelaysArgument, Fit, ModelArguments};
use crate::files::model;
use crate::files::read::{BlocksError, FileBlocks, Opened};
use crate::output::{note, refuse_inputs, show_written};
use crate::plan::FitPlan;
use crate::problem::Problem;
use crate::show::table::{align, number};
use crate::text;
use dynamical_similarity::{Eigenvalue, Error, Model, Rank, Spectrum};
use std::path::PathBuf;

/// Values of the beginning of a recording that is read in blocks, in which white noise is looked for.
const BEGINNING: usize = 1 << 20;

pub(super) fn run(options: &Fit) -> Result<(), Problem> {
    let inputs = std::iter::once(&options.file).chain(&options.model.conditions);
    let inputs = inputs.chain(&options.model.reading.per_file);
    refuse_inputs(&options.output, inputs.map(PathBuf::as_path))?;
    let reader = Reader::new(&options.model)?;
    if run_in_blocks(options, &reader)? {
        return Ok(());
    }
    let samples = reader.read(&options.file)?;
    let recording = Checked::of(&options.file, &samples)?;
    let settings = options.model.in_samples(samples.rate).map_err(Problem::new)?;
    let choice = Choice::of(&settings, &[&recording])?;
    let mut notes = choice.notes();
    notes.iter().for_each(note);
    let plan = choice.plan();
    let model = recording.fit(plan.dmd())?;
    warn(options, &model);
    if is_white(&recording, plan.dmd()) {
        let remark = format!("{}: {NO_DYNAMICS}", text::name(&options.file));
        note(&remark);
        notes.push(remark);
    }
    notes.splice(0..0, samples.notes.iter().cloned());
    let spectrum = model.held_out_residuals(&recording.trials).map_err(|error| error.to_string());
    finish(options, &Found { model, spectrum }, &plan, &notes)
}

/// Fits a large recording that can be read in blocks, and returns whether it did. Otherwise it says why the recording is read as a
/// whole.
fn run_in_blocks(options: &Fit, reader: &Reader<'_>) -> Result<bool, Problem> {
    let as_a_whole = |why: String| {
        let file = text::name(&options.file);
        note(format_args!("{file}: is read as a whole, because {why}"));
        Ok(false)
    };
    let mut blocks = match reader.open_blocks(&options.file)? {
        Opened::Blocks(blocks) if is_small(&blocks) => return Ok(false),
        Opened::Blocks(blocks) => blocks,
        // A file that is small is not worth a word.
        Opened::Whole(why) => {
            let length = std::fs::metadata(&options.file).map_or(0, |found| found.len());
            return if length <= HELD_VALUES as u64 * 8 {
                Ok(false)
            } else {
                as_a_whole(why.to_owned())
            };
        }
    };
    let settings = options.model.in_samples(blocks.rate()).map_err(Problem::new)?;
    let Some(plan) = typed(&settings) else {
        return as_a_whole(
            "a rule for the delays or the rank needs all samples; give numbers for --delays and --rank"
                .to_owned(),
        );
    };
    let about = |error: &dyn std::fmt::Display| Problem::about(&options.file, error);
    for found in blocks.notes() {
        note(format_args!("{}: {found}", text::name(&options.file)));
    }
    let model = match plan.dmd().fit_blocks(&mut blocks) {
        Ok(model) => model,
        Err(BlocksError::Fit(
            error @ (Error::InvalidSetting { .. }
            | Error::RankTooLarge { .. }
            | Error::NonFinite { .. }),
        )) => return as_a_whole(format!("in blocks: {error}")),
        Err(error) => return Err(about(&error)),
    };
    warn(options, &model);
    let mut notes = blocks.notes().to_vec();
    let beginning = blocks.beginning(BEGINNING).map_err(|error| about(&error))?;
    if is_white(&Checked::of(&options.file, &beginning)?, plan.dmd()) {
        let remark = format!("{}: {NO_DYNAMICS}", text::name(&options.file));
        note(&remark);
        notes.push(remark);
    }
    let spectrum = Err("the recording is read in blocks".to_owned());
    finish(options, &Found { model, spectrum }, &plan, &notes)?;
    Ok(true)
}

/// Whether a recording is read as a whole in any case.
fn is_small(blocks: &FileBlocks) -> bool {
    blocks.samples().saturating_mul(blocks.channels()) <= HELD_VALUES
}

/// The plan of a fit without rules.
fn typed(settings: &ModelArguments) -> Option<FitPlan<'_>> {
    match (settings.delays(), settings.rank().0) {
        (DelaysArgument::Count(delays), rank @ Rank::Fixed(_)) => {
            Some(FitPlan { options: settings, delays, rank })
        }
        _ => None,
    }
}

fn warn(options: &Fit, model: &Model<f64>) {
    for warning in model::warnings(&model.warnings()) {
        note(format_args!("{}: {warning}", text::name(&options.file)));
    }
}

/// What is written and shown.
struct Found {
    model: Model<f64>,
    /// The eigenvalues with their residuals, or why these are not known.
    spectrum: Result<Spectrum<f64>, String>,
}

impl Found {
    /// The eigenvalues and their residuals, one line for each real one and each pair.
    fn table(&self) -> String {
        let spectrum = match &self.spectrum {
            Ok(spectrum) => spectrum,
            Err(why) => return format!("no residuals of eigenvalues: {why}\n"),
        };
        let head = ["eigenvalue", "modulus", "residual on held-out halves"];
        let mut lines = vec![head.map(str::to_owned).to_vec()];
        for value in spectrum.eigenvalues().iter().filter(|value| value.imaginary >= 0.0) {
            let Eigenvalue { real, imaginary, residual } = *value;
            let name = if imaginary > 0.0 {
                format!("{real:.4} +- {imaginary:.4} i")
            } else {
                format!("{real:.4}")
            };
            lines.push(vec![name, format!("{:.4}", real.hypot(imaginary)), number(residual)]);
        }
        align(&lines)
    }
}

fn finish(
    options: &Fit,
    found: &Found,
    plan: &FitPlan<'_>,
    notes: &[String],
) -> Result<(), Problem> {
    let model = &found.model;
    model::write(&options.output, model, found.spectrum.as_ref().ok(), plan, notes)?;
    show_written(
        &options.output,
        format_args!(
            "{}{}: {} delays, rank {}, condition {:.3e}, residual {:.3e}, {} windows -> {}\n",
            found.table(),
            text::name(&options.file),
            plan.delays,
            model.rank(),
            model.condition(),
            model.residual(),
            model.as_ref().rows(),
            text::name(&options.output)
        ),
    )
}
