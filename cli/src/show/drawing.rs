//! Pictures that are finished but for their format: as SVG, or as PNG.

use super::contrast::make_readable;
use crate::problem::Problem;
use kuva::PngBackend;
use kuva::Theme;
use kuva::backend::svg::SvgBackend;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use kuva::render::render::{Scene, render_multiple};

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
