//! Names of files that act on a terminal or cannot stand in a picture, and a standard output that is not there.

#![cfg(unix)]

use crate::common::program::{Folder, dsa, err, out, turning};
use std::process::{Command, Output};

/// Clears a screen, ends a line, starts a sequence in one byte, turns the direction of text, and is markup.
const NAME: &str = "a\u{1b}[2J\n\u{9b}31m\u{202e}<b>&\u{7f}";

fn shown_as_they_are(text: &str) -> Vec<char> {
    let acts = |x: &char| x.is_control() && *x != '\n' || ('\u{202a}'..='\u{202e}').contains(x);
    text.chars().filter(acts).collect()
}

#[test]
fn no_name_of_a_file_reaches_the_terminal_or_a_picture_as_it_is() {
    let folder = Folder::new();
    let [a, b] = [format!("{NAME}.csv"), format!("b{NAME}.csv")];
    let [a, b] =
        [folder.table(&a, &turning(300, 2, 0.9, 1)), folder.table(&b, &turning(300, 2, 0.9, 2))];
    let bad = folder.table(&format!("bad{NAME}.csv"), "1,2\n3,x\n");
    let constant = folder.table(&format!("flat{NAME}.csv"), &"1,1\n".repeat(300));
    let target = folder.at(&format!("results{NAME}"));
    let model = folder.at(&format!("model{NAME}.json"));
    let compare = ["compare", &a, &b, &bad, &constant, "--delays", "4", "--output", &target];
    let sweep = ["sweep", &a, &bad, "--delays", "3", "--ranks", "1..3", "--output", &target];
    let missing = folder.at(&format!("{NAME}missing/x.json"));
    let runs: [&[&str]; 14] = [
        &[&compare[..], &["--rank", "auto"]].concat(),
        &[&compare[..], &["--rank", "3", "--baseline", "cka"]].concat(),
        &[&compare[..], &["--rank", "3", "--json"]].concat(),
        &[&compare[..], &["--rank", "1"]].concat(),
        &sweep,
        &[&sweep[..], &["--json"]].concat(),
        &["fit", &a, "--output", &model, "--delays", "4", "--rank", "3"],
        &["fit", &a, "--output", &missing, "--delays", "4", "--rank", "3"],
        &["distance", &model, &model],
        &["distance", &model, &a],
        &["calibrate", &a, "--output", &model],
        &["monitor", "--calibration", &a, "--stream", &b],
        &["fit", &a, &b],
        &["compare", &a, &b, "--rank", NAME],
    ];
    for run in runs {
        let output = dsa(run);
        for text in [out(&output), err(&output)] {
            assert_eq!(shown_as_they_are(&text), [], "{run:?}: {text:?}");
            assert!(!text.contains("\n\u{9b}") && !text.contains("[2J\n"), "{run:?}: {text:?}");
        }
    }
    let output = dsa(&[&compare[..], &["--rank", "3", "--json"]].concat());
    let report: serde_json::Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(report["labels"][0], NAME, "JSON keeps the name");
    for picture in ["heatmap.svg", "sweep.svg"] {
        let svg = std::fs::read_to_string(std::path::Path::new(&target).join(picture)).unwrap();
        assert_eq!(shown_as_they_are(&svg), [], "{picture}");
        assert!(!svg.contains("<b>"), "{picture}");
    }
    let svg = std::fs::read_to_string(std::path::Path::new(&target).join("heatmap.svg")).unwrap();
    assert!(svg.contains("a\u{fffd}[2J\u{fffd}\u{fffd}31m\u{fffd}&lt;b&gt;&amp;\u{fffd}"));
}

/// Runs the program with a redirection of the shell.
fn redirected(arguments: &[&str], redirection: &str) -> Output {
    Command::new("sh")
        .args(["-c", &format!("exec \"$@\" {redirection}"), "sh", env!("CARGO_BIN_EXE_dsa")])
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn a_result_that_nobody_gets_is_a_failure() {
    let folder = Folder::new();
    let a = folder.table("a.csv", &turning(300, 2, 0.9, 1));
    let b = folder.table("b.csv", &turning(300, 2, 0.9, 2));
    let [model, made, results] = ["model.json", "made.npy", "results"].map(|name| folder.at(name));
    let settings = ["--delays", "4", "--rank", "3"];
    let fit = [&["fit", &a, "--output", &model][..], &settings].concat();
    assert!(dsa(&fit).status.success());
    let compare = [&["compare", &a, &b][..], &settings].concat();
    let runs: [&[&str]; 8] = [
        &compare,
        &[&compare[..], &["--json"]].concat(),
        &["distance", &model, &model],
        &["sweep", &a, "--delays", "3", "--ranks", "1..3"],
        &fit,
        &["simulate", "linear", "--samples", "9", "--output", &made],
        &["--help"],
        &["--version"],
    ];
    let closed = "dsa: standard output cannot be written: it is closed\n";
    let mut redirections = vec![(">&-", closed)];
    if cfg!(target_os = "linux") {
        let full =
            "dsa: standard output cannot be written: No space left on device (os error 28)\n";
        redirections.push((">/dev/full", full));
        let wrong = "dsa: standard output cannot be written: Bad file descriptor (os error 9)\n";
        redirections.push(("1</dev/zero", wrong));
    }
    for run in runs {
        for (redirection, said) in &redirections {
            let output = redirected(run, redirection);
            let told = (output.status.code(), err(&output));
            assert!(told.0 == Some(1) && told.1.ends_with(said), "{run:?} {redirection}: {told:?}");
        }
        let output = redirected(run, ">/dev/null");
        assert_eq!(output.status.code(), Some(0), "{run:?}");
        let output = redirected(run, "2>&- <&-");
        assert_eq!(output.status.code(), Some(0), "{run:?}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output =
            Command::new(env!("CARGO_BIN_EXE_dsa")).args(run).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(141), "{run:?}: {}", err(&output));
        assert!(!err(&output).contains("standard output"), "{run:?}: {}", err(&output));
    }
    // What was to be kept is kept.
    let output = redirected(&[&compare[..], &["--output", &results]].concat(), ">&-");
    assert_eq!(output.status.code(), Some(1));
    assert!(folder.path("results/report.json").is_file());
}
