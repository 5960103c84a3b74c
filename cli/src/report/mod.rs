//! The report of a comparison or of a monitor for those who read it: a page and pictures, made from numbers alone.

pub mod data;
mod frame;
pub mod monitor;
mod page;
pub mod pictures;
pub mod sentences;

use crate::output::Contents;
use crate::problem::Problem;
use data::Report;
use serde_json::Value;

/// report.html, heatmap.svg and the files of the folder pictures, from the numbers of report.json.
///
/// # Errors
/// A sentence, if a number is missing, or if there is no memory for a picture.
pub fn files(report: &Value) -> Result<Vec<Contents>, Problem> {
    let report = Report::of(report).map_err(Problem::new)?;
    let drawn = |picture: pictures::Picture| -> Result<page::Drawn, Problem> {
        let (svg, png) = (picture.drawing.svg(), picture.drawing.png()?);
        Ok((picture, svg, png))
    };
    let drawn = pictures::all(&report).into_iter().map(drawn).collect::<Result<Vec<_>, _>>()?;
    let mut files = vec![("report.html".to_owned(), page::html(&report, &drawn)?.into_bytes())];
    for (picture, svg, png) in drawn {
        let name = picture.name;
        if name == "heatmap" {
            files.push(("heatmap.svg".to_owned(), svg.clone().into_bytes()));
        }
        files.push((format!("pictures/{name}.svg"), svg.into_bytes()));
        files.push((format!("pictures/{name}.png"), png));
    }
    Ok(files)
}
