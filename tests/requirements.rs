//! Every test that `docs/requirements.md` names exists, and is a test.

use std::path::Path;

/// What stands between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// A file, or the name of a test or function.
fn is_file(word: &str) -> bool {
    word.contains('/')
}

/// What is wrong with a name in a file, if anything.
fn missing(path: &str, text: &str, name: &str) -> Option<String> {
    let is_rust = path.ends_with(".rs");
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let begins = |line: &str| {
        let function = line.strip_prefix("pub ").unwrap_or(line).strip_prefix("fn ");
        function.is_some_and(|rest| {
            rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(['(', '<']))
        })
    };
    let Some(at) = lines.iter().position(|line| begins(line)) else {
        let stands = text.contains(name) && (!is_rust || name == "fuzz_target");
        return (!stands).then(|| format!("{path} has no `{name}`"));
    };
    let folders = ["src/", "tests/", "cli/tests/"];
    let must_be_a_test =
        folders.iter().any(|folder| path.starts_with(folder)) && !path.contains("on_target");
    let attributes = lines[..at].iter().rev().take_while(|line| line.starts_with(['#', '/']));
    let attributes: Vec<&&str> = attributes.collect();
    let has = |what: &str| attributes.iter().any(|line| line.starts_with(what));
    if must_be_a_test && !has("#[test]") {
        return Some(format!("`{name}` of {path} is no test"));
    }
    has("#[ignore").then(|| format!("`{name}` of {path} is not run"))
}

#[test]
fn every_test_that_the_requirements_name_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("docs/requirements.md")).unwrap();
    let (mut wrong, mut rows, mut names) = (Vec::new(), 0, 0);
    for line in table.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let [number, promise, shown] = cells[..] else { panic!("three columns: {line}") };
        let Ok(number) = number.trim().parse::<usize>() else { continue };
        rows += 1;
        assert_eq!(number, rows, "{promise}");
        let (mut file, mut named) = (None, 0);
        for word in quoted(shown) {
            if is_file(word) {
                let text = std::fs::read_to_string(root.join(word));
                file = Some((word, text.unwrap_or_else(|error| panic!("{word}: {error}"))));
            } else {
                let (path, text) = file.as_ref().unwrap_or_else(|| panic!("no file: {line}"));
                wrong.extend(missing(path, text, word));
                named += 1;
            }
        }
        assert!(named > 0, "nothing shows {promise}");
        names += named;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(rows >= 36 && names >= 60, "{rows} rows, {names} names");
}
