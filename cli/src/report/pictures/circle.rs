//! Eigenvalues and the unit circle.

use super::{Picture, marks_of};
use crate::report::data::Report;
use crate::report::sentences::short;
use crate::show::drawing::{Drawing, INK};
use crate::text::in_picture;
use kuva::plot::annotations::TextAnnotation;
use kuva::plot::{LinePlot, ScatterPlot};
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use std::f64::consts::PI;

/// Angles at which frequencies are written, as parts of a half turn.
const TICKS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

pub(super) fn picture(report: &Report) -> Option<Picture> {
    let eigenvalues = report.eigenvalues();
    if eigenvalues.iter().all(|of_one| of_one.is_empty()) {
        return None;
    }
    let circle = (0..=180).map(|k| (PI * f64::from(k) / 90.0).sin_cos()).map(|(y, x)| (x, y));
    let circle = LinePlot::new().with_data(circle.collect::<Vec<_>>()).with_color(INK);
    let mut plots = vec![Plot::Line(circle.with_stroke_width(1.0))];
    for mark in marks_of(report) {
        let of_one = |i: &usize| eigenvalues.get(*i).copied().unwrap_or_default();
        let points: Vec<(f64, f64)> =
            mark.members.iter().flat_map(of_one).map(|[re, im]| (*re, *im)).collect();
        let mut plot = ScatterPlot::new()
            .with_data(points)
            .with_color(&mark.colour)
            .with_marker(mark.shape)
            .with_marker_opacity(0.7)
            .with_size(4.0);
        if !mark.class.is_empty() {
            plot = plot.with_legend(in_picture(mark.class));
        }
        plots.push(Plot::Scatter(plot));
    }
    let all = || eigenvalues.iter().copied().flatten().flatten();
    let far = all().fold(1.0_f64, |most, x| most.max(x.abs())) + 0.25;
    let mut layout = Layout::auto_from_plots(&plots)
        .with_x_label("real part")
        .with_y_label("imaginary part")
        .with_x_axis_min(-far)
        .with_x_axis_max(far)
        .with_y_axis_min(-far)
        .with_y_axis_max(far)
        .with_equal_aspect()
        .with_width(760.0)
        .with_height(620.0);
    for tick in TICKS {
        let (y, x) = (PI * tick).sin_cos();
        let text = frequency(tick, report.steps_ahead(), report.rate);
        let place = TextAnnotation::new(text, 1.13 * x, 1.1 * y).with_color(INK);
        layout = layout.with_annotation(place.with_font_size(12));
    }
    let of_which = match report.fan.as_ref().and_then(|fan| fan.most_similar.as_ref()) {
        Some(member) => format!(
            " They are those of the setting that stands for all best: {} delays at an interval of {}, rank {}.",
            member.delays, member.interval, member.rank
        ),
        None => String::new(),
    };
    let unit = if report.rate.is_some() { "Hz" } else { "cycles per sample" };
    Some(Picture {
        name: "eigenvalues",
        label: "Eigenvalues of all operators and the unit circle".to_owned(),
        caption: format!(
            "Eigenvalues of the operators. The angle is a frequency, which is written on the circle in {unit}; the nearer to the circle, the slower the decay.{of_which}"
        ),
        drawing: Drawing::of(plots, layout),
    })
}

/// The frequency at a part of a half turn: an operator turns by this angle in `steps` samples.
fn frequency(part: f64, steps: usize, rate: Option<f64>) -> String {
    let of_sample = 0.5 * part / steps as f64;
    match rate {
        Some(rate) => format!("{} Hz", short(of_sample * rate)),
        None => short(of_sample),
    }
}

#[cfg(test)]
mod tests {
    use super::frequency;

    #[test]
    fn an_angle_is_a_frequency() {
        assert_eq!(frequency(1.0, 1, None), "0.50");
        assert_eq!(frequency(0.5, 2, Some(100.0)), "13 Hz");
        assert_eq!(frequency(0.0, 2, Some(100.0)), "0 Hz");
    }
}
