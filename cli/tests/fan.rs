//! `dsa compare` without settings: a fan of windows and ranks.

use crate::common::program::{Folder, dsa, err, oscillations, out, rows};
use serde_json::{Value, json};

/// Four recordings, two of each speed.
fn four(folder: &Folder) -> Vec<String> {
    let one = |(at, step): (usize, &f64)| {
        folder.table(&format!("r{at}.csv"), &oscillations(|_| *step, 600, at as u64 + 1))
    };
    [0.2, 0.205, 0.3, 0.305].iter().enumerate().map(one).collect()
}

fn run(files: &[String], more: &[&str]) -> (String, String) {
    let mut arguments = vec!["compare"];
    arguments.extend(files.iter().map(String::as_str));
    arguments.extend(more);
    let output = dsa(&arguments);
    assert!(output.status.success(), "{}", err(&output));
    (out(&output), err(&output))
}

fn numbers(files: &[String], more: &[&str]) -> Value {
    serde_json::from_str(&run(files, &[more, &["--json"]].concat()).0).unwrap()
}

fn distance(result: &Value, i: usize, j: usize) -> f64 {
    result["distances"][i][j].as_f64().unwrap()
}

#[test]
fn without_settings_a_fan_is_compared_and_its_assumption_is_said() {
    let folder = Folder::new();
    let files = four(&folder);
    let (text, _) = run(&files, &[]);
    for part in [
        "settings of wasserstein distances, in units of the median of each: 1 is a typical pair",
        "No window and no rank was given, so",
        "ranks from 3 to 9",
        "The most similar one is --delays",
        "It was assumed that all recordings have the same sensors",
        "With --sensors different the distances have a rank correlation of",
        "log-spectrum, spectra",
        "euclidean, samples",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let result = numbers(&files, &[]);
    assert!(distance(&result, 0, 1) < 0.5 * distance(&result, 0, 2));
    assert_eq!(result["fan"]["sensors"], "shared");
    assert_eq!(result["fan"]["sensors_by_default"], true);
    let members = result["fan"]["members"].as_array().unwrap().len();
    assert!(members > 30 && text.contains(&format!("Mean over {members} settings")), "{text}");
    assert!(result["fan"]["other_sensors"]["rank_correlation"].as_f64().unwrap() > 0.5);
    assert_eq!(result["baselines"].as_array().unwrap().len(), 2);
    let (text, _) = run(&files, &["--sensors", "different", "--quick"]);
    assert!(
        text.contains("ranks from 3 to 9") && !text.contains(&format!("Mean over {members}")),
        "{text}"
    );
    assert!(text.contains("Every recording has sensors of its own, as you said"), "{text}");
    assert!(!text.contains("It was assumed"), "{text}");
}

/// The settings that are said to be most similar give the distances of that member.
#[test]
fn the_most_similar_member_can_be_repeated_alone() {
    let folder = Folder::new();
    let files = four(&folder);
    let fan = numbers(&files, &[]);
    let member = &fan["fan"]["most_similar"];
    let number = |key: &str| member[key].to_string();
    let (delays, interval) = (number("delays"), number("interval"));
    let (steps_ahead, rank) = (number("steps_ahead"), number("rank"));
    let options = [
        ["--delays", &delays, "--interval", &interval],
        ["--steps-ahead", &steps_ahead, "--rank", &rank],
        ["--scale", "unit-variance", "--metric", "wasserstein"],
    ];
    let (text, _) = run(&files, &[]);
    let said = format!(
        "--delays {delays} --interval {interval} --steps-ahead {steps_ahead} --rank {rank} --scale unit-variance"
    );
    assert!(text.contains(&said), "{said}: {text}");
    let alone = numbers(&files, &options.concat());
    assert!(alone["fan"].is_null());
    let mut pairs: Vec<f64> = [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]
        .map(|(i, j)| distance(&alone, i, j))
        .into();
    pairs.sort_by(f64::total_cmp);
    let median = 0.5 * (pairs[2] + pairs[3]);
    assert!((median / member["scale"].as_f64().unwrap() - 1.0).abs() < 1e-8);
}

#[test]
fn classes_and_plain_rivals_stand_beside_a_fan() {
    let folder = Folder::new();
    let files = four(&folder);
    let table = folder.table("classes.csv", "r0,slow\nr1,slow\nr2,fast\nr3,fast\n");
    let target = folder.at("results");
    let (text, _) = run(&files, &["--labels", &table, "--output", &target]);
    for part in [
        "4 of 4 recordings have their nearest neighbour in their own class",
        "and 4 of 4 recordings have their nearest neighbour in their own class (here 4)",
        "log-spectrum, spectra",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let report = std::fs::read_to_string(folder.path("results/report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["classes"], json!(["slow", "slow", "fast", "fast"]));
    // A rival that does as well is named.
    for rival in report["baselines"].as_array().unwrap() {
        let as_good = rival["separation"]["nearest_in_class"] == 4;
        let sentence = text.lines().find(|line| line.starts_with("Without any operator"));
        let named = sentence.is_some_and(|line| line.contains(rival["name"].as_str().unwrap()));
        assert_eq!(named, as_good, "{rival}: {text}");
    }
    for file in [
        "distances.csv",
        "distances.npy",
        "heatmap.svg",
        "baseline_log-spectrum.csv",
        "baseline_euclidean.npy",
    ] {
        assert!(folder.path("results").join(file).exists(), "{file}");
    }
    // There is no lower bound of a mean over settings.
    assert!(!folder.path("results/lower_bounds.npy").exists());
}

#[test]
fn one_side_against_another_and_refusals_work_as_everywhere() {
    let folder = Folder::new();
    let mut files = four(&folder);
    let whole = numbers(&files, &["--sensors", "shared"]);
    let part = numbers(&files[..2], &["--sensors", "shared", "--against", &files[2], &files[3]]);
    assert_eq!(part["against"], json!(["r2", "r3"]));
    // As many rows as columns do not make a square matrix with a diagonal.
    assert_eq!((&part["pairs"], &whole["pairs"]), (&json!(4), &json!(6)));
    // The units differ, and nothing else: the same members measure the same pairs.
    assert_eq!(part["fan"]["time_scale"], whole["fan"]["time_scale"]);
    assert!(distance(&part, 0, 0) > 0.0);
    files.push(folder.table("flat.csv", &rows(600, 2, |_, _| 1.0)));
    let output =
        dsa(&[&["compare"], &files.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("flat.csv"), "{}", err(&output));
    assert!(out(&output).contains("1 is a typical pair"), "{}", out(&output));
    let output = dsa(&["compare", &files[0], &files[4]]);
    assert!(err(&output).contains("not enough recordings"), "{}", err(&output));
}

#[test]
fn settings_of_a_single_fit_leave_the_fan() {
    let folder = Folder::new();
    let files = four(&folder);
    for option in [
        ["--delays", "5"],
        ["--rank", "2"],
        ["--interval", "2"],
        ["--scale", "unit-norm"],
        ["--centre", "none"],
    ] {
        assert!(numbers(&files, &option)["fan"].is_null(), "{option:?}");
        let refused =
            dsa(&[&["compare", &files[0], &files[2], "--sensors", "shared"], &option[..]].concat());
        assert!(err(&refused).contains("--sensors applies to a fan"), "{}", err(&refused));
    }
    let same = numbers(&files, &["--question", "same"]);
    let typed = numbers(&files, &["--delays", "10", "--scale", "unit-variance"]);
    assert_eq!(same, typed);
}

#[test]
fn neighbouring_ranks_are_shown_for_a_number_too() {
    let folder = Folder::new();
    let files = four(&folder);
    let result = numbers(&files, &["--delays", "5", "--rank", "3"]);
    let ranks: Vec<&Value> =
        result["ranks"].as_array().unwrap().iter().map(|at| &at["rank"]).collect();
    assert_eq!(ranks, [2, 3, 4]);
    let (text, _) = run(&files, &["--delays", "5", "--rank", "2"]);
    assert!(text.contains("rank 1: left out"), "{text}");
    assert!(text.contains("\nrank 3: distances"), "{text}");
    // A window has ten entries.
    let (text, _) = run(&files, &["--delays", "5", "--rank", "10"]);
    assert!(text.contains("\nrank 11: ") && !text.contains("rank 11: distances"), "{text}");
}

/// Without `--no-halves`, halves say how far apart two operators of one recording are; a recording that changes in the middle
/// is named.
#[test]
fn halves_are_the_yardstick_and_name_what_is_not_repeatable() {
    let folder = Folder::new();
    let mut files = four(&folder);
    let changing = |t: usize| if t < 300 { 0.2 } else { 0.4 };
    files.push(folder.table("changing.csv", &oscillations(changing, 600, 77)));
    for options in [&[][..], &["--delays", "5", "--rank", "6", "--metric", "wasserstein"]] {
        let (text, _) = run(&files, options);
        for part in
            ["Halves: two halves of one recording are", "Reliability", "Not repeatable: changing."]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        let found = &numbers(&files, options)["halves"];
        let number = |key: &str| found[key].as_f64().unwrap();
        assert!(number("median_within") < 0.8 * number("median_between"), "{found}");
        // Recordings of nearly one speed cannot be told apart, those of different speeds can.
        assert!(number("discriminability") > 0.6, "{found}");
        assert_eq!(found["not_repeatable"], json!(["changing"]));
        assert_eq!(found["within"].as_array().unwrap().len(), 5);
        assert!(numbers(&files, &[options, &["--no-halves"]].concat())["halves"].is_null());
    }
    // Too short to be halved, and said so.
    let short: Vec<String> =
        (0..2).map(|at| folder.recording(&format!("s{at}.csv"), 14, 1)).collect();
    let (text, _) = run(&short, &["--delays", "5", "--rank", "2"]);
    assert!(text.contains("Halves of recordings were not compared"), "{text}");
    assert!(text.contains("2 of 2 recordings have no halves to compare"), "{text}");
}

#[test]
fn the_only_pair_is_said_to_be_at_distance_1_whatever_it_is() {
    let folder = Folder::new();
    let files = four(&folder);
    let only = "the only pair is at distance 1 whatever it is";
    let (text, _) = run(&files[..2], &["--quick"]);
    assert!(text.contains(only), "{text}");
    let (text, _) = run(&files[..1], &["--quick", "--against", &files[3]]);
    assert!(text.contains(only), "{text}");
    assert!(!run(&files[..3], &["--quick"]).0.contains(only));
}
