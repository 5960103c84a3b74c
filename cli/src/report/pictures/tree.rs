//! The tree of recordings, with the mean distance at which clusters are joined.

use super::picture::{Picture, marks_of};
use crate::report::data::Report;
use crate::show::drawing::{Drawing, INK};
use crate::text::in_picture;
use kuva::plot::{LinePlot, ScatterPlot};
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// Names are written beside up to this many leaves.
const MOST_NAMES: usize = 128;

pub(super) fn picture(report: &Report) -> Option<Picture> {
    let (found, count) = (report.clustering.as_ref()?, report.labels.len());
    if found.merges.is_empty() {
        return None;
    }
    // Leaves lie at 1, 2, .. from the bottom; the first in the order is on top, as in the heat map.
    let mut places = vec![(0.0, 0.0); count];
    for (at, leaf) in found.order.iter().enumerate() {
        *places.get_mut(*leaf)? = (0.0, (count - at) as f64);
    }
    let mut plots = Vec::new();
    for merge in &found.merges {
        let (left, right) = (*places.get(merge.left)?, *places.get(merge.right)?);
        let x = merge.height;
        let bracket = [left, (x, left.1), (x, right.1), right];
        let line = LinePlot::new().with_data(bracket).with_color(INK).with_stroke_width(1.5);
        plots.push(Plot::Line(line));
        places.push((x, 0.5 * (left.1 + right.1)));
    }
    if report.classes.is_some() {
        for mark in marks_of(report) {
            let points: Vec<(f64, f64)> = mark.members.iter().map(|i| places[*i]).collect();
            let points = ScatterPlot::new().with_data(points).with_color(&mark.colour);
            let points = points.with_marker(mark.shape).with_size(5.0);
            let is_named = !mark.class.is_empty();
            plots.push(Plot::Scatter(if is_named {
                points.with_legend(in_picture(mark.class))
            } else {
                points
            }));
        }
    }
    let name = |leaf: &usize| {
        let name = report.labels.get(*leaf).filter(|_| count <= MOST_NAMES);
        name.map(|name| in_picture(name)).unwrap_or_default()
    };
    let names: Vec<String> = found.order.iter().rev().map(name).collect();
    let largest = found.merges.iter().map(|merge| merge.height).fold(0.0, f64::max);
    let layout = Layout::auto_from_plots(&plots)
        .with_y_categories(names)
        .with_x_label("mean distance between clusters")
        .with_y_axis_min(0.5)
        .with_y_axis_max(count as f64 + 0.5)
        .with_x_axis_min(if largest > 0.0 { -0.02 * largest } else { 0.0 })
        .with_width(760.0)
        .with_height(140.0 + 20.0 * count.min(MOST_NAMES) as f64);
    Some(Picture {
        name: "dendrogram",
        label: format!("Dendrogram of {count} recordings"),
        caption: "Average-linkage tree. Two branches are joined at the mean distance between their recordings.".to_owned(),
        drawing: Drawing::of(plots, layout),
    })
}
