//! `dsa fit`: one recording, one operator, one file.

use super::choice::Choice;
use super::remarks::{NO_DYNAMICS, is_white};
use super::{fit_model, read_recording};
use crate::arguments::Fit;
use crate::model_file;
use crate::output::{note, refuse_inputs, show_written};
use crate::problem::Problem;
use crate::text;
use std::path::PathBuf;

pub(super) fn run(options: &Fit) -> Result<(), Problem> {
    let inputs = std::iter::once(&options.file).chain(&options.model.conditions);
    refuse_inputs(&options.output, inputs.map(PathBuf::as_path))?;
    let samples = read_recording(&options.file, &options.model)?;
    let choice = Choice::of(&options.model, &[(&options.file, &samples)])?;
    let settings = choice.settings(&options.model);
    choice.notes().iter().for_each(note);
    let model = fit_model(&options.file, &samples, settings.dmd(choice.rank(&settings)))?;
    for warning in model_file::warnings(&model.warnings()) {
        note(format_args!("{}: {warning}", text::name(&options.file)));
    }
    if is_white(&samples, settings.dmd(choice.rank(&settings))) {
        note(format_args!("{}: {NO_DYNAMICS}", text::name(&options.file)));
    }
    model_file::write(&options.output, &model, &settings)?;
    show_written(
        &options.output,
        format_args!(
            "{}: {} delays, rank {}, condition {:.3e}, residual {:.3e}, {} windows -> {}\n",
            text::name(&options.file),
            settings.delays.count(),
            model.rank(),
            model.condition(),
            model.residual(),
            model.as_ref().rows(),
            text::name(&options.output)
        ),
    )
}
