//! The page of a comparison and of a monitor, and the schema of report.json. What only a browser knows is checked by
//! `cli/tests/page/check.sh`.

use crate::common::program::{Folder, dsa, err, oscillations, out, turning};
use serde_json::Value;
use std::collections::BTreeSet;

/// Runs that must succeed.
fn run(line: &[&str]) -> String {
    let output = dsa(line);
    assert!(output.status.success(), "{line:?}: {}", err(&output));
    out(&output)
}

/// Two slow and two fast recordings, and their classes.
fn four(folder: &Folder) -> (Vec<String>, String) {
    let file = |k: usize| {
        let step = move |_| [0.2, 0.2, 0.3, 0.3][k];
        folder.table(&format!("r{k}.csv"), &oscillations(step, 700, k as u64 + 1))
    };
    let classes = folder.table("classes.csv", "r0,slow\nr1,slow\nr2,fast\nr3,fast\n");
    ((0..4).map(file).collect(), classes)
}

fn page_and_report(folder: &Folder, target: &str) -> (String, Value) {
    let read = |name: &str| std::fs::read_to_string(folder.path(target).join(name)).unwrap();
    (read("report.html"), serde_json::from_str(&read("report.json")).unwrap())
}

/// The text of the element with an id.
fn text_of<'a>(page: &'a str, id: &str) -> &'a str {
    let (_, after) = page.split_once(&format!("id=\"{id}\">")).unwrap();
    after.split_once('<').unwrap().0
}

/// The number before a word.
fn number_before(text: &str, word: &str) -> f64 {
    let (before, _) = text.split_once(word).unwrap_or_else(|| panic!("no `{word}` in `{text}`"));
    let number = before.trim_end().rsplit(' ').next().unwrap();
    number.parse().unwrap_or_else(|_| panic!("no number before `{word}` in `{text}`"))
}

/// The number after a phrase.
fn number_after(text: &str, phrase: &str) -> f64 {
    let (_, after) = text.split_once(phrase).unwrap_or_else(|| panic!("no `{phrase}` in `{text}`"));
    let number = after.trim_start().split(' ').next().unwrap();
    number.trim_end_matches([',', ';', '.']).parse().unwrap()
}

/// Whether a number is another one to two digits.
fn is(short: f64, exact: &Value) -> bool {
    let exact = exact.as_f64().unwrap();
    (short - exact).abs() <= 0.051 * exact.abs()
}

#[test]
fn the_answer_about_classes_says_the_numbers_of_the_report() {
    let folder = Folder::new();
    let (files, classes) = four(&folder);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    for (name, settings) in
        [("fan", &["--quick"][..]), ("single", &["--delays", "6", "--rank", "6"])]
    {
        let target = folder.at(name);
        let line = ["--labels", &classes, "--output", &target];
        run(&[&["compare"], &files[..], settings, &line].concat());
        let (page, report) = page_and_report(&folder, name);
        let answer = text_of(&page, "answer");
        let p = &report["groups"]["permanova"]["test"]["p"];
        let verdict = if p.as_f64().unwrap() <= 0.05 {
            "The classes fast and slow differ"
        } else {
            "No difference between the classes fast and slow was found"
        };
        assert!(answer.starts_with(verdict), "{answer}");
        assert!((number_after(answer, "PERMANOVA p =") - p.as_f64().unwrap()).abs() < 5e-5);
        let separation = &report["separation"];
        assert_eq!(number_after(answer, "; "), separation["nearest_in_class"].as_f64().unwrap());
        assert_eq!(number_before(answer, "recordings are nearest"), separation["with_company"]);
        let said = |phrase| number_after(answer, phrase);
        assert!(is(said("halves of one recording differ by"), &report["halves"]["median_within"]));
        assert!(is(said("recordings of one class by"), &separation["within_mean"]), "{answer}");
        assert!(is(said("of different classes by"), &separation["between_mean"]), "{answer}");
    }
}

#[test]
fn the_answer_without_classes_rests_on_halves_or_resamples() {
    let folder = Folder::new();
    let (files, _) = four(&folder);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let answer = |name: &str, more: &[&str]| {
        let target = folder.at(name);
        let settings = ["--delays", "6", "--rank", "6", "--output", &target];
        run(&[&["compare"], &files[..], &settings, more].concat());
        let (page, report) = page_and_report(&folder, name);
        (text_of(&page, "answer").to_owned(), report)
    };
    let (said, report) = answer("halves", &[]);
    let at = |i: usize, j: usize| report["distances"][i][j].as_f64().unwrap();
    let within = |i: usize| report["halves"]["within"][i].as_f64().unwrap();
    let pairs = (0..4).flat_map(|i| (0..i).map(move |j| (i, j)));
    let apart = pairs.filter(|(i, j)| at(*i, *j) > within(*i).max(within(*j))).count();
    assert!(apart > 1 && apart < 6, "the test needs some pairs of each kind: {apart}");
    assert_eq!(number_before(&said, "of 6 pairs are farther apart than the halves"), apart as f64);
    assert!(is(number_after(&said, "one recording differ by"), &report["halves"]["median_within"]));
    let (said, report) = answer("resamples", &["--resamples", "40"]);
    let tested = report["resamples"]["pairs"].as_array().unwrap();
    let apart = tested.iter().filter(|pair| pair["q"].as_f64().unwrap() <= 0.05).count();
    let of = format!("of {} pairs are farther apart than two recordings", tested.len());
    assert_eq!(number_before(&said, &of), apart as f64);
    let (said, report) = answer("nothing", &["--no-halves"]);
    assert!(said.contains("nothing here says") && report["halves"].is_null(), "{said}");
}

#[test]
fn a_page_loads_nothing_and_every_picture_has_a_name_and_files() {
    let folder = Folder::new();
    let (files, classes) = four(&folder);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let target = folder.at("results");
    let line = ["--quick", "--labels", &classes, "--resamples", "20", "--output", &target];
    run(&[&["compare"], &files[..], &line].concat());
    let (page, report) = page_and_report(&folder, "results");
    let without_names = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    // What is defined in the page itself.
    let without_names = without_names.replace("url(#", "");
    for part in ["http://", "https://", "<link", "<script", "@import", "url(", "<iframe"] {
        assert!(!without_names.contains(part), "{part}");
    }
    assert!(without_names.split(" src=\"").skip(1).all(|rest| rest.starts_with("data:")));
    let figures: Vec<&str> = page.split("<figure ").skip(1).collect();
    let names = ["distances", "heatmap", "dendrogram", "map", "eigenvalues", "members"];
    assert_eq!(figures.len(), names.len());
    for (name, figure) in names.iter().zip(&figures) {
        assert!(
            figures.iter().any(|figure| figure.starts_with(&format!("id=\"{name}\""))),
            "{name}"
        );
        for part in ["role=\"img\" aria-label=\"", "<figcaption>", "tabindex=\"0\""] {
            assert!(figure.contains(part), "{name}: {part}");
        }
        let read = |ending: &str| {
            std::fs::read(folder.path(&format!("results/pictures/{name}.{ending}"))).unwrap()
        };
        assert!(read("svg").starts_with(b"<svg ") && read("png").starts_with(b"\x89PNG"), "{name}");
    }
    // The numbers of the table are those of the report.
    let (_, table) = page.split_once("Table of all distances").unwrap();
    let cells: Vec<f64> = table
        .split_once("</table>")
        .unwrap()
        .0
        .split("<td>")
        .skip(1)
        .map(|cell| cell.split_once('<').unwrap().0.parse().unwrap())
        .collect();
    let all = report["distances"].as_array().unwrap().iter();
    let all: Vec<&Value> = all.flat_map(|row| row.as_array().unwrap()).collect();
    assert_eq!(cells.len(), all.len());
    assert!(cells.iter().zip(all).all(|(cell, exact)| is(*cell, exact)));
    let (_, command) = page.split_once("<code>").unwrap();
    assert_eq!(report["command"], command.split_once('<').unwrap().0);
}

#[test]
fn names_and_classes_are_text_whatever_they_hold() {
    let folder = Folder::new();
    let hostile = ["<img src=x onerror=alert(1)>", "\"><script>alert(2)<!--", "it's & $(more)"];
    let file = |(k, name): (usize, &&str)| {
        folder.table(&format!("{name}.csv"), &turning(300, 2, 0.9, k as u64 + 1))
    };
    let files: Vec<String> = hostile.iter().enumerate().map(file).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let class = |name: &str| {
        format!(
            "\"{}\",\"<script>alert('{}')\"\n",
            name.replace('"', "\"\""),
            &name[..2].replace('"', "\"\"")
        )
    };
    let table: String = hostile.iter().map(|name| class(name)).collect();
    let (labels, target) = (folder.table("labels.csv", &table), folder.at("results"));
    let broken = folder.table("<b>broken.csv", "no numbers");
    let line = ["--labels", &labels, "--delays", "3", "--rank", "3", "--output", &target];
    let output = dsa(&[&["compare"], &files[..], &[&broken], &line].concat());
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let (page, report) = page_and_report(&folder, "results");
    for part in ["<script", "<img src=x", "<b>", "<!--"] {
        let found = page.replace("<!-- Generated by", "").matches(part).count();
        assert_eq!(found, 0, "{part}");
    }
    for part in ["&lt;img src=x onerror=alert(1)&gt;", "&lt;script&gt;alert", "&lt;b&gt;broken.csv"]
    {
        assert!(page.contains(part), "{part}");
    }
    // A shell reads the same words back.
    let words = shlex::split(report["command"].as_str().unwrap()).unwrap();
    assert_eq!(words[2..5], files);
}

#[test]
fn a_page_of_a_hundred_recordings_has_less_than_two_megabytes() {
    let folder = Folder::new();
    let file = |k: usize| {
        folder.table(&format!("r{k}.csv"), &turning(120, 2, 0.5 + 0.004 * k as f64, k as u64 + 1))
    };
    let files: Vec<String> = (0..100).map(file).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let target = folder.at("results");
    let line = ["--delays", "3", "--rank", "3", "--metric", "wasserstein", "--output", &target];
    run(&[&["compare"], &files[..], &line].concat());
    let (page, _) = page_and_report(&folder, "results");
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}

/// Command lines that together write every field of a report.
const COMBINATIONS: [&[&str]; 13] = [
    &["--quick"],
    &["--quick", "--sensors", "different", "--no-halves"],
    &["--quick", "--resamples", "20", "--baseline", "cka,procrustes,svcca"],
    &["--delays", "5", "--rank", "4"],
    &["--delays", "5", "--rank", "4", "--certify", "--effort", "fast"],
    &["--delays", "5", "--rank", "4", "--resamples", "20", "--metric", "frobenius"],
    &["--delays", "5", "--rank", "1", "--no-halves"],
    &["--delays", "auto", "--rank", "latent"],
    &["--delays", "5", "--rank", "state-order", "--metric", "wasserstein"],
    &["--delays", "autocorrelation", "--rank", "predictive"],
    &["--delays", "4", "--rank", "hard-threshold", "--baseline", "delay-procrustes,euclidean"],
    &["--question", "same", "--dsa-metric", "--scale", "unit-norm"],
    &["--stft", "16:4", "--rank", "4", "--cleaned", "2"],
];

/// Objects of a schema that a field leads to, by its `$ref`.
fn properties(schema: &Value) -> BTreeSet<String> {
    schema["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_report_fits_the_schema_and_every_field_of_the_schema_is_met() {
    let folder = Folder::new();
    let (files, classes) = four(&folder);
    let noise = folder.table(
        "noise.csv",
        &crate::common::program::rows(700, 2, {
            let mut noise = crate::common::program::noise(7);
            let values: Vec<f64> = (0..1400).map(|_| noise()).collect();
            move |t, c| values[2 * t + c]
        }),
    );
    let all = folder.table("all.csv", "r0,slow\nr1,slow\nr2,fast\nr3,fast\nnoise,other\n");
    let schema = include_str!("../../docs/report.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mut met = BTreeSet::new();
    let mut check = |report: &Value, line: &[&str]| {
        let faults: Vec<String> = validator
            .iter_errors(report)
            .map(|fault| {
                format!("{}: {}", fault.instance_path(), text_up_to(&fault.to_string(), 300))
            })
            .collect();
        assert!(faults.is_empty(), "{line:?}: {faults:#?}");
        met.extend(report.as_object().unwrap().keys().cloned());
    };
    let target = folder.at("results");
    let short = folder.table("short.csv", "1,2\n3,4\n");
    let with_columns = ["--against", &files[2], &files[3]];
    let sets: [(&[&String], &[&str]); 5] = [
        (&[&files[0], &files[1], &files[2], &files[3]], &["--labels", &classes]),
        (&[&files[0], &files[1], &files[2], &files[3], &noise], &["--labels", &all]),
        (&[&files[0], &files[2]], &[]),
        (&[&files[0], &files[1]], &with_columns),
        (&[&files[0], &files[1], &short], &[]),
    ];
    for (k, settings) in COMBINATIONS.iter().enumerate() {
        for (at, (files, more)) in sets.iter().enumerate() {
            // All sets with the first few settings, and then one after the other.
            if k > 3 && at != k % sets.len() && at != 0 {
                continue;
            }
            let files: Vec<&str> = files.iter().map(|file| file.as_str()).collect();
            let line = [&["compare"], &files[..], more, settings].concat();
            let output = dsa(&[&line[..], &["--json", "--output", &target]].concat());
            if out(&output).is_empty() {
                // A rule or a rank that these recordings do not have: there is no report.
                assert!(k > 3 || at == 1 || at == 4, "{line:?}: {}", err(&output));
                continue;
            }
            check(&serde_json::from_str(&out(&output)).unwrap(), &line);
            let (page, report) = page_and_report(&folder, "results");
            check(&report, &line);
            assert!(text_of(&page, "answer").len() > 20);
        }
    }
    let driven = crate::controlled::networks(&folder);
    let line =
        [&["compare", "--inputs", &driven.inputs][..], &driven.line(), &["--rank", "3"]].concat();
    check(
        &serde_json::from_str(&run(&[&line[..], &["--json", "--output", &target]].concat()))
            .unwrap(),
        &line,
    );
    check(&page_and_report(&folder, "results").1, &line);
    let table = folder.path("results/distances.csv");
    let mantel = ["--mantel", table.to_str().unwrap(), "--quick"];
    let line = ["compare", &files[0], &files[1], &files[2], &files[3]];
    run(&[&line[..], &["--output", &target, "--delays", "4", "--rank", "4"]].concat());
    check(
        &serde_json::from_str(&run(&[&line[..], &mantel, &["--json"]].concat())).unwrap(),
        &mantel,
    );
    // A table whose time jumps, so that there is a note.
    let jump: String = (0..400)
        .map(|t| format!("{},{}\n", if t < 200 { t } else { t + 50 }, f64::from(t * t % 17)))
        .collect();
    let jump = folder.table("jump.csv", &format!("time,a\n{jump}"));
    check(
        &serde_json::from_str(&out(&dsa(&[
            "compare", &jump, &jump, "--delays", "3", "--rank", "2", "--json",
        ])))
        .unwrap(),
        &["jump"],
    );
    let missing: Vec<String> = properties(&schema).difference(&met).cloned().collect();
    assert!(missing.is_empty(), "no report has {missing:?}");
}

fn text_up_to(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[test]
fn the_page_of_a_monitor_counts_its_reports() {
    let folder = Folder::new();
    let simulate = |name: &str, more: &[&str]| {
        let file = folder.at(name);
        let line = ["simulate", "motor-cortex", "--seed", "10400", "--output", &file];
        run(&[&line[..], more].concat());
        file
    };
    let normal = simulate("normal.npy", &["--seconds", "600"]);
    let change =
        ["--session", "1", "--scenario", "time-scale:1.5", "--at", "120", "--seconds", "400"];
    let watched = simulate("<i>watched.npy", &change);
    let (calibration, page) = (folder.at("normal.dsac"), folder.at("page.html"));
    run(&["calibrate", &normal, "--output", &calibration]);
    let line = ["monitor", "--calibration", &calibration, "--stream", &watched];
    let lines = run(&[&line[..], &["--json", "--report", &page]].concat());
    let reports: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let page = std::fs::read_to_string(&page).unwrap();
    let answer = text_of(&page, "answer");
    let alarms: Vec<&Value> = reports.iter().filter(|report| report["status"] == "alarm").collect();
    assert!(alarms.len() > 1 && alarms.len() < reports.len(), "{}", alarms.len());
    assert_eq!(number_before(answer, "of "), alarms.len() as f64);
    assert_eq!(number_before(answer, "reports over"), reports.len() as f64);
    let first = alarms[0]["time"].as_f64().unwrap();
    let (minutes, seconds) = ((first / 60.0).floor(), first % 60.0);
    let said =
        if seconds > 0.0 { format!("{minutes} min {seconds} s") } else { format!("{minutes} min") };
    assert!(answer.contains(&format!("the first came after {said}.")), "{answer}");
    assert_eq!(page.matches("<th scope=\"row\">").count(), reports.len());
    assert!(!page.contains("<i>watched") && page.contains("&lt;i&gt;watched"));
}
