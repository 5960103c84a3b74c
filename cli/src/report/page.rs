//! The page of a comparison.

use super::data::Report;
use super::frame::{command, figure, list, page, table};
use super::pictures::Picture;
use super::sentences::{answer, short, title};
use crate::classes::Separation;
use crate::problem::Problem;
use crate::{notes, text};
use maud::{Markup, html};

/// Tables of all distances have up to this many rows and columns.
const WIDEST: usize = 24;
/// The most recordings in a table of operators.
const MOST_MODELS: usize = 200;

/// A picture, its SVG and its PNG.
pub(super) type Drawn = (Picture, String, Vec<u8>);

/// The page as HTML.
///
/// # Errors
/// A sentence, if there is no memory for a picture.
pub(super) fn html(report: &Report, pictures: &[Drawn]) -> Result<String, Problem> {
    let shown = |names: &[&str]| -> Result<Vec<Markup>, Problem> {
        let wanted = pictures.iter().filter(|(picture, ..)| names.contains(&picture.name));
        wanted.map(|(picture, svg, png)| figure(picture, svg, png)).collect()
    };
    let distances =
        shown(&["distances", "heatmap", "heatmap_state", "heatmap_input", "dendrogram", "map"])?;
    let operators = shown(&["eigenvalues", "singular_values"])?;
    let members = shown(&["members"])?;
    let title = title(report);
    let body = html! {
        header {
            h1 { (title) }
            p.answer #answer { (answer(report)) }
            (refused_short(report))
        }
        main {
            section aria-labelledby="distances-title" {
                h2 #distances-title { "The distances" }
                p { (report.measure) "." }
                @for figure in distances { (figure) }
                (distances_table(report))
                (list(&report.sentences.exactness))
            }
            (yardsticks(report))
            @if !operators.is_empty() {
                section aria-labelledby="operators-title" {
                    h2 #operators-title { "The operators" }
                    @for figure in operators { (figure) }
                    (models(report))
                }
            }
            section aria-labelledby="settings-title" {
                h2 #settings-title { "The settings, and what others give" }
                (list(&report.sentences.settings))
                (ranks(report))
                @for figure in members { (figure) }
            }
            (baselines(report))
            (warnings(report))
            section aria-labelledby="repeat-title" {
                h2 #repeat-title { "To repeat it" }
                (command(&report.command))
                p.quiet { "report.json beside this page has every number, and the folder pictures has every picture as SVG and PNG." }
            }
        }
        footer { p { "dsa " (report.version) } }
    };
    Ok(page(&title, &body))
}

/// How many recordings are missing, at the top.
fn refused_short(report: &Report) -> Markup {
    html! {
        @if !report.refused.is_empty() {
            p.refused {
                (text::counted(report.refused.len(), "file")) " could not be used and "
                @if report.refused.len() == 1 { "is" } @else { "are" }
                " listed under " a href="#warnings-title" { "warnings" } "."
            }
        }
    }
}

/// Halves, resamples and tests of classes.
fn yardsticks(report: &Report) -> Markup {
    let said = &report.sentences;
    let all = || said.classes.iter().chain(&said.halves).chain(&said.resamples);
    html! {
        @if all().next().is_some() {
            section aria-labelledby="chance-title" {
                h2 #chance-title { "What chance would give" }
                (list(all()))
            }
        }
    }
}

fn distances_table(report: &Report) -> Markup {
    let columns = report.columns();
    if report.labels.len().max(columns.len()) > WIDEST {
        return html! {};
    }
    let mut lines = vec![vec!["recording".to_owned()]];
    lines[0].extend(columns.iter().cloned());
    for (label, row) in report.labels.iter().zip(&report.distances) {
        let mut line = vec![label.clone()];
        line.extend(row.iter().map(|x| short(*x)));
        lines.push(line);
    }
    html! {
        details { summary { "The distances as a table" } (table("Table of all distances", &lines)) }
    }
}

/// What is known of every operator.
fn models(report: &Report) -> Markup {
    if report.models.is_empty() {
        return html! {};
    }
    let mut lines =
        vec![["recording", "rank", "condition", "one-step error"].map(str::to_owned).to_vec()];
    let number = |x: Option<f64>| x.map_or("-".to_owned(), short);
    for (label, model) in report.recordings().zip(&report.models).take(MOST_MODELS) {
        let numbers = [number(model.condition), number(model.residual)];
        let line = [label.clone(), model.rank.to_string()].into_iter().chain(numbers);
        lines.push(line.collect());
    }
    html! {
        details { summary { "The operators as a table" } (table("Table of all operators", &lines)) }
    }
}

/// The result at the neighbouring ranks.
fn ranks(report: &Report) -> Markup {
    if report.ranks.is_empty() {
        return html! {};
    }
    let with_classes = report.separation.is_some();
    let mut head = vec!["rank", "smallest", "mean", "largest"];
    if with_classes {
        head.extend(["within classes", "between classes", "nearest in class"]);
    }
    let mut lines = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    let mut left_out = Vec::new();
    for at in &report.ranks {
        if let Some(reason) = &at.refused {
            left_out.push(format!("Rank {}: {reason}.", at.rank));
            continue;
        }
        let number = |x: Option<f64>| x.map_or("-".to_owned(), short);
        let mut line = vec![at.rank.to_string()];
        line.extend([at.smallest, at.mean, at.largest].map(number));
        if with_classes {
            line.extend(of_classes(at.separation.as_ref()));
        }
        lines.push(line);
    }
    html! {
        p { "The result at the rank that is used and at its neighbours:" }
        (table("Table of neighbouring ranks", &lines))
        (list(&left_out))
    }
}

/// Means within and between classes, and how many have their nearest neighbour in the class.
fn of_classes(found: Option<&Separation>) -> Vec<String> {
    match found {
        None => vec!["-".to_owned(); 3],
        Some(found) => vec![
            short(found.within_mean),
            short(found.between_mean),
            format!("{} of {}", found.nearest_in_class, found.with_company),
        ],
    }
}

/// Distances without operators beside those between operators.
fn baselines(report: &Report) -> Markup {
    if report.baselines.is_empty() {
        return html! {};
    }
    let with_classes = report.separation.is_some();
    let head: &[&str] = if with_classes {
        &["distance", "within classes", "between classes", "nearest in class"]
    } else {
        &["distance", "smallest", "mean", "largest"]
    };
    let alone = report.against.is_none();
    let mut lines = vec![head.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>()];
    let mut line = |name: String, distances: &[Vec<f64>], separation: Option<&Separation>| {
        let mut cells = vec![name];
        cells.extend(if with_classes { of_classes(separation) } else { range(distances, alone) });
        lines.push(cells);
    };
    line(format!("{}, operators", report.metric), &report.distances, report.separation.as_ref());
    for found in &report.baselines {
        if let Some(distances) = &found.distances {
            line(found.name.clone(), distances, found.separation.as_ref());
        }
    }
    html! {
        section aria-labelledby="beside-title" {
            h2 #beside-title { "Beside the operators" }
            p { "Distances that need no operator, for comparison:" }
            (table("Table of distances without operators", &lines))
            (list(&report.sentences.baselines))
        }
    }
}

/// Smallest, mean and largest distance of the pairs.
fn range(distances: &[Vec<f64>], alone: bool) -> Vec<String> {
    let rows = distances.iter().enumerate();
    let values: Vec<f64> = rows
        .flat_map(|(i, row)| &row[..if alone { i.min(row.len()) } else { row.len() }])
        .copied()
        .collect();
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = values.iter().copied().fold(0.0, f64::max);
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    vec![short(smallest), short(mean), short(largest)]
}

/// What a reader should know, and what could not be used.
fn warnings(report: &Report) -> Markup {
    let of_models = report.recordings().zip(&report.models).flat_map(|(label, model)| {
        model.warnings.iter().map(move |warning| format!("{label}: {warning}"))
    });
    let of_files =
        report.notes.iter().filter_map(|note| Some((note.file.as_deref()?, &*note.note)));
    let of_all = report.notes.iter().filter(|note| note.file.is_none());
    let of_reading =
        notes::of_files(of_files).into_iter().chain(of_all.map(|note| note.note.clone()));
    let of_baselines = report.baselines.iter().filter_map(|found| {
        let reason = found.refused.as_ref()?;
        Some(format!("There is no {} distance: {reason}", found.name))
    });
    let all: Vec<String> = report
        .remarks
        .iter()
        .cloned()
        .chain(of_models)
        .chain(of_reading)
        .chain(of_baselines)
        .collect();
    let refused: Vec<String> =
        report.refused.iter().map(|found| format!("{}: {}", found.file, found.reason)).collect();
    html! {
        @if !all.is_empty() || !refused.is_empty() {
            section aria-labelledby="warnings-title" {
                h2 #warnings-title { "Warnings and notes" }
                (list(&all))
                @if !refused.is_empty() {
                    p { "Files that could not be used:" }
                    (list(&refused))
                }
            }
        }
    }
}
