//! What every page has: its head with the styles, its figures, and boxes that scroll.

use super::pictures::Picture;
use crate::problem::Problem;
use crate::text;
use base64::Engine;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The styles of all pages.
const STYLE: &str = include_str!("style.css");
/// A picture of more bytes is shown as pixels where these are fewer.
const MOST_BYTES: usize = 250_000;

/// A page with a title and a body. It loads nothing.
pub(super) fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}

/// A picture with its caption.
///
/// # Errors
/// A sentence, if there is no memory for the pixels.
pub(super) fn figure(picture: &Picture, svg: &str, png: &[u8]) -> Result<Markup, Problem> {
    let label = &picture.label;
    // Four characters stand for three bytes.
    let shown = if svg.len() <= MOST_BYTES || svg.len() <= png.len() / 3 * 4 {
        named(svg, label)
    } else {
        let bytes = base64::engine::general_purpose::STANDARD.encode(png);
        let [width, height] = pixels(png).unwrap_or_default().map(|pixels| pixels / 2);
        let source = format!("data:image/png;base64,{bytes}");
        html! { img src=(source) alt=(label) width=(width) height=(height); }
    };
    Ok(html! {
        figure id=(picture.name) {
            div.box tabindex="0" role="group" aria-label={ "Scrolls: " (label) } { (shown) }
            figcaption { (picture.caption) }
        }
    })
}

/// An SVG document as a named picture within a page.
fn named(svg: &str, label: &str) -> Markup {
    let rest = svg.strip_prefix("<svg ").unwrap_or_default();
    let size = |name: &str| {
        let (_, after) = rest.split_once(&format!("{name}=\""))?;
        after.split_once('"').map(|(value, _)| value.to_owned())
    };
    let (width, height) = (size("width").unwrap_or_default(), size("height").unwrap_or_default());
    let attributes = html! { (label) };
    let view = format!("0 0 {width} {height}");
    PreEscaped(format!(
        "<svg role=\"img\" aria-label=\"{}\" viewBox=\"{view}\" {rest}",
        attributes.into_string()
    ))
}

/// The size of a PNG, from its header.
fn pixels(png: &[u8]) -> Option<[u32; 2]> {
    let number = |at: usize| Some(u32::from_be_bytes(png.get(at..at + 4)?.try_into().ok()?));
    Some([number(16)?, number(20)?])
}

/// A table of texts and numbers in a box that scrolls; the first line is the head.
pub(super) fn table(name: &str, lines: &[Vec<String>]) -> Markup {
    let Some((head, rest)) = lines.split_first() else { return html! {} };
    html! {
        div.box tabindex="0" role="group" aria-label=(name) {
            table {
                thead { tr { @for cell in head { th scope="col" { (text::line(cell)) } } } }
                tbody {
                    @for line in rest {
                        tr {
                            @for (j, cell) in line.iter().enumerate() {
                                @if j == 0 { th scope="row" { (text::line(cell)) } }
                                @else { td { (text::line(cell)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A command line, to be copied.
pub(super) fn command(line: &str) -> Markup {
    html! {
        div.box tabindex="0" role="group" aria-label="The command line" { pre { code { (text::line(line)) } } }
    }
}

/// Sentences as a list.
pub(super) fn list<'a>(sentences: impl IntoIterator<Item = &'a String>) -> Markup {
    let sentences: Vec<&String> = sentences.into_iter().collect();
    html! {
        @if !sentences.is_empty() {
            ul { @for sentence in sentences { li { (text::line(sentence)) } } }
        }
    }
}
