//! All distances on one axis, beside those between halves and with the null band.

use super::picture::Picture;
use crate::report::data::Report;
use crate::report::sentences::short;
use crate::show::drawing::Drawing;
use kuva::plot::StripPlot;
use kuva::plot::annotations::{ReferenceLine, ShadedRegion};
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// More points than this are thinned: the smallest, the largest, and some of every size remain.
const MOST_POINTS: usize = 2000;
/// The colour of the null band.
const BAND: &str = "#56b4e9";

pub(super) fn picture(report: &Report) -> Option<Picture> {
    let mut groups: Vec<(&str, &str, Vec<f64>)> = Vec::new();
    let of = |wanted: Option<bool>| -> Vec<f64> {
        let pairs = report.pairs().filter(|(i, j, _)| report.of_one_class(*i, *j) == wanted);
        pairs.map(|(_, _, x)| x).collect()
    };
    if let Some(halves) = &report.halves {
        groups.push(("halves of one recording", "#009e73", halves.within.clone()));
    }
    groups.push(("recordings of one class", "#0072b2", of(Some(true))));
    groups.push(("recordings of different classes", "#d55e00", of(Some(false))));
    groups.push(("different recordings", "#0072b2", of(None)));
    groups.retain(|(.., values)| !values.is_empty());
    let strip = groups.iter().rev().fold(StripPlot::new(), |strip, (name, colour, values)| {
        let points = thinned(values).into_iter().map(|x| (x, (*colour).to_owned()));
        strip.with_colored_group(*name, points.collect::<Vec<_>>())
    });
    let strip = strip.with_horizontal(true).with_seed(1).with_marker_opacity(0.65);
    let plots = vec![Plot::Strip(strip.with_point_size(4.0))];
    let largest = groups.iter().flat_map(|(.., values)| values).fold(0.0_f64, |a, x| a.max(*x));
    let edge = null_edge(report);
    let mut layout = Layout::auto_from_plots(&plots)
        .with_x_label("distance")
        .with_x_axis_min(0.0)
        .with_x_axis_max(if largest > 0.0 { 1.05 * largest.max(edge.unwrap_or(0.0)) } else { 1.0 })
        .with_width(820.0)
        .with_height(130.0 + 80.0 * groups.len() as f64);
    let mut caption = "Each point is a pair.".to_owned();
    if let Some(edge) = edge {
        layout = layout
            .with_shaded_region(ShadedRegion::vertical(0.0, edge).with_color(BAND))
            .with_reference_line(ReferenceLine::vertical(edge).with_color(BAND));
        caption += &format!(
            " In the shaded null band, up to {} (median over pairs), two recordings of one system would be.",
            short(edge)
        );
    }
    if report.halves.as_ref().is_some_and(|halves| !halves.within.is_empty()) {
        caption += " Halves of one recording show how far apart two operators of the same dynamics are; a half is shorter and therefore noisier than a recording.";
    }
    Some(Picture {
        name: "distances",
        label: "All distances on one axis".to_owned(),
        caption,
        drawing: Drawing::of(plots, layout),
    })
}

/// The median edge of the null bands.
fn null_edge(report: &Report) -> Option<f64> {
    let pairs = &report.resamples.as_ref()?.pairs;
    let mut edges: Vec<f64> = pairs.iter().map(|pair| pair.null_band_edge).collect();
    edges.sort_by(f64::total_cmp);
    edges.get(edges.len() / 2).copied()
}

fn thinned(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.len() <= MOST_POINTS {
        return sorted;
    }
    let last = sorted.len() - 1;
    (0..MOST_POINTS).map(|k| sorted[k * last / (MOST_POINTS - 1)]).collect()
}
