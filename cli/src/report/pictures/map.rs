//! The map of recordings by classical multidimensional scaling.

use super::{MOST_NAMES, Picture, marks_of};
use crate::report::data::Report;
use crate::show::drawing::Drawing;
use crate::text::in_picture;
use kuva::plot::ScatterPlot;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

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
            .with_labels(names.collect::<Vec<_>>());
        if !mark.class.is_empty() {
            plot = plot.with_legend(in_picture(mark.class));
        }
        plots.push(Plot::Scatter(plot));
    }
    let all = || found.coordinates.iter().flatten();
    let far = all().fold(0.0_f64, |most, x| most.max(x.abs()));
    let far = if far > 0.0 { 1.15 * far } else { 1.0 };
    let layout = Layout::auto_from_plots(&plots)
        .with_x_label("first coordinate")
        .with_y_label("second coordinate")
        .with_x_axis_min(-far)
        .with_x_axis_max(far)
        .with_y_axis_min(-far)
        .with_y_axis_max(far)
        .with_width(760.0)
        .with_height(620.0);
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
