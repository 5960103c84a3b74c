//! Singular values of delay windows, and the rank that was chosen.

use super::picture::{MOST_CLASSES, Picture, marks_of};
use crate::report::data::Report;
use crate::show::drawing::{Drawing, INK};
use crate::show::marks::one_mark;
use crate::text::in_picture;
use kuva::plot::LinePlot;
use kuva::plot::annotations::ReferenceLine;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// More recordings than this are shown by their median and their range.
const MOST_LINES: usize = 24;
/// Values below this part of the largest are not shown.
const LEAST: f64 = 1e-8;

pub(super) fn picture(report: &Report) -> Option<Picture> {
    let spectra: Vec<Vec<f64>> =
        report.models.iter().map(|model| scaled(&model.singular_values)).collect();
    if spectra.iter().all(|spectrum| spectrum.len() < 2) {
        return None;
    }
    let few = spectra.len() <= MOST_LINES;
    let mut marks = marks_of(report);
    if !few && marks.len() > MOST_CLASSES {
        marks = vec![one_mark(spectra.len())];
    }
    let mut plots = Vec::new();
    for mark in marks {
        let own: Vec<&Vec<f64>> = mark.members.iter().filter_map(|i| spectra.get(*i)).collect();
        let named = |line: LinePlot, first: bool| {
            let line = line.with_color(&mark.colour).with_stroke_width(1.5);
            let name = in_picture(mark.class);
            if first && !name.is_empty() { line.with_legend(name) } else { line }
        };
        if few {
            for (k, spectrum) in own.iter().enumerate() {
                plots
                    .push(Plot::Line(named(LinePlot::new().with_data(numbered(spectrum)), k == 0)));
            }
        } else {
            let [low, middle, high] = quantiles(&own);
            let line = LinePlot::new().with_data(numbered(&middle)).with_band(low, high);
            plots.push(Plot::Line(named(line, true)));
        }
    }
    let ranks = || report.models.iter().map(|model| model.rank);
    let (least, most) = (ranks().min()?, ranks().max()?);
    let longest = spectra.iter().map(Vec::len).max().unwrap_or(0);
    let mut layout = Layout::auto_from_plots(&plots)
        .with_x_axis_min(0.0)
        .with_x_axis_max((longest + 1) as f64)
        .with_x_tick_step(longest.div_ceil(12).max(1) as f64)
        .with_log_y()
        .with_x_label("number of the singular value")
        .with_y_label("singular value / largest")
        .with_width(760.0)
        .with_height(440.0)
        .with_reference_line(ReferenceLine::vertical(least as f64).with_color(INK));
    if most > least {
        layout = layout.with_reference_line(ReferenceLine::vertical(most as f64).with_color(INK));
    }
    let chosen =
        if least == most { format!("rank {least}") } else { format!("ranks {least} to {most}") };
    let shown = if few {
        ""
    } else {
        " The line is the median over recordings, the band runs from the smallest to the largest."
    };
    Some(Picture {
        name: "singular_values",
        label: "Singular values of the delay windows of all recordings".to_owned(),
        caption: format!(
            "Singular values of the delay windows, as parts of the largest. The dashed line is at the {chosen} that is used.{shown}"
        ),
        drawing: Drawing::of(plots, layout),
    })
}

/// The values as parts of the largest, as far as they can be shown.
fn scaled(values: &[f64]) -> Vec<f64> {
    let largest = values.first().copied().unwrap_or(0.0);
    values.iter().map(|x| x / largest).take_while(|x| *x >= LEAST).collect()
}

fn numbered(values: &[f64]) -> Vec<(f64, f64)> {
    values.iter().enumerate().map(|(k, x)| ((k + 1) as f64, *x)).collect()
}

/// The smallest, the median and the largest value at each place that all spectra have.
fn quantiles(spectra: &[&Vec<f64>]) -> [Vec<f64>; 3] {
    let shortest = spectra.iter().map(|spectrum| spectrum.len()).min().unwrap_or(0);
    let mut found = [const { Vec::new() }; 3];
    for k in 0..shortest {
        let mut values: Vec<f64> = spectra.iter().map(|spectrum| spectrum[k]).collect();
        values.sort_by(f64::total_cmp);
        let last = values.len() - 1;
        for (list, at) in found.iter_mut().zip([0, last / 2, last]) {
            list.push(values[at]);
        }
    }
    found
}
