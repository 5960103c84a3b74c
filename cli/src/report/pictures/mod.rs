//! The pictures of a report.

mod axis;
mod circle;
mod heat_map;
mod map;
mod members;
mod picture;
mod spectra;
mod tree;

pub use picture::Picture;

use super::data::Report;

/// All pictures that the numbers of a report allow.
#[must_use]
pub fn all(report: &Report) -> Vec<Picture> {
    let mut pictures = vec![heat_map::picture(report)];
    pictures.extend(heat_map::parts(report));
    pictures.extend(tree::picture(report));
    pictures.extend(map::picture(report));
    pictures.extend(axis::picture(report));
    pictures.extend(circle::picture(report));
    pictures.extend(spectra::picture(report));
    pictures.extend(members::picture(report));
    pictures
}
