//! Heat maps of distances, with the number in each cell and the class beside each name.

use super::drawing::Drawing;
use super::marks;
use crate::text::in_picture;
use kuva::plot::{ColorMap, Heatmap, ScatterPlot};
use kuva::render::color::Color;
use kuva::render::layout::{ComputedLayout, Layout};
use kuva::render::plots::Plot;
use kuva::render::render::{Primitive, Scene};
use std::ops::Range;

/// The words of a heat map.
#[derive(Debug, Clone, Copy)]
pub struct HeatMap<'a> {
    /// The title.
    pub title: &'a str,
    /// The subtitle: what the numbers measure.
    pub measure: &'a str,
    /// Names of the rows, from the top.
    pub rows: &'a [String],
    /// Names of the columns.
    pub columns: &'a [String],
    /// The class of each row, which is also that of the column of the same number.
    pub classes: Option<&'a [String]>,
}

/// Numbers are printed into the cells of up to this many rows and columns; in more, they would be too small to read.
const MOST_NUMBERS: usize = 24;
/// Pixels of the strip between names and cells in which classes are marked, and half the side of a mark.
const STRIP: f64 = 20.0;
const HALF_MARK: f64 = 6.0;
/// Names are written beside up to this many rows and columns, and the picture grows with them.
const MOST_NAMES: usize = 128;

impl HeatMap<'_> {
    /// Draws the heat map; `value` is the number of a row and a column.
    #[must_use]
    pub fn draw(&self, value: impl Fn(usize, usize) -> f64) -> Drawing {
        let largest = self.rows.len().max(self.columns.len());
        let shown = |name: &String| {
            if largest <= MOST_NAMES { in_picture(name) } else { String::new() }
        };
        let names = |names: &[String]| names.iter().map(shown).collect();
        let (rows, columns): (Vec<String>, Vec<String>) = (names(self.rows), names(self.columns));
        let data: Vec<Vec<f64>> =
            (0..rows.len()).map(|i| (0..columns.len()).map(|j| value(i, j)).collect()).collect();
        // The picture counts rows from the bottom.
        let mut heat =
            Heatmap::new().with_data(data.into_iter().rev()).with_color_map(ColorMap::Viridis);
        if largest <= MOST_NUMBERS {
            heat = heat.with_values();
        }
        let side = 420.0 + 22.0 * largest.min(MOST_NAMES) as f64;
        let mut plots = vec![Plot::Heatmap(heat)];
        let grid = Grid { rows: rows.len(), columns: columns.len() };
        let draft = |plots: &[Plot], strip: Cells| {
            Layout::auto_from_plots(plots)
                .with_title(in_picture(self.title))
                .with_subtitle(in_picture(self.measure))
                .with_x_tick_rotate(-90.0)
                .with_x_categories(columns.clone())
                .with_y_categories(rows.iter().rev().cloned().collect())
                .with_x_axis_min(0.5 - strip.wide)
                .with_x_axis_max(grid.columns as f64 + 0.5)
                .with_y_axis_min(0.5 - strip.high)
                .with_y_axis_max(grid.rows as f64 + 0.5)
                .with_width(side + 160.0)
                .with_height(side)
        };
        let mut strip = Cells::default();
        if let Some(classes) = self.classes {
            // The legend takes room, so the size of a cell is known only when the marks are there.
            plots.extend(grid.marks(classes, strip));
            strip = grid.in_cells(STRIP, &draft(&plots, strip), strip);
            plots.truncate(1);
            plots.extend(grid.marks(classes, strip));
        }
        let layout = draft(&plots, strip);
        Drawing::changed(plots, layout, |scene| {
            if largest <= MOST_NUMBERS {
                make_readable(scene);
            }
        })
    }
}

/// A length in widths and in heights of a cell.
#[derive(Debug, Clone, Copy, Default)]
struct Cells {
    wide: f64,
    high: f64,
}

/// The cells. In the coordinates of the picture the cell in column j and in row i from the bottom has its centre at
/// (j + 1, i + 1), and sides of length 1.
#[derive(Debug, Clone, Copy)]
struct Grid {
    rows: usize,
    columns: usize,
}

impl Grid {
    /// A length in pixels as cells that leave room for a strip of this length.
    fn in_cells(self, pixels: f64, layout: &Layout, strip: Cells) -> Cells {
        let computed = ComputedLayout::from_layout(layout);
        let of = |count: usize, already: f64, room: f64| {
            (count as f64 + already) * pixels / (room - pixels).max(pixels)
        };
        Cells {
            wide: of(self.columns, strip.wide, computed.plot_width()),
            high: of(self.rows, strip.high, computed.plot_height()),
        }
    }

    /// Marks in the colour of each class, in the strip to the left of the cells and in that below them.
    fn marks(self, classes: &[String], strip: Cells) -> Vec<Plot> {
        let mark = |mark: marks::Mark<'_>| {
            let (x, y) = (0.5 - 0.5 * strip.wide, 0.5 - 0.5 * strip.high);
            let points = mark.members.into_iter();
            let points =
                points.flat_map(|i| [(x, self.rows.saturating_sub(i) as f64), (i as f64 + 1.0, y)]);
            Plot::Scatter(
                ScatterPlot::new()
                    .with_data(points)
                    .with_color(&mark.colour)
                    .with_marker(mark.shape)
                    .with_size(HALF_MARK)
                    .with_legend(in_picture(mark.class)),
            )
        };
        marks::marks(classes).into_iter().map(mark).collect()
    }
}

/// Colours the number in each cell: dark on light cells, light on dark ones.
fn make_readable(scene: &mut Scene) {
    let mut cells = Vec::new();
    for element in &scene.elements {
        if let Primitive::RectBatch { x, y, w, h, fills } = element {
            let corners = x.iter().zip(y).zip(w.iter().zip(h));
            cells.extend(corners.zip(fills).map(|(((x, y), (w, h)), fill)| Cell {
                across: *x..x + w,
                down: *y..y + h,
                number: readable_on(fill),
            }));
        }
    }
    for element in &mut scene.elements {
        if let Primitive::Text { x, y, color, .. } = element
            && let Some(cell) =
                cells.iter().find(|cell| cell.across.contains(x) && cell.down.contains(y))
        {
            *color = Some(cell.number.clone());
        }
    }
}

/// A cell in pixels, and the colour of the number in it.
struct Cell {
    across: Range<f64>,
    down: Range<f64>,
    number: Color,
}

/// Black or white, whichever has the larger contrast with a colour: their contrasts, (L + 0.05) / 0.05 and
/// 1.05 / (L + 0.05), are equal, 4.6, at the relative luminance L = 0.179.
///
/// Source: Web Content Accessibility Guidelines 2.2, relative luminance and contrast ratio.
fn readable_on(colour: &Color) -> Color {
    if luminance(colour) > 0.179 { Color::Rgb(0, 0, 0) } else { Color::Rgb(255, 255, 255) }
}

/// Relative luminance of a colour, 0 for black and 1 for white; 1 for a colour that is not red, green and blue.
fn luminance(colour: &Color) -> f64 {
    let Color::Rgb(red, green, blue) = colour else { return 1.0 };
    let linear = |byte: &u8| {
        let share = f64::from(*byte) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable_on_every_colour() {
        for k in 0..=1000 {
            let colour = ColorMap::Viridis.map(f64::from(k) / 1000.0);
            let cell = Color::from(&colour);
            let (cell, text) = (luminance(&cell), luminance(&readable_on(&cell)));
            let contrast = (cell.max(text) + 0.05) / (cell.min(text) + 0.05);
            assert!(contrast >= 4.5, "{colour}: {contrast}");
        }
        assert_eq!(
            (luminance(&Color::from("#ffffff")), luminance(&Color::from("#000000"))),
            (1.0, 0.0)
        );
    }
}
