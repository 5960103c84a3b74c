//! `dsa fit`: the operator of one recording.

use super::choice::Choice;
use super::recording::{Checked, Reader};
use super::remarks::{NO_DYNAMICS, is_white};
use crate::arguments::Fit;
use crate::files::model;
use crate::output::{note, refuse_inputs, show_written};
use crate::problem::Problem;
use crate::text;
use std::path::PathBuf;

pub(super) fn run(options: &Fit) -> Result<(), Problem> {
    let inputs = std::iter::once(&options.file).chain(&options.model.conditions);
    let inputs = inputs.chain(&options.model.reading.per_file);
    refuse_inputs(&options.output, inputs.map(PathBuf::as_path))?;
    let samples = Reader::new(&options.model)?.read(&options.file)?;
    let recording = Checked::of(&options.file, &samples)?;
    let settings = options.model.in_samples(samples.rate).map_err(Problem::new)?;
    let choice = Choice::of(&settings, &[&recording])?;
    let mut notes = choice.notes();
    notes.iter().for_each(note);
    let plan = choice.plan();
    let model = recording.fit(plan.dmd())?;
    for warning in model::warnings(&model.warnings()) {
        note(format_args!("{}: {warning}", text::name(&options.file)));
    }
    if is_white(&recording, plan.dmd()) {
        let remark = format!("{}: {NO_DYNAMICS}", text::name(&options.file));
        note(&remark);
        notes.push(remark);
    }
    notes.splice(0..0, samples.notes.iter().cloned());
    model::write(&options.output, &model, &plan, &notes)?;
    show_written(
        &options.output,
        format_args!(
            "{}: {} delays, rank {}, condition {:.3e}, residual {:.3e}, {} windows -> {}\n",
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
