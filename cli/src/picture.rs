//! Pictures: the matrix of distances as a heat map whose rows are ordered by clustering, a grid, numbers over
//! time.

use crate::text::in_picture;
use kuva::plot::{ColorMap, Heatmap, LinePlot};
use kuva::render::annotations::{ReferenceLine, TextAnnotation};
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// An order in which similar recordings are neighbours: the leaves of an average-linkage tree.
///
/// `distances` is square, row after row.
#[must_use]
pub fn clustered_order(distances: &[f64], count: usize) -> Vec<usize> {
    if count < 2 {
        return (0..count).collect();
    }
    let mut condensed: Vec<f64> = (0..count)
        .flat_map(|i| (i + 1..count).map(move |j| (i, j)))
        .map(|(i, j)| distances[i * count + j])
        .collect();
    let tree = kodama::linkage(&mut condensed, count, kodama::Method::Average);
    let mut clusters: Vec<Vec<usize>> = (0..count).map(|leaf| vec![leaf]).collect();
    for step in tree.steps() {
        let mut joined = std::mem::take(&mut clusters[step.cluster1]);
        joined.append(&mut clusters[step.cluster2]);
        clusters.push(joined);
    }
    clusters.pop().unwrap_or_default()
}

/// An SVG heat map of a rows x columns matrix, first row on top.
#[must_use]
pub fn heat_map(
    title: &str,
    measure: &str,
    rows: &[String],
    columns: &[String],
    value: impl Fn(usize, usize) -> f64,
) -> String {
    let fit =
        |names: &[String]| -> Vec<String> { names.iter().map(|name| in_picture(name)).collect() };
    let (rows, columns) = (fit(rows), fit(columns));
    let data: Vec<Vec<f64>> =
        (0..rows.len()).map(|i| (0..columns.len()).map(|j| value(i, j)).collect()).collect();
    let mut heat = Heatmap::new()
        .with_data(data)
        .with_labels(rows.to_vec(), columns.to_vec())
        .with_y_categories(rows.to_vec())
        .with_x_categories(columns.to_vec())
        .with_color_map(ColorMap::Viridis);
    if rows.len().max(columns.len()) <= 12 {
        heat = heat.with_values();
    }
    let bottom_to_top: Vec<String> = rows.iter().rev().cloned().collect();
    let side = 420.0 + 22.0 * rows.len().max(columns.len()) as f64;
    let plots = vec![Plot::Heatmap(heat)];
    let layout = Layout::auto_from_plots(&plots)
        .with_title(in_picture(title))
        .with_subtitle(in_picture(measure))
        .with_x_tick_rotate(-90.0)
        .with_x_categories(columns.to_vec())
        .with_y_categories(bottom_to_top)
        .with_width(side + 160.0)
        .with_height(side);
    kuva::render_to_svg(plots, layout)
}

/// A mark in a grid: its row from the top, its column, and what it stands for.
pub struct Mark {
    /// Row, from the top.
    pub row: usize,
    /// Column.
    pub column: usize,
    /// What stands in the subtitle.
    pub meaning: String,
}

/// An SVG heat map of a grid, first row on top, with one cell marked; `note` is the subtitle, and the
/// meaning of the mark follows it.
#[must_use]
pub fn grid(
    title: &str,
    (row_name, column_name): (&str, &str),
    rows: &[String],
    columns: &[String],
    value: impl Fn(usize, usize) -> f64,
    note: &str,
    mark: Option<&Mark>,
) -> String {
    let data: Vec<Vec<f64>> =
        (0..rows.len()).map(|i| (0..columns.len()).map(|j| value(i, j)).collect()).collect();
    let heat = Heatmap::new()
        .with_data(data)
        .with_labels(rows.to_vec(), columns.to_vec())
        .with_y_categories(rows.to_vec())
        .with_x_categories(columns.to_vec())
        .with_color_map(ColorMap::Viridis);
    let bottom_to_top: Vec<String> = rows.iter().rev().cloned().collect();
    let plots = vec![Plot::Heatmap(heat)];
    let mut layout = Layout::auto_from_plots(&plots)
        .with_title(title)
        .with_subtitle(note)
        .with_x_label(column_name)
        .with_y_label(row_name)
        .with_x_tick_rotate(-90.0)
        .with_x_categories(columns.to_vec())
        .with_y_categories(bottom_to_top)
        .with_width(320.0 + 18.0 * columns.len() as f64)
        .with_height(320.0 + 18.0 * rows.len() as f64);
    if let Some(mark) = mark {
        // Categories stand at 1, 2, ..; those of the rows from the bottom. A text stands a little above its place.
        let (x, y) = ((mark.column + 1) as f64, (rows.len() - mark.row) as f64 - 0.4);
        let cross = TextAnnotation::new("\u{2715}", x, y).with_color("#d62728").with_font_size(18);
        layout = layout.with_subtitle(format!("{note}{}", mark.meaning)).with_annotation(cross);
    }
    kuva::render_to_svg(plots, layout)
}

/// Numbers over time.
pub struct Trace {
    /// What stands in the legend.
    pub name: &'static str,
    /// Of its line and its threshold.
    pub colour: &'static str,
    /// Time and number, if there is one.
    pub points: Vec<(f64, Option<f64>)>,
    /// A dashed line, and what stands at it.
    pub threshold: Option<(f64, &'static str)>,
}

/// An SVG of traces over time. Lines are interrupted where there is no number; numbers beyond `range` are
/// drawn at its ends.
#[must_use]
pub fn traces(
    title: &str,
    (x_name, y_name): (&str, &str),
    (lowest, highest): (f64, f64),
    traces: &[Trace],
) -> String {
    let mut plots = Vec::new();
    for trace in traces {
        for (k, piece) in trace.points.split(|(_, y)| y.is_none()).enumerate() {
            let points: Vec<(f64, f64)> = piece
                .iter()
                .filter_map(|(x, y)| Some((*x, y.as_ref()?.clamp(lowest, highest))))
                .collect();
            let line = LinePlot::new().with_data(points).with_color(trace.colour);
            // One entry in the legend for all pieces.
            plots.push(Plot::Line(if k == 0 { line.with_legend(trace.name) } else { line }));
        }
    }
    let mut layout = Layout::auto_from_plots(&plots)
        .with_title(in_picture(title))
        .with_x_label(x_name)
        .with_y_label(y_name)
        .with_y_axis_min(lowest)
        .with_y_axis_max(highest)
        .with_width(900.0)
        .with_height(420.0);
    for trace in traces {
        if let Some((value, label)) = trace.threshold {
            let line = ReferenceLine::horizontal(value).with_color(trace.colour).with_label(label);
            layout = layout.with_reference_line(line);
        }
    }
    kuva::render_to_svg(plots, layout)
}

#[cfg(test)]
mod tests {
    use super::clustered_order;

    #[test]
    fn similar_recordings_become_neighbours() {
        // 0 and 2 are close, 1 and 3 are close.
        let far = 9.0;
        #[rustfmt::skip]
        let distances = [
            0.0, far, 1.0, far,
            far, 0.0, far, 1.0,
            1.0, far, 0.0, far,
            far, 1.0, far, 0.0,
        ];
        let order = clustered_order(&distances, 4);
        let place = |x: usize| order.iter().position(|y| *y == x).unwrap();
        assert_eq!(place(0).abs_diff(place(2)), 1);
        assert_eq!(place(1).abs_diff(place(3)), 1);
    }
}
