//! The distances as a heat map, in which similar recordings are neighbours.

use super::picture::Picture;
use crate::report::data::Report;
use crate::show::heat_map::HeatMap;
use crate::text;

pub(super) fn picture(report: &Report) -> Picture {
    let what = if report.parts.is_some() { "joint distances" } else { "distances" };
    drawn(report, "heatmap", what, &report.measure, &report.distances)
}

/// The parts of distances between systems with known inputs, in the order of the joint ones.
pub(super) fn parts(report: &Report) -> Vec<Picture> {
    let Some(parts) = &report.parts else { return Vec::new() };
    let state = "State: distance between the dynamics, under the transform of the joint distance";
    let input = "Input: distance between the ways in which inputs enter, under the same transform";
    vec![
        drawn(report, "heatmap_state", "distances of the dynamics", state, &parts.state),
        drawn(report, "heatmap_input", "distances of the inputs", input, &parts.input),
    ]
}

fn drawn(
    report: &Report,
    name: &'static str,
    what: &str,
    measure: &str,
    distances: &[Vec<f64>],
) -> Picture {
    let count = report.labels.len();
    let place: Vec<usize> = match &report.clustering {
        Some(found) => found.order.clone(),
        None => (0..count).collect(),
    };
    let in_order = |names: &[String]| -> Vec<String> {
        place.iter().filter_map(|i| names.get(*i).cloned()).collect()
    };
    let (rows, alone) = (in_order(&report.labels), report.against.is_none());
    let classes = report.classes.as_deref().map(in_order);
    let map = HeatMap {
        title: "Dynamical similarity",
        measure,
        rows: &rows,
        columns: if alone { &rows } else { report.columns() },
        classes: classes.as_deref(),
    };
    let distance = |i: usize, j: usize| {
        let (i, j) = (place[i], if alone { place[j] } else { j });
        distances.get(i).and_then(|row| row.get(j)).copied().unwrap_or(f64::NAN)
    };
    Picture {
        name,
        label: format!("Heat map of the {what} between {count} recordings"),
        caption: format!(
            "{} between recordings{}. Dark is near, yellow is far.",
            text::capital(what),
            if alone { ", in an order in which similar recordings are neighbours" } else { "" }
        ),
        drawing: map.draw(distance),
    }
}
