//! A picture and its words, and what all pictures share.

use crate::report::data::Report;
use crate::show::drawing::Drawing;
use crate::show::marks::{Mark, marks, one_mark};

/// Names are written beside the points of up to this many recordings.
pub(super) const MOST_NAMES: usize = 40;

/// The most classes in a legend; the heat map names all.
pub(super) const MOST_CLASSES: usize = 14;

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

/// The marks of the classes, or one for all recordings. Classes have no names where a legend would be longer than a picture.
pub(super) fn marks_of(report: &Report) -> Vec<Mark<'_>> {
    let Some(classes) = &report.classes else {
        return vec![one_mark(report.recordings().count())];
    };
    let mut found = marks(classes);
    if found.len() > MOST_CLASSES {
        found.iter_mut().for_each(|mark| mark.class = "");
    }
    found
}
