//! Every link and picture of the documents leads somewhere, in the repository, in the package and on docs.rs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

const MOST_README_LINES: usize = 130;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All Markdown files of the repository, without what is hidden or built.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules"].contains(&name.as_str()) {
                found.extend(documents(&path));
            }
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The lines outside fenced code.
fn prose(text: &str) -> Vec<&str> {
    let mut fenced = false;
    text.lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            !fenced && !fence
        })
        .collect()
}

/// The text without what stands between backticks.
fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

/// What links of a document name: the targets of `[..](target)` and `[label]: target`, and the labels that
/// are used but not defined.
fn targets(text: &str) -> (Vec<String>, Vec<String>) {
    let lines = prose(text);
    let labels: BTreeMap<String, String> = definitions(text).into_iter().collect();
    let mut found: Vec<String> = labels.values().cloned().collect();
    let body: Vec<&str> = lines.iter().copied().filter(|line| definition(line).is_none()).collect();
    let body = without_code(&body.join("\n"));
    let after = |opening: &'static str, closing: char| {
        body.split(opening).skip(1).filter_map(move |rest| rest.split_once(closing)).map(|x| x.0)
    };
    found.extend(after("](", ')').map(str::to_owned));
    let undefined = after("][", ']').filter(|label| !labels.contains_key(&label.to_lowercase()));
    let undefined = undefined.map(str::to_owned).collect();
    (found, undefined)
}

/// `[label]: target`
fn definition(line: &str) -> Option<(String, String)> {
    let (label, target) = line.strip_prefix('[')?.split_once("]: ")?;
    Some((label.to_lowercase(), target.trim().to_owned()))
}

fn definitions(text: &str) -> Vec<(String, String)> {
    prose(text).into_iter().filter_map(definition).collect()
}

/// The anchors that GitHub makes of the headings.
fn anchors(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in prose(text).into_iter().filter(|line| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
        let slug: String = heading.chars().filter(kept).collect::<String>().replace(' ', "-");
        let earlier = found.iter().filter(|other| **other == slug).count();
        found.push(if earlier == 0 { slug } else { format!("{slug}-{earlier}") });
    }
    found
}

/// `folder/../file` as a path from the root.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut to, part| {
        match part {
            Component::ParentDir => drop(to.pop()),
            Component::CurDir => {}
            other => to.push(other),
        }
        to
    })
}

/// A line `key = value` of Cargo.toml.
fn manifest(key: &str) -> String {
    let text = read(&root().join("Cargo.toml"));
    let found = text.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_prefix("= "));
    found.unwrap_or_else(|| panic!("Cargo.toml has no {key}")).to_owned()
}

fn repository() -> String {
    manifest("repository").trim_matches('"').to_owned()
}

/// Whether `include` of Cargo.toml packages a file, named from the root.
fn is_packaged(path: &str) -> bool {
    manifest("include").split('"').skip(1).step_by(2).any(|pattern| {
        let pattern = pattern.trim_start_matches('/');
        match pattern.split_once("/*.") {
            Some((folder, extension)) => {
                let path = Path::new(path);
                path.parent() == Some(Path::new(folder))
                    && path.extension().is_some_and(|found| found == extension)
            }
            None => path == pattern || path.starts_with(&format!("{pattern}/")),
        }
    })
}

/// The file in the repository that a target means, from the root; none for other places.
fn local(document: &Path, target: &str) -> Option<(PathBuf, Option<String>)> {
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor.to_owned())),
        None => (target, None),
    };
    let repository = repository();
    let absolute = ["blob", "tree"]
        .iter()
        .find_map(|kind| path.strip_prefix(&format!("{repository}/{kind}/main/")))
        .or_else(|| path.strip_prefix(&format!("{}/main/", raw(&repository))));
    if let Some(path) = absolute {
        return Some((root().join(path), anchor));
    }
    if path.contains("://") || path.starts_with("mailto:") {
        return None;
    }
    let from = if path.is_empty() { document } else { document.parent().unwrap() };
    Some((normal(&if path.is_empty() { from.to_owned() } else { from.join(path) }), anchor))
}

/// Where GitHub serves files as they are.
fn raw(repository: &str) -> String {
    repository.replace("https://github.com/", "https://raw.githubusercontent.com/")
}

/// What is wrong with the links of a document.
fn wrong(document: &Path, text: &str) -> Vec<String> {
    let (targets, undefined) = targets(text);
    let mut wrong: Vec<String> =
        undefined.into_iter().map(|label| format!("[{label}] is not defined")).collect();
    for target in targets {
        let Some((path, anchor)) = local(document, &target) else { continue };
        if !path.exists() {
            wrong.push(format!("{target}: no such file"));
        } else if let Some(anchor) = anchor
            && !anchors(&read(&path)).contains(&anchor)
        {
            wrong.push(format!("{target}: no such heading"));
        }
    }
    wrong
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents(root());
    assert!(documents.len() >= 12, "{documents:?}");
    let mut found = Vec::new();
    for document in documents {
        let name = document.strip_prefix(root()).unwrap().display().to_string();
        let text = read(&document);
        found.extend(wrong(&document, &text).into_iter().map(|what| format!("{name}: {what}")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_link_of_the_readme_works_in_the_package() {
    let readme = root().join("README.md");
    let (targets, _) = targets(&read(&readme));
    let mut relative = 0;
    for target in targets.iter().filter(|target| !target.contains("://")) {
        let (path, _) = local(&readme, target).unwrap();
        let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        assert!(is_packaged(&path), "{target} is not in the package: make the link absolute");
        relative += 1;
    }
    assert!(relative > 5, "{relative} links into the package");
}

/// The first definition of a label counts, so those of docs/crate-links.md replace the relative ones of
/// README.md on the front page of the crate's documentation, from where a relative link leads nowhere.
#[test]
fn a_link_of_the_readme_works_on_the_front_page_of_the_crate() {
    let library = read(&root().join("src/lib.rs"));
    let (links, readme) =
        (library.find("../docs/crate-links.md").unwrap(), library.find("../README.md").unwrap());
    assert!(links < readme, "docs/crate-links.md comes first");
    let readme = read(&root().join("README.md"));
    let body = without_code(&prose(&readme).join("\n"));
    let inline = body.split("](").skip(1).filter(|target| !target.starts_with("https://"));
    assert_eq!(inline.count(), 0, "a relative link of README.md must have a label");
    let repository = repository();
    let expected: Vec<(String, String)> = definitions(&readme)
        .into_iter()
        .filter(|(_, target)| !target.contains("://"))
        .map(|(label, target)| {
            let place = if target.ends_with(".svg") {
                format!("{}/main", raw(&repository))
            } else {
                format!("{repository}/blob/main")
            };
            (label, format!("{place}/{target}"))
        })
        .collect();
    assert_eq!(definitions(&read(&root().join("docs/crate-links.md"))), expected);
}

#[test]
fn the_readme_is_short_and_has_its_two_commands() {
    let readme = read(&root().join("README.md"));
    let lines = readme.lines().count();
    assert!(lines <= MOST_README_LINES, "README.md has {lines} lines");
    for heading in ["## Run it", "## Test it"] {
        let after = readme.split_once(&format!("\n{heading}\n")).expect(heading).1;
        let section = after.split("\n## ").next().unwrap_or_default();
        let block = section.split("```").nth(1).expect(heading);
        assert!(block.contains("cargo "), "{heading}: {block}");
    }
}

#[test]
fn a_wrong_link_would_be_found() {
    let readme = root().join("README.md");
    let text = "# A heading, `code` & more\n[a](#a-heading-code--more) [b](docs/nothing.md) [c](#other)\n\
                ```\n[d](nowhere)\n```\n`[e](nowhere)` [f][label] [g][missing] ![h](https://example.org)\n\
                \n[label]: docs/nowhere.svg\n";
    let found = wrong(&readme, text);
    let found: Vec<&str> = found.iter().filter_map(|what| what.split(' ').next()).collect();
    // Headings are read from the file itself, so both anchors are wrong in README.md.
    let expected =
        ["[missing]", "docs/nowhere.svg:", "#a-heading-code--more:", "docs/nothing.md:", "#other:"];
    assert_eq!(found, expected);
    assert_eq!(anchors(text), ["a-heading-code--more"]);
    assert!(is_packaged("src/lib.rs") && is_packaged("docs/heatmap.svg"));
    assert!(!is_packaged("docs/data/heatmap.svg") && !is_packaged("bindings/c/README.md"));
}
