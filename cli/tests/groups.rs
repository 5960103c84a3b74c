//! What `dsa compare --labels` says of the classes.

use crate::common::program::{Folder, dsa, err, noise, out, rows};
use serde_json::Value;

/// Recordings of rotations: `steps` says by how much each turns, `subject` where its noise starts.
fn rotations(folder: &Folder, steps: &[f64]) -> Vec<String> {
    let recording = |(at, step): (usize, &f64)| {
        let mut noise = noise(at as u64 + 1);
        let values: Vec<f64> = (0..600).map(|_| noise()).collect();
        let name = format!("r{at}.csv");
        folder.table(
            &name,
            &rows(300, 2, |t, c| {
                (step * t as f64 + 1.5 * c as f64).sin() + 0.2 * values[2 * t + c]
            }),
        )
    };
    steps.iter().enumerate().map(recording).collect()
}

fn labels(folder: &Folder, name: &str, of_each: &[&str]) -> String {
    let lines: String =
        of_each.iter().enumerate().map(|(at, label)| format!("r{at},{label}\n")).collect();
    folder.table(name, &lines)
}

fn compare(files: &[String], more: &[&str]) -> (String, String) {
    let mut arguments = vec!["compare", "--delays", "5", "--rank", "2"];
    arguments.extend(files.iter().map(String::as_str));
    arguments.extend(more);
    let output = dsa(&arguments);
    assert!(output.status.success(), "{}", err(&output));
    (out(&output), err(&output))
}

const SLOW_AND_FAST: [f64; 8] = [0.30, 0.31, 0.32, 0.305, 0.60, 0.61, 0.62, 0.605];

#[test]
fn classes_that_differ_are_said_to() {
    let folder = Folder::new();
    let files = rotations(&folder, &SLOW_AND_FAST);
    let classes = ["slow", "slow", "slow", "slow", "fast", "fast", "fast", "fast"];
    let table = labels(&folder, "classes.csv", &classes);
    let (text, _) = compare(&files, &["--labels", &table]);
    assert!(text.contains("The classes differ: PERMANOVA pseudo-F"), "{text}");
    // 2 of the C(8, 4) arrangements separate them.
    assert!(text.contains("p 0.0286 by all 70 arrangements of the labels"), "{text}");
    assert!(
        text.contains("of the same class for 100 % of the recordings (by chance 43 %"),
        "{text}"
    );
    let (json, _) = compare(&files, &["--labels", &table, "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let found = &json["groups"];
    assert_eq!(found["classes"], serde_json::json!(["fast", "slow"]));
    assert!((found["permanova"]["test"]["p"].as_f64().unwrap() - 2.0 / 70.0).abs() < 1e-12);
    assert!(found["permanova"]["r_squared"].as_f64().unwrap() > 0.8);
    assert_eq!(found["nearest_neighbour_accuracy"]["score"], 1.0);
    assert_eq!(found["permanova"]["test"]["exact"], true);
    assert_eq!(found["pairs"], serde_json::json!([]));
}

#[test]
fn classes_that_do_not_differ_are_not_said_to() {
    let folder = Folder::new();
    let files = rotations(&folder, &SLOW_AND_FAST);
    let classes = ["a", "b", "a", "b", "b", "a", "b", "a"];
    let table = labels(&folder, "classes.csv", &classes);
    let (text, _) = compare(&files, &["--labels", &table]);
    assert!(text.contains("No difference between the classes was found"), "{text}");
    let one = labels(&folder, "one.csv", &["a"; 8]);
    let (text, _) = compare(&files, &["--labels", &one]);
    assert!(text.contains("The classes were not tested: there is 1 group"), "{text}");
}

#[test]
fn a_test_of_too_few_recordings_is_said_to_be_none() {
    let folder = Folder::new();
    let files = rotations(&folder, &[0.30, 0.31, 0.60, 0.61]);
    let table = labels(&folder, "classes.csv", &["slow", "slow", "fast", "fast"]);
    let none = "these recordings are too few for a test";
    let (text, _) = compare(&files, &["--labels", &table]);
    // 2 of 6 arrangements separate the classes, and no other distances could do better.
    assert!(text.contains("p 0.3333 by all 6 arrangements"), "{text}");
    assert!(text.contains("could give a p below 0.33") && text.contains(none), "{text}");
    // As many nearest neighbours of one class are found without operators only if there are any.
    let table = labels(&folder, "wrong.csv", &["a", "b", "a", "b"]);
    let (text, _) = compare(&files, &["--labels", &table, "--baseline", "log-spectrum"]);
    assert!(text.contains("0 of 4 recordings have their nearest") && !text.contains("Without any"));
}

#[test]
fn strata_keep_labels_inside_subjects_and_pairs_of_classes_have_q_values() {
    let folder = Folder::new();
    let steps = [0.30, 0.31, 0.60, 0.61].into_iter().cycle().take(16).enumerate();
    let files =
        rotations(&folder, &steps.map(|(at, step)| step + 1e-4 * at as f64).collect::<Vec<_>>());
    let classes: Vec<&str> = ["x", "y", "z", "z", "y", "x", "z", "z"].repeat(2);
    let table = labels(&folder, "classes.csv", &classes);
    let subjects: Vec<&str> =
        ["s", "t", "u", "v"].iter().flat_map(|subject| [*subject; 4]).collect();
    let strata = labels(&folder, "subjects.csv", &subjects);
    let more = ["--labels", &table, "--strata", &strata, "--permutations", "30000"];
    let (text, _) = compare(&files, &more);
    // 4! / 2! arrangements of x, y, z, z inside each of four subjects.
    assert!(text.contains("by all 20736 arrangements of the labels"), "{text}");
    assert!(text.contains("2 pairs of classes differ (largest q 0.0"), "{text}");
    // x and y: 2 arrangements inside each subject, and exchanging the classes gives the same distances.
    assert!(text.contains("1 of 3 pairs of classes have too few recordings"), "{text}");
    let (seeded, _) =
        compare(&files, &["--labels", &table, "--permutations", "499", "--seed", "5"]);
    assert!(seeded.contains("by 499 random permutations of the labels"), "{seeded}");
    let (again, _) = compare(
        &files,
        &["--labels", &table, "--permutations", "499", "--seed", "5", "--threads", "1"],
    );
    assert_eq!(seeded, again);

    let short = folder.table("short.csv", "r0,s\n");
    let arguments = ["compare", &files[0], &files[1], "--labels", &table, "--strata", &short];
    let refused = dsa(&arguments);
    assert!(err(&refused).contains("gives no class for"), "{}", err(&refused));
    let refused = dsa(&["compare", &files[0], &files[1], "--strata", &strata]);
    assert_eq!(refused.status.code(), Some(2));
}
