//! The layers of `src/`: who imports whom, the picture of it, and the limits on the size of files.
//!
//! `LAYERS=write cargo test --test all layers` writes docs/architecture.svg anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The floors from the bottom up. A file may import files of its own layer and of floors below.
const FLOORS: [&[&str]; 8] = [
    &["error", "scalar"],
    &["matrix"],
    &["linalg"],
    &["data"],
    &["dmd", "baseline"],
    &["choose"],
    &["similarity", "monitor", "statistics", "controlled"],
    &["lib"],
];

/// Files with more lines of code than [`MOST_LINES`]: this list may only become shorter.
const LONG_FILES: [&str; 0] = [];
/// Lines of a file that are neither blank, nor comment, nor test.
const MOST_LINES: usize = 500;
/// Entries of `src/`.
const MOST_ENTRIES: usize = 13;

struct Module {
    /// Its path without `crate`: `data::gram`; `lib` for the root.
    name: String,
    file: String,
    /// Without comments and tests.
    code: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The code of a file without comments and test items, and the modules that exist for tests alone.
fn code_of(text: &str) -> (String, Vec<String>) {
    let (mut code, mut for_tests) = (String::new(), Vec::new());
    let mut lines = text.lines().map(|line| line.split("//").next().unwrap_or_default().trim_end());
    while let Some(line) = lines.next() {
        if line.trim_start() != "#[cfg(test)]" {
            writeln!(code, "{line}").unwrap();
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let item = lines.by_ref().find(|line| !line.trim_start().starts_with('#')).unwrap();
        if item.ends_with('{') {
            let end = format!("{indent}}}");
            lines.by_ref().find(|line| *line == end).expect("the end of a test item");
        } else if let Some(name) = item.trim_start().strip_prefix("mod ") {
            for_tests.push(name.trim_end_matches(';').to_owned());
        }
    }
    (code, for_tests)
}

fn modules() -> Vec<Module> {
    let source = root().join("src");
    let (mut found, mut for_tests) = (Vec::new(), BTreeSet::new());
    for path in rust_files(&source) {
        let inside = path.strip_prefix(&source).unwrap().with_extension("");
        let mut parts: Vec<&str> = inside.iter().map(|part| part.to_str().unwrap()).collect();
        parts.pop_if(|last| *last == "mod");
        let (code, without) = code_of(&fs::read_to_string(&path).unwrap());
        let name = parts.join("::");
        for_tests.extend(without.into_iter().map(|child| format!("{name}::{child}")));
        let file = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
        found.push(Module { name, file, code });
    }
    found.retain(|module| !for_tests.contains(&module.name));
    found
}

/// All paths of `a::{b, c::{d, e}}`.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((before, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        paths.push(format!("{prefix}{path}"));
        return;
    };
    let inside = rest.rsplit_once('}').map_or("", |(inside, _)| inside);
    let (mut depth, mut start) = (0, 0);
    for (at, character) in inside.char_indices().chain([(inside.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inside[start..at].trim().is_empty() {
                    expand(&format!("{prefix}{}", before.trim()), &inside[start..at], paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// What a file names: the trees of its `use` lines, and the paths from `crate` in its code.
fn named(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let (mut uses, mut rest) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let item = line.trim_start();
        let visible = item.strip_prefix("pub").map_or(item, |after| {
            let after = after.trim_start();
            if after.starts_with('(') {
                after.split_once(") ").map_or("", |(_, x)| x)
            } else {
                after
            }
        });
        // Not a line of a text that begins with the word.
        let is_path =
            |tree: &&str| !tree.split([':', ';', '{']).next().unwrap_or_default().contains(' ');
        if let Some(tree) = visible.strip_prefix("use ").filter(is_path) {
            let mut tree = tree.to_owned();
            while !tree.ends_with(';') {
                tree.push_str(lines.next().expect("the end of a use"));
            }
            uses.push(tree);
        } else {
            rest.push_str(line);
            rest.push('\n');
        }
    }
    for tree in uses {
        expand("", tree.trim_end_matches(';'), &mut paths);
    }
    let inline = rest.split("crate::").collect::<Vec<_>>();
    for pair in inline.windows(2).filter(|pair| !pair[0].ends_with("(in ")) {
        let is_path = |character: char| character.is_alphanumeric() || "_:".contains(character);
        let end = pair[1].find(|character| !is_path(character)).unwrap_or(pair[1].len());
        paths.push(format!("crate::{}", &pair[1][..end]));
    }
    paths
}

/// The module that a path leads to, from the module `base`; none outside the crate.
fn target(base: &str, path: &str, known: &BTreeSet<&str>) -> Option<String> {
    let mut at: Vec<&str> = if base == "lib" { Vec::new() } else { base.split("::").collect() };
    let mut segments = path.split("::").peekable();
    match *segments.peek()? {
        "crate" => {
            segments.next();
            at.clear();
        }
        "self" => drop(segments.next()),
        "super" => {
            while segments.next_if(|segment| *segment == "super").is_some() {
                at.pop();
            }
        }
        first => {
            let mut child = at.clone();
            child.push(first);
            if !known.contains(child.join("::").as_str()) {
                return None;
            }
        }
    }
    at.extend(segments);
    while !at.is_empty() {
        let name = at.join("::");
        if known.contains(name.as_str()) {
            return Some(name);
        }
        at.pop();
    }
    Some("lib".to_owned())
}

/// (importing module, imported module), without those from a module to itself.
fn arrows(modules: &[Module]) -> BTreeSet<(String, String)> {
    let known: BTreeSet<&str> = modules.iter().map(|module| module.name.as_str()).collect();
    let of = |module: &Module| {
        let mut paths = named(&module.code);
        if module.name == "lib" {
            let public = module.code.lines().filter_map(|line| line.strip_prefix("pub mod "));
            paths.extend(public.map(|name| name.trim_end_matches(';').to_owned()));
        }
        let targets: Vec<_> = paths
            .iter()
            .filter_map(|path| target(&module.name, path, &known))
            .filter(|target| *target != module.name)
            .map(|target| (module.name.clone(), target))
            .collect();
        targets
    };
    modules.iter().flat_map(of).collect()
}

fn layer(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

fn floor(layer: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&layer))
        .unwrap_or_else(|| panic!("`{layer}` has no floor in tests/layers.rs"))
}

#[test]
fn no_file_imports_a_higher_layer() {
    let modules = modules();
    assert!(modules.len() > 80, "{} files", modules.len());
    let arrows = arrows(&modules);
    assert!(arrows.len() > 400, "{} imports", arrows.len());
    let wrong: Vec<String> = arrows
        .iter()
        .filter(|(from, to)| layer(from) != layer(to))
        .filter(|(from, to)| floor(layer(to)) >= floor(layer(from)))
        .map(|(from, to)| format!("{from} imports {to}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let modules = modules();
    let arrows = arrows(&modules);
    let mut left: BTreeSet<&str> = modules.iter().map(|module| module.name.as_str()).collect();
    // Files that import nothing that is left cannot be part of a circle.
    loop {
        let free: Vec<&str> = left
            .iter()
            .copied()
            .filter(|name| !arrows.iter().any(|(from, to)| from == name && left.contains(&**to)))
            .collect();
        if free.is_empty() {
            break;
        }
        free.iter().for_each(|name| assert!(left.remove(name)));
    }
    assert!(
        left.is_empty(),
        "these files import each other in a circle, or one that does: {left:#?}"
    );
}

#[test]
fn files_are_short_and_folders_small() {
    let entries = fs::read_dir(root().join("src")).unwrap().count();
    assert!(entries <= MOST_ENTRIES, "src/ has {entries} entries");
    for module in modules() {
        let lines = module.code.lines().filter(|line| !line.trim().is_empty()).count();
        let is_listed = LONG_FILES.contains(&module.file.as_str());
        assert!(
            is_listed == (lines > MOST_LINES),
            "{}: {lines} lines of code without comments and tests, {}",
            module.file,
            if is_listed { "take it off the list" } else { "split it" }
        );
    }
}

#[test]
fn an_upward_import_and_a_circle_would_be_found() {
    let module = |name: &str, code: &str| {
        let (code, _) = code_of(code);
        Module { name: name.to_owned(), file: String::new(), code }
    };
    let modules = [
        module("lib", "mod data;\npub use data::gram::Gram;\n"),
        module("data", "mod gram;\nmod sums;\npub(crate) use self::sums::{add as plus, Sums};\n"),
        module("data::gram", "// use crate::lib;\nuse super::{\n    sums::Sums,\n};\n"),
        module(
            "data::sums",
            "fn f() { crate::data::gram::g(); crate::Gram::new(); }\n\
             pub(in crate::data) fn g() {}\n\
             #[cfg(test)]\nmod tests {\n    use crate::dmd;\n}\n",
        ),
    ];
    let found = arrows(&modules);
    let found: Vec<String> = found.iter().map(|(from, to)| format!("{from} > {to}")).collect();
    let expected = [
        "data > data::sums",
        "data::gram > data::sums",
        "data::sums > data::gram",
        "data::sums > lib",
        "lib > data::gram",
    ];
    assert_eq!(found, expected);
}

// The picture.

const WIDTH: i32 = 1120;
const PITCH: i32 = 104;
const HEIGHT: i32 = 58;
const HALF: i32 = 125;

/// Where the middle of a layer's box is, and half its width.
fn place(layer: &str) -> (i32, i32, i32) {
    let half = if layer == "lib" { WIDTH / 2 - 20 } else { HALF };
    let x = match layer {
        "error" => 330,
        "scalar" => 690,
        "matrix" => 510,
        "linalg" => 650,
        "data" => 350,
        "dmd" | "similarity" => 420,
        "baseline" => 920,
        "choose" => 150,
        "monitor" => 720,
        "statistics" => 970,
        _ => WIDTH / 2,
    };
    let floors = FLOORS.len() as i32;
    (x, 44 + (floors - 1 - floor(layer) as i32) * PITCH, half)
}

/// Where an arrow leaves one box and reaches another: straight down where it can.
fn ends((x1, _, half1): (i32, i32, i32), (x2, _, half2): (i32, i32, i32)) -> (i32, i32) {
    let left = (x1 - half1).max(x2 - half2) + 20;
    let right = (x1 + half1).min(x2 + half2) - 20;
    if left <= right {
        return (i32::midpoint(left, right), i32::midpoint(left, right));
    }
    (x2.clamp(x1 - half1 + 20, x1 + half1 - 20), x1.clamp(x2 - half2 + 20, x2 + half2 - 20))
}

/// Whether a longer way leads along the arrows from one layer to the other.
fn is_implied(counts: &BTreeMap<(&str, &str), usize>, from: &str, to: &str) -> bool {
    let mut reached: BTreeSet<&str> = counts
        .keys()
        .filter(|(start, next)| *start == from && *next != to)
        .map(|(_, next)| *next)
        .collect();
    loop {
        let more: BTreeSet<&str> = counts
            .keys()
            .filter(|(start, next)| reached.contains(start) && !reached.contains(next))
            .map(|(_, next)| *next)
            .collect();
        if more.is_empty() {
            return reached.contains(to);
        }
        reached.extend(more);
    }
}

fn picture() -> String {
    let modules = modules();
    let arrows = arrows(&modules);
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (from, to) in &arrows {
        if layer(from) != layer(to) {
            *counts.entry((layer(from), layer(to))).or_default() += 1;
        }
    }
    let height = FLOORS.len() as i32 * PITCH + 24;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\" text-anchor=\"middle\">\n\
         <title>The layers of src/. An arrow leads from a layer to one whose files it imports.</title>\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" markerWidth=\"8\" \
         markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" fill=\"#667\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let mut labels = String::new();
    for ((from, to), count) in &counts {
        if is_implied(&counts, from, to) {
            continue;
        }
        let (upper, lower) = (place(from), place(to));
        let (x1, x2) = ends(upper, lower);
        let (y1, y2) = (upper.1 + HEIGHT / 2, lower.1 - HEIGHT / 2);
        let (x, y) = (x1 + (x2 - x1) * 3 / 10, y1 + (y2 - y1) * 3 / 10 + 5);
        writeln!(
            svg,
            "<path d=\"M{x1} {y1}L{x2} {y2}\" stroke=\"#667\" stroke-width=\"1.5\" \
             marker-end=\"url(#tip)\"/>"
        )
        .unwrap();
        writeln!(
            labels,
            "<text x=\"{x}\" y=\"{y}\" fill=\"#334\" stroke=\"#fff\" stroke-width=\"5\" \
             paint-order=\"stroke\">{count}</text>"
        )
        .unwrap();
    }
    svg.push_str(&labels);
    for layer_name in FLOORS.iter().flat_map(|floor| floor.iter().copied()) {
        let (x, y, half) = place(layer_name);
        let files = modules.iter().filter(|module| layer(&module.name) == layer_name).count();
        let mut uses: Vec<(&str, usize)> = counts
            .iter()
            .filter(|((from, _), _)| *from == layer_name)
            .map(|((_, to), count)| (*to, *count))
            .collect();
        uses.sort_by_key(|(to, _)| std::cmp::Reverse(floor(to)));
        let uses: Vec<String> = uses.iter().map(|(to, count)| format!("{to} {count}")).collect();
        let (left, top, wide) = (x - half, y - HEIGHT / 2, 2 * half);
        let plural = if files == 1 { "file" } else { "files" };
        writeln!(
            svg,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{HEIGHT}\" rx=\"6\" \
             fill=\"#eef3fa\" stroke=\"#345\"/>\n\
             <text x=\"{x}\" y=\"{}\"><tspan font-weight=\"bold\">{layer_name}</tspan>, {files} {plural}</text>",
            y - 10
        )
        .unwrap();
        for (line, part) in uses.chunks(if layer_name == "lib" { 12 } else { 4 }).enumerate() {
            writeln!(
                svg,
                "<text x=\"{x}\" y=\"{}\" font-size=\"10.5\" fill=\"#456\">{}</text>",
                y + 6 + 14 * line as i32,
                part.join(", ")
            )
            .unwrap();
        }
    }
    svg.push_str("</svg>\n");
    svg
}

#[test]
fn the_picture_of_the_layers_is_that_of_the_imports() {
    let (path, picture) = (root().join("docs/architecture.svg"), picture());
    if std::env::var_os("LAYERS").is_some_and(|value| value == "write") {
        fs::write(&path, &picture).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == picture, "`LAYERS=write cargo test --test all layers` writes the picture anew");
}
