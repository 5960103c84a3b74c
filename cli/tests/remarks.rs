//! What the program says beside a number that says little.

use crate::common::program::{Folder, dsa, err, noise, out, rows, turning, wave};
use serde_json::Value;

const RANK_ONE: &str = "An angle between operators of rank 1 is 0 or pi";
const NO_DYNAMICS: &str = "no dynamics to compare";
const SIZE: &str = "the norms of the operators differ by more than the angle between them explains";

fn white(folder: &Folder, name: &str, seed: u64) -> String {
    let mut noise = noise(seed);
    let values: Vec<f64> = (0..4000).map(|_| noise()).collect();
    folder.table(name, &rows(2000, 2, |t, c| values[2 * t + c]))
}

fn both(arguments: &[&str]) -> String {
    let output = dsa(arguments);
    out(&output) + &err(&output)
}

#[test]
fn an_angle_of_rank_one_is_said_to_be_a_sign_whatever_led_there() {
    let folder = Folder::new();
    // The mean holds nearly all of the variance, so one direction explains it.
    let near = |name: &str, factor: f64| {
        folder.table(name, &rows(300, 2, |t, c| 100.0 + factor * wave(t, c)))
    };
    let (a, b) = (near("a.csv", 1.0), near("b.csv", 1.5));
    let (c, d) = (folder.recording("c.csv", 300, 1), folder.recording("d.csv", 200, 1));
    let none = ["--centre=none"];
    for (files, rule, more) in [
        ([&c, &d], ["--delays", "5", "--rank", "1"], &[][..]),
        ([&c, &d], ["--delays", "1", "--rank", "full"], &[]),
        ([&a, &b], ["--delays", "5", "--rank", "variance:0.99"], &none),
        ([&c, &d], ["--delays", "5", "--rank", "threshold:0.99"], &[]),
    ] {
        let arguments = [&["compare", files[0], files[1]][..], &rule, more].concat();
        let said = both(&arguments);
        if said.contains("operators of rank 1 ") {
            assert!(said.contains(RANK_ONE), "{rule:?}: {said}");
        } else {
            assert!(
                rule[3] != "1" && rule[1] != "1" && !said.contains(RANK_ONE),
                "{rule:?}: {said}"
            );
        }
        let arguments = [&arguments[..], &["--metric", "wasserstein"]].concat();
        assert!(!both(&arguments).contains(RANK_ONE), "{rule:?}");
    }
    let models = [("c.json", &c), ("d.json", &d)].map(|(name, file)| {
        let model = folder.at(name);
        let fit = dsa(&["fit", file, "--output", &model, "--delays", "5", "--rank", "1"]);
        assert!(fit.status.success(), "{}", err(&fit));
        model
    });
    assert!(both(&["distance", &models[0], &models[1]]).contains(RANK_ONE));
    let json = both(&["distance", &models[0], &models[1], "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert!(json["remarks"][0].as_str().unwrap().contains(RANK_ONE), "{json}");
}

#[test]
fn white_noise_is_said_to_have_no_dynamics_under_every_rule() {
    let folder = Folder::new();
    let (a, b) = (white(&folder, "a.csv", 1), white(&folder, "b.csv", 2));
    let rules = ["auto", "state-order", "predictive", "hard-threshold", "variance:0.5", "1", "4"];
    for rule in rules {
        let said = both(&["compare", &a, &b, "--delays", "10", "--rank", rule]);
        assert!(said.contains(NO_DYNAMICS), "{rule}: {said}");
        let model = folder.at("model.json");
        let said = both(&["fit", &a, "--output", &model, "--delays", "10", "--rank", rule]);
        let refused = said.contains("white noise");
        assert!(said.contains(NO_DYNAMICS) || refused, "{rule}: {said}");
    }
    // One of them: only that one is named.
    let turning = folder.table("turning.csv", &turning(2000, 2, 0.9, 1));
    let said = both(&["compare", &a, &turning, "--delays", "10", "--rank", "4"]);
    assert!(said.contains(&format!("\na: {NO_DYNAMICS}")), "{said}");
    let target = folder.at("results");
    dsa(&["compare", &a, &turning, "--delays", "10", "--rank", "4", "--output", &target]);
    let report = std::fs::read_to_string(folder.path("results/report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["without_dynamics"], serde_json::json!(["a"]));
}

#[test]
fn recordings_with_dynamics_are_not_said_to_have_none() {
    let folder = Folder::new();
    let files = [
        folder.recording("wave.csv", 200, 2),
        folder.table("slow.csv", &turning(2000, 3, 0.99, 4)),
        folder.table("fast.csv", &turning(2000, 3, 0.3, 5)),
    ];
    let said = both(&["compare", &files[0], &files[1], &files[2], "--delays", "5", "--rank", "4"]);
    assert!(said.contains("angular distance") && !said.contains(NO_DYNAMICS), "{said}");
    let fmri =
        ["left-1", "right-1"].map(|x| crate::common::program::example(&format!("fmri/{x}.csv")));
    let said = both(&["compare", &fmri[0], &fmri[1], "--delays", "10", "--rank", "12"]);
    assert!(said.contains("angular distance") && !said.contains(NO_DYNAMICS), "{said}");
}

#[test]
fn operators_of_different_size_are_told_where_an_angle_does_not_see_it() {
    let folder = Folder::new();
    let slow = folder.table("slow.csv", &turning(4000, 3, 0.9, 1));
    let fast = folder.table("fast.csv", &turning(4000, 3, 0.45, 2));
    let twin = folder.table("twin.csv", &turning(4000, 3, 0.9, 3));
    let settings = ["--delays", "1", "--rank", "3"];
    let compare =
        |files: &[&str], more: &[&str]| both(&[&["compare"], files, &settings, more].concat());
    for more in [&[][..], &["--metric", "chordal"]] {
        let said = compare(&[&slow, &fast], more);
        let most = format!("In 1 of 1 pairs {SIZE} (most of all fast and slow, with |A|/|B| = ");
        let (_, ratio) = said.split_once(&most).unwrap_or_else(|| panic!("{said}"));
        let ratio: f64 = ratio.split(')').next().unwrap().parse().unwrap();
        assert!((ratio - 0.5).abs() < 0.03, "{ratio}");
        assert!(said.contains("--metric frobenius and --metric wasserstein detect them"), "{said}");
        assert!(!compare(&[&slow, &twin], more).contains(SIZE));
    }
    assert!(!compare(&[&slow, &fast], &["--metric", "frobenius"]).contains(SIZE));
    assert!(compare(&[&slow, &twin, &fast], &[]).contains(&format!("In 2 of 3 pairs {SIZE}")));
    let said = compare(&[&slow, "--against", &fast, &twin], &[]);
    assert!(
        said.contains(&format!(
            "In 1 of 2 pairs {SIZE} (most of all slow and fast, with |A|/|B| = 1.9"
        )) || said.contains(&format!(
            "In 1 of 2 pairs {SIZE} (most of all slow and fast, with |A|/|B| = 2.0"
        )),
        "{said}"
    );
    let target = folder.at("results");
    compare(&[&slow, &fast, "--output", &target], &[]);
    let report = std::fs::read_to_string(folder.path("results/report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["norms"].as_array().unwrap().len(), 2);
    assert_eq!(report["norms_differ"][0]["right"], "slow");
    assert!(report["norms_differ"][0]["norm_ratio"].as_f64().unwrap() < 0.55, "{report}");
    assert!(report["remarks"][0].as_str().unwrap().contains(SIZE));
}

#[test]
fn a_sweep_marks_a_choice_on_the_edge_of_its_grid_and_explains_a_rank_below_the_best() {
    let folder = Folder::new();
    let file = folder.table("a.csv", &turning(1500, 3, 0.95, 1));
    let target = folder.at("sweep");
    let sweep = |delays: &str, ranks: &str| -> (String, Value) {
        let range = ["--delays", delays, "--ranks", ranks, "--output", &target];
        let output = dsa(&[&["sweep", file.as_str()][..], &range].concat());
        assert!(output.status.success(), "{}", err(&output));
        let report = std::fs::read_to_string(folder.path("sweep/sweep.json")).unwrap();
        (out(&output), serde_json::from_str(&report).unwrap())
    };
    let (_, report) = sweep("1..9", "1..12");
    let number = |name: &str| report["chosen"][name].as_u64().unwrap() as usize;
    let (delays, rank) = (number("delays"), number("rank"));
    let edges = |report: &Value| report["chosen"]["edges"].as_array().unwrap().len();
    let inside = |at: usize| format!("1..{}", at + 2);
    let (said, report) = sweep(&inside(delays), &inside(rank));
    assert!(edges(&report) == 0 && !said.contains("edge") && !said.contains("outside"), "{said}");
    let (said, report) = sweep(&format!("1..{delays}"), &inside(rank));
    assert_eq!(edges(&report), 1);
    assert!(said.contains(&format!(
        "The chosen number of delays {delays} is on the upper edge of the grid (--delays 1..{delays}); widen the grid"
    )), "{said}");
    let svg = std::fs::read_to_string(folder.path("sweep/sweep.svg")).unwrap();
    assert!(svg.contains("on the edge of the grid"));
    let (said, _) = sweep(&inside(delays), &format!("{rank}..{}", rank + 2));
    assert!(
        said.contains(&format!("The chosen rank {rank} is on the lower edge of the grid")),
        "{said}"
    );
    let (said, _) = sweep(&format!("{}..{}", delays + 1, delays + 2), &inside(rank));
    assert!(said.contains("is outside the grid"), "{said}");
    // The largest rank of the grid predicts best: starred.
    let (said, _) = sweep(&inside(delays), "1..2");
    assert!(
        said.contains("2*") && said.contains("* This is the largest rank of the grid"),
        "{said}"
    );
    // A rank that predicts better than the one that was chosen is explained, and only then.
    let (said, report) = sweep(&inside(delays), "1..20");
    let best = said.lines().find_map(|line| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        (cells.first() == Some(&delays.to_string().as_str())).then(|| cells[1].parse::<usize>())
    });
    let best = best.unwrap().unwrap();
    let chosen = report["chosen"]["rank"].as_u64().unwrap() as usize;
    let explained = said.contains("The chosen rank is smaller than the rank that predicts best");
    assert_eq!(explained, best > chosen, "{said}");
}
