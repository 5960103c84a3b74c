//! Eigenvalues and the unit circle.

use super::picture::{Picture, marks_of};
use crate::report::data::{Report, TRUSTED};
use crate::report::sentences::short;
use crate::show::drawing::{Drawing, INK};
use crate::text::in_picture;
use kuva::plot::annotations::TextAnnotation;
use kuva::plot::{LinePlot, ScatterPlot};
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use std::f64::consts::PI;

/// Pixels of the plot across.
const PLOT: f64 = 640.0;

pub(super) fn picture(report: &Report) -> Option<Picture> {
    let eigenvalues = report.eigenvalues();
    if eigenvalues.iter().all(|of_one| of_one.is_empty()) {
        return None;
    }
    // Those of a recording in the upper half plane: all of them, or those that are trusted or not.
    let upper = |recording: usize, trusted: Option<bool>| -> Vec<(f64, f64)> {
        let of_one = eigenvalues.get(recording).copied().unwrap_or_default().iter().enumerate();
        let shown = of_one.filter(|(at, [_, im])| {
            *im >= 0.0 && trusted.is_none_or(|trusted| trusted == report.is_trusted(recording, *at))
        });
        shown.map(|(_, [re, im])| (*re, *im)).collect()
    };
    let all: Vec<_> = (0..eigenvalues.len()).flat_map(|recording| upper(recording, None)).collect();
    let view = View::of(&all);
    let kinds: &[_] = if report.has_residuals() {
        &[(Some(false), 0.25, 4.0), (Some(true), 0.95, 5.0)]
    } else {
        &[(None, 0.7, 4.0)]
    };
    let mut plots = vec![Plot::Line(view.arc())];
    for mark in marks_of(report) {
        for (at, (trusted, opacity, size)) in kinds.iter().enumerate() {
            let points = mark.members.iter().flat_map(|i| upper(*i, *trusted));
            let mut plot = ScatterPlot::new()
                .with_data(points.collect::<Vec<(f64, f64)>>())
                .with_color(&mark.colour)
                .with_marker(mark.shape)
                .with_marker_opacity(*opacity)
                .with_size(*size);
            if at + 1 == kinds.len() && !mark.class.is_empty() {
                plot = plot.with_legend(in_picture(mark.class));
            }
            plots.push(Plot::Scatter(plot));
        }
    }
    let mut layout = Layout::auto_from_plots(&plots)
        .with_x_label("real part")
        .with_y_label("imaginary part")
        .with_x_axis_min(view.left)
        .with_x_axis_max(view.right)
        .with_y_axis_min(view.bottom)
        .with_y_axis_max(view.top)
        .with_equal_aspect()
        .with_width(PLOT + 240.0)
        .with_height(PLOT * (view.top - view.bottom) / (view.right - view.left) + 90.0);
    for (angle, text) in view.frequencies(report.steps_ahead(), report.rate) {
        let (y, x) = angle.sin_cos();
        let out = 1.0 + 0.03 * (view.right - view.left);
        let place = TextAnnotation::new(text, out * x, out * y).with_color(INK);
        layout = layout.with_annotation(place.with_font_size(12));
    }
    let of_which = match report.fan.as_ref().and_then(|fan| fan.most_similar.as_ref()) {
        Some(member) => format!(
            " They are those of the setting that stands for all best: {} delays at an interval of {}, rank {}.",
            member.delays, member.interval, member.rank
        ),
        None => String::new(),
    };
    let trusted = if report.has_residuals() {
        format!(
            " Full marks: a residual of at most {TRUSTED} on held-out halves. Pale marks: a larger one. What noise has made is pale; so are the decaying eigenvalues of a system that is driven by noise."
        )
    } else {
        String::new()
    };
    let unit = if report.rate.is_some() { "Hz" } else { "cycles per sample" };
    Some(Picture {
        name: "eigenvalues",
        label: "Eigenvalues of all operators and the unit circle".to_owned(),
        caption: format!(
            "Eigenvalues of the operators. The angle is a frequency, which is written on the circle in {unit}; the nearer to the circle, the slower the decay. The lower half, which mirrors the upper one, is left out.{of_which}{trusted}"
        ),
        drawing: Drawing::of(plots, layout),
    })
}

/// The part of the upper half plane that is shown: all eigenvalues, and the circle near them.
struct View {
    left: f64,
    right: f64,
    bottom: f64,
    top: f64,
}

impl View {
    fn of(points: &[(f64, f64)]) -> Self {
        let left = points.iter().fold(1.0_f64, |low, (re, _)| low.min(*re));
        let right = points.iter().fold(1.0_f64, |high, (re, _)| high.max(*re));
        let top = points.iter().fold(0.2_f64, |high, (_, im)| high.max(*im));
        let margin = 0.12 * (right - left).max(top);
        let (left, right) = (left - margin, right + margin);
        // Neither a strip nor a column.
        let width = right - left;
        let top = (top + margin).max(0.35 * width);
        let more = (0.8 * top - width).max(0.0);
        Self { left: left - more, right, bottom: -0.05 * top, top }
    }

    /// The upper half of the unit circle, as far as it is shown.
    fn arc(&self) -> LinePlot {
        let points = (0..=720).map(|k| (PI * f64::from(k) / 720.0).sin_cos());
        let is_shown = |(x, y): &(f64, f64)| *x >= self.left && *y <= self.top;
        let points: Vec<(f64, f64)> = points.map(|(y, x)| (x, y)).filter(is_shown).collect();
        LinePlot::new().with_data(points).with_color(INK).with_stroke_width(1.0)
    }

    /// Angles within the view and their frequencies: an operator turns by an angle in `steps` samples.
    fn frequencies(&self, steps: usize, rate: Option<f64>) -> Vec<(f64, String)> {
        let of_turn = rate.unwrap_or(1.0) / steps as f64;
        let is_shown = |angle: f64| angle.cos() > self.left && 1.06 * angle.sin() < self.top;
        let shown = (0..=180).map(|k| PI * f64::from(k) / 180.0).take_while(|x| is_shown(*x));
        let highest = shown.last().unwrap_or(0.0) / (2.0 * PI) * of_turn;
        let step = round_step(highest / 6.0);
        let ticks = (0..=10).map(|k| f64::from(k) * step).take_while(|f| *f <= highest);
        let unit = if rate.is_some() { " Hz" } else { "" };
        let named = ticks.map(|f| (2.0 * PI * f / of_turn, format!("{}{unit}", short(f))));
        named.collect()
    }
}

/// The next of 1, 2 and 5 times a power of ten that is not smaller.
fn round_step(least: f64) -> f64 {
    if !(least > 0.0) {
        return 1.0;
    }
    let power = 10.0_f64.powf(least.log10().floor());
    let found = [1.0, 2.0, 5.0].into_iter().find(|x| x * power >= least);
    found.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_angle_is_a_frequency() {
        // A quarter turn in two samples is an eighth of the rate.
        let view = View::of(&[(-1.0, 0.0), (0.0, 1.0)]);
        let found = view.frequencies(2, Some(100.0));
        let quarter = found.iter().find(|(_, text)| text == "10 Hz").unwrap();
        assert!((quarter.0 - 2.0 * PI * 10.0 * 2.0 / 100.0).abs() < 1e-12);
        assert_eq!(view.frequencies(1, None)[0], (0.0, "0".to_owned()));
        assert_eq!(
            [0.03, 0.2, 0.011, 7.0].map(round_step).map(short),
            ["0.050", "0.20", "0.020", "10"]
        );
    }
}
