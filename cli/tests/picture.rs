//! The heat map: numbers that can be read on every cell, and marks in the colours of the classes.

use crate::common::program::{Folder, dsa, err, turning};
use std::collections::BTreeMap;

/// An element of a drawing: its attributes, and the text in it.
struct Element {
    attributes: BTreeMap<String, String>,
    text: String,
}

impl Element {
    fn number(&self, name: &str) -> f64 {
        self.attributes.get(name).and_then(|x| x.parse().ok()).unwrap_or(f64::NAN)
    }
    fn colour(&self) -> &str {
        self.attributes.get("fill").map_or("#000000", String::as_str)
    }
    fn contains(&self, x: f64, y: f64) -> bool {
        let (left, top) = (self.number("x"), self.number("y"));
        (left..left + self.number("width")).contains(&x)
            && (top..top + self.number("height")).contains(&y)
    }
}

/// All elements of a name.
fn elements(svg: &str, name: &str) -> Vec<Element> {
    let begin = format!("<{name} ");
    svg.split(&begin)
        .skip(1)
        .map(|rest| {
            let (inside, after) = rest.split_once('>').unwrap();
            let mut words = inside.trim_end_matches('/').split('"');
            let mut attributes = BTreeMap::new();
            while let (Some(name), Some(value)) = (words.next(), words.next()) {
                attributes.insert(name.trim().trim_end_matches('=').to_owned(), value.to_owned());
            }
            let text = after.split('<').next().unwrap_or_default().to_owned();
            Element { attributes, text }
        })
        .collect()
}

/// Relative luminance of the Web Content Accessibility Guidelines.
fn luminance(colour: &str) -> f64 {
    let linear = |at: usize| {
        let share = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(1) + 0.7152 * linear(3) + 0.0722 * linear(5)
}

fn drawn(folder: &Folder, count: usize, labels: Option<&str>) -> String {
    let recording = |k: usize| {
        let speed = 0.2 + 0.7 * (k + 1) as f64 / (count + 1) as f64;
        folder.table(&format!("r{k}.csv"), &turning(300, 2, speed, k as u64 + 1))
    };
    let files: Vec<String> = (0..count).map(recording).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let target = folder.at("results");
    let labels = labels.map(|text| folder.table("labels.csv", text));
    let labels: Vec<&str> = labels.iter().flat_map(|file| ["--labels", file.as_str()]).collect();
    let settings = ["--delays", "3", "--rank", "3", "--output", &target];
    let output = dsa(&[&["compare"], &files[..], &settings, &labels].concat());
    assert!(output.status.success(), "{}", err(&output));
    std::fs::read_to_string(folder.path("results/heatmap.svg")).unwrap()
}

#[test]
fn numbers_can_be_read_on_every_cell() {
    for count in [2, 5, 16] {
        let svg = drawn(&Folder::new(), count, None);
        let (cells, texts) = (elements(&svg, "rect"), elements(&svg, "text"));
        let is_cell =
            |cell: &&Element| cell.attributes.contains_key("fill") && cell.number("width") > 20.5;
        let cells: Vec<&Element> = cells.iter().filter(is_cell).collect();
        assert_eq!(cells.len(), count * count, "{count}");
        for cell in cells {
            let middle = cell.number("y") + 0.5 * cell.number("height");
            let is_inside = |text: &&Element| cell.contains(text.number("x"), text.number("y"));
            let inside: Vec<&Element> = texts.iter().filter(is_inside).collect();
            let [number] = inside[..] else {
                panic!("{} numbers in a cell of {count}", inside.len())
            };
            assert!(number.text.parse::<f64>().is_ok(), "{}", number.text);
            let (size, baseline) = (number.number("font-size"), number.number("y"));
            assert!(size >= 9.0, "{count}: size {size}");
            assert!((baseline - 0.36 * size - middle).abs() < 1.5, "{count}: not in the middle");
            let wide = 0.62 * size * number.text.len() as f64;
            assert!(wide <= cell.number("width"), "{count}: {wide} is too wide");
            let (a, b) = (luminance(cell.colour()), luminance(number.colour()));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= 4.5, "{} on {}: {contrast}", number.colour(), cell.colour());
        }
    }
}

#[test]
fn classes_are_marked_beside_rows_and_columns_and_named_in_a_legend() {
    let labels = "r0,first\nr1,second\nr2,first\nr3,<third>\n";
    let (with, without) = (drawn(&Folder::new(), 4, Some(labels)), drawn(&Folder::new(), 4, None));
    let marks = |svg: &str, colour: &str| {
        let is_mark =
            |x: &&Element| x.colour().eq_ignore_ascii_case(colour) && x.number("width") == 12.0;
        elements(svg, "rect").iter().filter(is_mark).count()
    };
    // In the order of the names: <third>, first, second. Each recording has a mark in its row and one in its column.
    for (colour, members) in [("#E69F00", 1), ("#56B4E9", 2), ("#009E73", 1)] {
        assert_eq!((marks(&with, colour), marks(&without, colour)), (2 * members, 0), "{colour}");
    }
    let texts = |svg: &str| -> Vec<String> {
        elements(svg, "text").into_iter().map(|text| text.text).collect()
    };
    for class in ["first", "second", "&lt;third&gt;"] {
        assert_eq!(texts(&with).iter().filter(|text| *text == class).count(), 1, "{class}");
    }
    // More classes than colours: the marks differ in shape.
    let many: String = (0..10).map(|k| format!("r{k},class {k}\n")).collect();
    let svg = drawn(&Folder::new(), 10, Some(&many));
    assert_eq!(marks(&svg, "#E69F00"), 2);
    let round = elements(&svg, "circle");
    assert!(round.iter().any(|x| x.colour().eq_ignore_ascii_case("#E69F00")));
}

#[test]
fn a_large_matrix_has_no_numbers_in_it() {
    let svg = drawn(&Folder::new(), 30, None);
    let texts = elements(&svg, "text");
    assert!(texts.len() < 100, "{}", texts.len());
}
