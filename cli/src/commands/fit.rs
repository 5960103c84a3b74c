//! `dsa fit`: one recording, one operator, one file.

use super::{fit_model, read_recording};
use crate::arguments::Fit;
use crate::model_file;
use crate::output::{note, show};
use crate::problem::Problem;

pub(super) fn run(options: &Fit) -> Result<(), Problem> {
    let samples = read_recording(&options.file, &options.model)?;
    let dmd = options.model.dmd(options.model.rank.0);
    let model = fit_model(&options.file, &samples, dmd)?;
    for warning in model_file::warnings(&model.warnings()) {
        note(format_args!("{}: {warning}", options.file.display()));
    }
    model_file::write(&options.output, &model, &options.model)?;
    show(format_args!(
        "{}: rank {}, condition {:.3e}, residual {:.3e}, {} windows -> {}\n",
        options.file.display(),
        model.rank(),
        model.condition(),
        model.residual(),
        model.as_ref().rows(),
        options.output.display()
    ))
}
