//! Pictures for the page, by kuva.

use crate::report::Picture;
use crate::scores::Distances;
use dsa::problem::Problem;
use dsa::statistics::classical_scaling;
use kuva::plot::{ColorMap, Heatmap, LinePlot, ScatterPlot};
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

const COLOURS: [&str; 8] =
    ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f"];
const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 400.0;

/// A heat map of all distances, rows ordered by class. An image of points: it may have 10 000 of them.
///
/// # Errors
/// kuva's words.
pub fn heat_map(title: &str, classes: &[usize], distances: &Distances) -> Result<Picture, Problem> {
    let count = classes.len();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|k| classes[*k]);
    // kuva draws the first row at the bottom.
    let data: Vec<Vec<f64>> = order
        .iter()
        .rev()
        .map(|i| order.iter().map(|j| distances.values[i * count + j]).collect())
        .collect();
    let map = Heatmap::new().with_data(data).with_color_map(ColorMap::Viridis).with_cell_size(1.0);
    let plots = vec![Plot::Heatmap(map)];
    let layout = Layout::auto_from_plots(&plots)
        .with_title(title)
        .with_subtitle(format!("{}, ordered by class", distances.measure))
        .with_width(WIDTH)
        .with_height(HEIGHT);
    let data = kuva::render_to_raster(plots, layout, 1.5).map_err(Problem::new)?;
    let caption = format!("{title}: {}, ordered by class", distances.measure);
    Ok(Picture { caption, data, media: "image/png" })
}

/// Two coordinates of classical scaling, one colour a class.
///
/// # Errors
/// A sentence if a distance is not finite.
pub fn scaling_map(
    title: &str,
    names: &[&str],
    classes: &[usize],
    distances: &Distances,
) -> Result<Picture, Problem> {
    let points = classical_scaling(&distances.values, classes.len(), 2).map_err(Problem::new)?;
    let plots: Vec<Plot> = names
        .iter()
        .enumerate()
        .map(|(class, name)| {
            let members = points.chunks(2).zip(classes).filter(|(_, c)| **c == class);
            let plot = ScatterPlot::new()
                .with_data(members.map(|(point, _)| (point[0], point[1])))
                .with_color(COLOURS[class % COLOURS.len()])
                .with_size(4.0)
                .with_legend(*name);
            Plot::Scatter(plot)
        })
        .collect();
    Ok(finish(title, &format!("{}, classical scaling", distances.measure), "", "", plots, false))
}

/// Named lines.
pub fn curves(
    title: &str,
    x: &str,
    y: &str,
    logarithmic: bool,
    lines: &[(String, Vec<(f64, f64)>)],
) -> Picture {
    let plots = lines
        .iter()
        .enumerate()
        .map(|(k, (name, points))| {
            let plot = LinePlot::new()
                .with_data(points.clone())
                .with_color(COLOURS[k % COLOURS.len()])
                .with_stroke_width(1.8)
                .with_legend(name.as_str());
            Plot::Line(plot)
        })
        .collect();
    finish(title, "", x, y, plots, logarithmic)
}

fn finish(
    title: &str,
    subtitle: &str,
    x: &str,
    y: &str,
    plots: Vec<Plot>,
    logarithmic: bool,
) -> Picture {
    let mut layout = Layout::auto_from_plots(&plots)
        .with_title(title)
        .with_x_label(x)
        .with_y_label(y)
        .with_width(WIDTH + 120.0)
        .with_height(HEIGHT);
    if !subtitle.is_empty() {
        layout = layout.with_subtitle(subtitle);
    }
    if logarithmic {
        layout = layout.with_log_y();
    }
    let caption =
        if subtitle.is_empty() { title.to_owned() } else { format!("{title}: {subtitle}") };
    let data = kuva::render_to_svg(plots, layout).into_bytes();
    Picture { caption, data, media: "image/svg+xml" }
}
