//! Pictures that are finished but for their format: as SVG, or as PNG.

use super::contrast::make_readable;
use crate::problem::Problem;
use kuva::PngBackend;
use kuva::Theme;
use kuva::backend::svg::SvgBackend;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use kuva::render::render::{Primitive, Scene, TextAnchor, render_multiple};

/// The colour of texts and axes. It is used for nothing else, so that a page can replace it in its dark scheme.
pub const INK: &str = "#1f2328";
/// The colour of what lies behind a picture.
pub const PAPER: &str = "#ffffff";
/// The colour of the lines of a grid.
pub const GRID: &str = "#d1d9e0";

/// A picture.
pub struct Drawing(Scene);

impl Drawing {
    /// Draws plots in a layout.
    #[must_use]
    pub fn of(plots: Vec<Plot>, layout: Layout) -> Self {
        let mut scene = render_multiple(plots, layout.with_theme(theme()));
        make_readable(&mut scene);
        make_room(&mut scene);
        Self(scene)
    }

    /// The picture as an SVG document.
    #[must_use]
    pub fn svg(&self) -> String {
        SvgBackend.render_scene(&self.0)
    }

    /// The picture as a PNG, two pixels for one of the SVG. Its texts need no font of the system.
    ///
    /// # Errors
    /// A sentence, if there is no memory for the pixels.
    pub fn png(&self) -> Result<Vec<u8>, Problem> {
        PngBackend::new().with_scale(2.0).render_scene(&self.0).map_err(Problem::new)
    }
}

/// The width of a letter as a part of its size, for the widest of usual fonts.
const LETTER: f64 = 0.65;
/// The most that a picture grows by, in pixels: a name may have any length.
const MOST_ROOM: f64 = 300.0;

/// Widens a picture to the right and downwards where texts would be cut at its edge.
fn make_room(scene: &mut Scene) {
    let (mut right, mut bottom) = (scene.width, scene.height);
    for element in &scene.elements {
        let Primitive::Text { x, y, content, size, anchor, rotate, .. } = element else { continue };
        let long = LETTER * f64::from(*size) * content.chars().count() as f64;
        match (anchor, rotate) {
            (TextAnchor::Start, None) => right = right.max(x + long),
            // Names below an axis, read upwards.
            (TextAnchor::End, Some(angle)) if *angle == -90.0 => bottom = bottom.max(y + long),
            _ => {}
        }
    }
    scene.width = right.min(scene.width + MOST_ROOM);
    scene.height = bottom.min(scene.height + MOST_ROOM);
}

/// The colours of all pictures.
#[must_use]
pub fn theme() -> Theme {
    Theme {
        background: PAPER.into(),
        axis_color: INK.into(),
        grid_color: GRID.into(),
        tick_color: INK.into(),
        text_color: INK.into(),
        legend_bg: PAPER.into(),
        legend_border: GRID.into(),
        colorbar_border: INK.into(),
        font_family: Some("system-ui, sans-serif".into()),
        ..Theme::light()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_grows_with_texts_at_its_edge_but_not_without_end() {
        let text = |letters: usize, anchor, rotate| Primitive::Text {
            x: 90.0,
            y: 90.0,
            content: "m".repeat(letters),
            size: 10,
            anchor,
            rotate,
            bold: false,
            color: None,
        };
        let grown = |element: Primitive| {
            let mut scene = Scene::new(100.0, 100.0);
            scene.add(element);
            make_room(&mut scene);
            (scene.width, scene.height)
        };
        assert_eq!(grown(text(1, TextAnchor::Start, None)), (100.0, 100.0));
        assert_eq!(grown(text(4, TextAnchor::Start, None)), (116.0, 100.0));
        assert_eq!(grown(text(4, TextAnchor::End, Some(-90.0))), (100.0, 116.0));
        assert_eq!(grown(text(10_000, TextAnchor::Start, None)), (400.0, 100.0));
    }
}
