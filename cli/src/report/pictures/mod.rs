//! The pictures of a report.

mod axis;
mod circle;
mod map;
mod members;
mod spectra;
mod tree;

use super::data::Report;
use crate::show::drawing::Drawing;
use crate::show::heat_map::HeatMap;
use crate::show::marks::{Mark, marks, one_mark};

/// Names are written beside the points of up to this many recordings.
const MOST_NAMES: usize = 40;

/// The most classes in a legend; the heat map names all.
const MOST_CLASSES: usize = 14;

/// A picture and its words.
pub struct Picture {
    /// The name of its files.
    pub name: &'static str,
    /// What it is, for those who do not see it.
    pub label: String,
    /// What it shows and how it is read.
    pub caption: String,
    /// The picture itself.
    pub drawing: Drawing,
}

/// All pictures that the numbers of a report allow.
#[must_use]
pub fn all(report: &Report) -> Vec<Picture> {
    let mut pictures = vec![heat_map(report)];
    pictures.extend(tree::picture(report));
    pictures.extend(map::picture(report));
    pictures.extend(axis::picture(report));
    pictures.extend(circle::picture(report));
    pictures.extend(spectra::picture(report));
    pictures.extend(members::picture(report));
    pictures
}

/// The marks of the classes, or one for all recordings. Classes have no names where a legend would be longer than a picture.
fn marks_of(report: &Report) -> Vec<Mark<'_>> {
    let Some(classes) = &report.classes else {
        return vec![one_mark(report.recordings().count())];
    };
    let mut found = marks(classes);
    if found.len() > MOST_CLASSES {
        found.iter_mut().for_each(|mark| mark.class = "");
    }
    found
}

/// The distances, in which similar recordings are neighbours.
fn heat_map(report: &Report) -> Picture {
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
