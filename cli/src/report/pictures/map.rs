//! The map of recordings by classical multidimensional scaling.

use super::picture::{MOST_NAMES, Picture, marks_of};
use crate::report::data::Report;
use crate::show::drawing::Drawing;
use crate::text::in_picture;
use kuva::plot::ScatterPlot;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// Pixels of the plot across.
const PLOT: f64 = 640.0;
/// The least height of the plot, as a part of its width.
const LEAST_HEIGHT: f64 = 0.3;

/// A range of an axis.
#[derive(Clone, Copy)]
struct Range {
    low: f64,
    high: f64,
}

impl Range {
    fn length(self) -> f64 {
        self.high - self.low
    }

    /// The range, widened on both sides to a length.
    fn at_least(self, length: f64) -> Self {
        let more = (0.5 * (length - self.length())).max(0.0);
        Self { low: self.low - more, high: self.high + more }
    }
}

/// The range of coordinates, with a margin.
fn range(values: impl Iterator<Item = f64> + Clone) -> Range {
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    let margin = if high > low { 0.12 * (high - low) } else { 0.5 };
    Range { low: low - margin, high: high + margin }
}

pub(super) fn picture(report: &Report) -> Option<Picture> {
    let (found, count) = (report.scaling.as_ref()?, report.labels.len());
    let place = |i: &usize| found.coordinates.get(*i).map(|[x, y]| (*x, *y));
    let mut plots = Vec::new();
    for mark in marks_of(report) {
        let points: Vec<(f64, f64)> = mark.members.iter().filter_map(place).collect();
        let names = mark.members.iter().map(|i| {
            let name = report.labels.get(*i).filter(|_| count <= MOST_NAMES);
            name.map(|name| in_picture(name)).unwrap_or_default()
        });
        let mut plot = ScatterPlot::new()
            .with_data(points)
            .with_color(&mark.colour)
            .with_marker(mark.shape)
            .with_size(6.0)
            .with_labels(names.collect::<Vec<_>>())
            .with_repel_labels();
        if !mark.class.is_empty() {
            plot = plot.with_legend(in_picture(mark.class));
        }
        plots.push(Plot::Scatter(plot));
    }
    let [width, height] =
        [0, 1].map(|axis| range(found.coordinates.iter().map(|point| point[axis])));
    // Both axes have one scale, so that distances can be seen.
    let side = width.length().max(height.length());
    let (width, height) = (width.at_least(side), height.at_least(LEAST_HEIGHT * side));
    let pixels = PLOT * height.length() / width.length();
    let layout = Layout::auto_from_plots(&plots)
        .with_x_label("first coordinate")
        .with_y_label("second coordinate")
        .with_x_axis_min(width.low)
        .with_x_axis_max(width.high)
        .with_y_axis_min(height.low)
        .with_y_axis_max(height.high)
        .with_equal_aspect()
        .with_body_size(11)
        .with_width(PLOT + 240.0)
        .with_height(pixels + 90.0);
    let kept = found.rank_correlation.map_or(String::new(), |x| {
        format!(" The distances in the map have a rank correlation of {x:.2} with those that were found.")
    });
    Some(Picture {
        name: "map",
        label: format!("Map of {count} recordings"),
        caption: format!(
            "Classical multidimensional scaling: recordings that lie together are similar. The axes have no meaning of their own.{kept}"
        ),
        drawing: Drawing::of(plots, layout),
    })
}
