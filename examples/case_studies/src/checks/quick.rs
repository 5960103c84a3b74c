//! The quick run of all studies, as a user starts it. Populations are smaller than the marks are for, so
//! the bounds are looser; each still fails if the operators, the distances or the recordings are wrong.

use crate::command::{Arguments, run};
use clap::Parser;
use std::cell::RefCell;
use std::fmt::Write;
use std::fs;

/// Study, claim, least and largest value. The seed of the quick run gives, in this order: .27 .23 .57
/// 1.00 1.00 .90 .90; 1.00 1.00 .00 .80 .94 .75; 3.7 1.4 .095 73 78 1.2 .97 .88 .88 .49 .48; .90 .63 .81 .18 .63
/// .23; .994 .958 .954.
#[rustfmt::skip]
const BOUNDS: [(&str, &str, f64, f64); 33] = [
    // 30 systems in 5 classes: chance .20, its standard deviation .07.
    ("A", "activation decoded (SVM, map), W2", 0.0, 0.40),
    ("A", "activation decoded (SVM, map), angular", 0.0, 0.40),
    ("A", "activation decoded (SVM, map), Procrustes", 0.45, 1.0),
    ("A", "task decoded (1-NN), W2", 0.97, 1.0),
    ("A", "task decoded (SVM, map), W2", 0.97, 1.0),
    ("A", "task decoded (1-NN), angular", 0.85, 1.0),
    ("A", "task decoded (SVM, map), angular", 0.85, 1.0),
    ("B", "1-NN accuracy, W2", 0.90, 1.0),
    ("B", "1-NN accuracy, angular", 0.90, 1.0),
    ("B", "1-NN accuracy, Procrustes on averages", 0.0, 0.10),
    ("B", "silhouette, W2", 0.55, 1.0),
    ("B", "silhouette, W2 squared", 0.70, 1.0),
    ("B", "silhouette, angular", 0.55, 1.0),
    // Four widths instead of ten; the ratio depends on the width.
    ("C", "(a) Procrustes, beta 3.6 / 0.6", 3.4, 5.0),
    ("C", "(a) DSA W2, beta 3.6 / 0.6", 1.0, 1.6),
    ("C", "(a) DSA W2, largest mean over beta", 0.04, 0.14),
    ("C", "(b) dt .5, l/N 0.605, network 1: W2, alpha 1 / .9", 10.0, 500.0),
    ("C", "(b) dt .5, l/N 0.605, network 1: angular, alpha 1 / .9", 10.0, 500.0),
    ("C", "(b) dt .5, l/N 0.56, network 1: W2, alpha 1 / .9", 0.2, 5.0),
    ("C", "(b) dt .1: W2, ratio of means, alpha 1 / .9", 0.5, 2.0),
    ("C", "(b2) 1-NN accuracy, W2", 0.80, 1.0),
    ("C", "(b2) 1-NN accuracy, angular", 0.80, 1.0),
    ("C", "(b2) silhouette, W2", 0.35, 1.0),
    ("C", "(b2) silhouette, angular", 0.35, 1.0),
    // 48 networks in 6 classes: chance .17.
    ("D", "aligned: 1-NN accuracy, W2", 0.75, 1.0),
    ("D", "aligned: adjusted Rand, W2", 0.40, 1.0),
    ("D", "aligned: 1-NN accuracy, angular", 0.60, 1.0),
    ("D", "aligned: silhouette, angular", 0.08, 1.0),
    ("D", "not aligned: 1-NN accuracy, W2", 0.45, 1.0),
    ("D", "not aligned: the same above Procrustes", 0.05, 1.0),
    ("E", "silhouette, W2 squared", 0.98, 1.0),
    ("E", "silhouette, W2", 0.92, 1.0),
    ("E", "silhouette, angular", 0.92, 1.0),
];

#[test]
fn the_quick_run_finds_what_the_studies_claim() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().to_str().unwrap();
    let arguments = ["case_studies", "all", "--quick", "--output", output];
    let text = RefCell::new(String::new());
    let outcomes = run(&Arguments::try_parse_from(arguments).unwrap(), |shown| {
        write!(text.borrow_mut(), "{shown}").unwrap();
        Ok(())
    });
    let (outcomes, text) = (outcomes.unwrap(), text.into_inner());
    assert!(text.contains("QUICK run: smaller populations"), "a quick run says that it is one");

    let results = fs::read_to_string(folder.path().join("results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    let measured = |study: &str, what: &str| -> f64 {
        let studies = results["studies"].as_array().unwrap();
        let marks = studies.iter().filter(|x| x["study"] == study);
        let mut marks = marks.flat_map(|x| x["marks"].as_array().unwrap());
        let mark = marks.find(|mark| mark["what"] == what);
        mark.unwrap_or_else(|| panic!("{study}: no {what}"))["measured"].as_f64().unwrap()
    };
    for (study, what, low, high) in BOUNDS {
        let value = measured(study, what);
        assert!((low..=high).contains(&value), "{study}: {what} is {value}, not {low} to {high}");
    }
    // The limit of the method and the signals that rest are in the tables, not in the marks.
    let shown = ["degenerate, not compared", "tanh x", "4 h 04 min", "alpha from .95 to 1"];
    for words in shown.into_iter().chain(["DSA W2, without averages, rank 2 by the rule"]) {
        assert!(text.contains(words), "{words}");
    }

    for matrix in outcomes.iter().flat_map(|outcome| &outcome.matrices) {
        let count = matrix.names.len();
        assert_eq!(matrix.values.len(), count * count, "{}", matrix.file);
        for (at, value) in matrix.values.iter().enumerate() {
            let same = at % count == at / count;
            assert!(value.is_finite() && (same || *value > 0.0), "{}: {value}", matrix.file);
        }
    }
    let trained = outcomes.iter().find(|outcome| outcome.study == "A2").unwrap();
    assert!(trained.matrices.len() >= 8, "W2, angle, four baselines, a neighbouring rank");

    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("QUICK") && page.contains("data:image/png;base64,"));
    assert!(!page.contains("src=\"http"), "the page needs no network");
    let matrix = fs::read_to_string(folder.path().join("matrices/b-20261-attractors-dsa-w2.csv"));
    let matrix = matrix.unwrap();
    let last = matrix.lines().last().unwrap();
    assert_eq!((matrix.lines().count(), last.split(',').count()), (15, 15));
}

#[test]
fn an_unknown_study_is_refused() {
    assert!(Arguments::try_parse_from(["case_studies", "g"]).is_err());
}
