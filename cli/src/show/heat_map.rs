//! Heat maps of distances, with the number in each cell and the class beside each name.

use super::drawing::Drawing;
use super::marks;
use crate::text::in_picture;
use kuva::plot::{ColorMap, Heatmap, ScatterPlot};
use kuva::render::layout::{ComputedLayout, Layout};
use kuva::render::plots::Plot;

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
        let (beside, cell, name) =
            if largest <= MOST_NUMBERS { (420.0, 22.0, 12) } else { (220.0, 13.0, 10) };
        let side = beside + cell * largest.min(MOST_NAMES) as f64;
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
                .with_tick_size(name)
                .with_width(side + 176.0)
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
        Drawing::of(plots, layout)
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
