//! The distances as a heat map, in which similar recordings are neighbours.

use super::picture::Picture;
use crate::report::data::Report;
use crate::show::heat_map::HeatMap;

pub(super) fn picture(report: &Report) -> Picture {
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
        measure: &report.measure,
        rows: &rows,
        columns: if alone { &rows } else { report.columns() },
        classes: classes.as_deref(),
    };
    let distance = |i: usize, j: usize| {
        let (i, j) = (place[i], if alone { place[j] } else { j });
        report.distances.get(i).and_then(|row| row.get(j)).copied().unwrap_or(f64::NAN)
    };
    Picture {
        name: "heatmap",
        label: format!("Heat map of the distances between {count} recordings"),
        caption: format!(
            "Distances between recordings{}. Dark is near, yellow is far.",
            if alone { ", in an order in which similar recordings are neighbours" } else { "" }
        ),
        drawing: map.draw(distance),
    }
}
