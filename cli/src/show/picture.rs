//! Pictures of a grid of errors, and of scores over time.

use super::drawing::Drawing;
use crate::text::in_picture;
use kuva::plot::{ColorMap, Heatmap, LinePlot};
use kuva::render::annotations::{ReferenceLine, TextAnnotation};
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// What the axes of a picture are called.
#[derive(Debug, Clone, Copy)]
pub struct AxisNames {
    /// The axis to the right.
    pub x: &'static str,
    /// The axis upwards.
    pub y: &'static str,
}

/// The range of the numbers in a picture.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The lower end.
    pub lowest: f64,
    /// The upper end.
    pub highest: f64,
}

/// A mark in a grid: its place and its meaning.
pub struct Mark {
    /// Row, from the top.
    pub row: usize,
    /// Column.
    pub column: usize,
    /// Its meaning, for the subtitle.
    pub meaning: String,
}

/// A heat map of a grid, first row on top, with one cell marked; `note` is the subtitle, and the
/// meaning of the mark follows it.
#[must_use]
pub fn grid(
    title: &str,
    axes: AxisNames,
    rows: &[String],
    columns: &[String],
    value: impl Fn(usize, usize) -> f64,
    note: &str,
    mark: Option<&Mark>,
) -> Drawing {
    let data: Vec<Vec<f64>> =
        (0..rows.len()).map(|i| (0..columns.len()).map(|j| value(i, j)).collect()).collect();
    let heat = Heatmap::new()
        .with_data(data)
        .with_labels(rows.to_vec(), columns.to_vec())
        .with_y_categories(rows.to_vec())
        .with_x_categories(columns.to_vec())
        .with_color_map(ColorMap::Viridis);
    let bottom_to_top: Vec<String> = rows.iter().rev().cloned().collect();
    let plots = vec![Plot::Heatmap(heat)];
    let mut layout = Layout::auto_from_plots(&plots)
        .with_title(title)
        .with_subtitle(note)
        .with_x_label(axes.x)
        .with_y_label(axes.y)
        .with_x_tick_rotate(-90.0)
        .with_x_categories(columns.to_vec())
        .with_y_categories(bottom_to_top)
        .with_width(320.0 + 18.0 * columns.len() as f64)
        .with_height(320.0 + 18.0 * rows.len() as f64);
    if let Some(mark) = mark {
        // Categories lie at 1, 2, ..; those of the rows from the bottom. A text is drawn a little above its place.
        let (x, y) = ((mark.column + 1) as f64, (rows.len() - mark.row) as f64 - 0.4);
        let cross = TextAnnotation::new("\u{2715}", x, y).with_color("#d62728").with_font_size(18);
        layout = layout.with_subtitle(format!("{note}{}", mark.meaning)).with_annotation(cross);
    }
    Drawing::of(plots, layout)
}

/// Numbers over time.
pub struct Trace {
    /// Its name, for the legend.
    pub name: &'static str,
    /// The colour of its line and of its threshold.
    pub colour: &'static str,
    /// Times, and the number at each time if there is one.
    pub points: Vec<(f64, Option<f64>)>,
    /// The height of a dashed line, and its label.
    pub threshold: Option<(f64, &'static str)>,
}

/// Traces over time. Lines are interrupted where there is no number; numbers beyond `range` are
/// drawn at its ends.
#[must_use]
pub fn traces(title: &str, axes: AxisNames, bounds: Bounds, traces: &[Trace]) -> Drawing {
    let Bounds { lowest, highest } = bounds;
    let mut plots = Vec::new();
    for trace in traces {
        for (k, piece) in trace.points.split(|(_, y)| y.is_none()).enumerate() {
            let points: Vec<(f64, f64)> = piece
                .iter()
                .filter_map(|(x, y)| Some((*x, y.as_ref()?.clamp(lowest, highest))))
                .collect();
            let line = LinePlot::new().with_data(points).with_color(trace.colour);
            // One entry in the legend for all pieces.
            plots.push(Plot::Line(if k == 0 { line.with_legend(trace.name) } else { line }));
        }
    }
    let mut layout = Layout::auto_from_plots(&plots)
        .with_title(in_picture(title))
        .with_x_label(axes.x)
        .with_y_label(axes.y)
        .with_y_axis_min(lowest)
        .with_y_axis_max(highest)
        .with_width(900.0)
        .with_height(420.0);
    for trace in traces {
        if let Some((value, label)) = trace.threshold {
            let line = ReferenceLine::horizontal(value).with_color(trace.colour).with_label(label);
            layout = layout.with_reference_line(line);
        }
    }
    Drawing::of(plots, layout)
}
