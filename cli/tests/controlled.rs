//! `dsa compare --inputs` and `dsa simulate --inputs`: systems with known inputs.

use crate::common::program::{Folder, dsa, err, out};
use serde_json::Value;

/// Recordings and the folder of their inputs.
pub(crate) struct Driven {
    files: Vec<String>,
    pub(crate) inputs: String,
}

impl Driven {
    pub(crate) fn line(&self) -> Vec<&str> {
        self.files.iter().map(String::as_str).collect()
    }
}

/// Two sessions of each of two networks, which differ in their dynamics, and two in which the gain of the input differs.
pub(crate) fn networks(folder: &Folder) -> Driven {
    let inputs = folder.path("inputs");
    std::fs::create_dir_all(&inputs).unwrap();
    let settings =
        [(".92", ".5"), (".92", ".5"), (".6", ".5"), (".6", ".5"), (".92", "2"), (".92", "2")];
    let one = |(at, (radius, gain)): (usize, &(&str, &str))| {
        let name = format!("n{at}.npy");
        let (file, of_inputs) = (folder.at(&name), inputs.join(&name));
        let (of_inputs, session) = (of_inputs.to_str().unwrap(), at.to_string());
        let output = dsa(&[
            "simulate",
            "driven-network",
            "--output",
            &file,
            "--inputs",
            of_inputs,
            "--radius",
            radius,
            "--gain",
            gain,
            "--session",
            &session,
            "--samples",
            "3000",
        ]);
        assert!(output.status.success(), "{}", err(&output));
        file
    };
    let files = settings.iter().enumerate().map(one).collect();
    Driven { files, inputs: inputs.to_str().unwrap().to_owned() }
}

fn run(line: &[&str]) -> String {
    let output = dsa(line);
    assert!(output.status.success(), "{}", err(&output));
    out(&output)
}

fn refusal(line: &[&str]) -> String {
    let output = dsa(line);
    assert!(!output.status.success(), "{}", out(&output));
    err(&output)
}

#[test]
fn parts_tell_dynamics_from_inputs() {
    let folder = Folder::new();
    let driven = networks(&folder);
    let line =
        [&["compare", "--inputs", &driven.inputs, "--rank", "4"][..], &driven.line()].concat();
    let target = folder.at("results");
    let text = run(&[&line[..], &["--output", &target]].concat());
    for part in ["Joint: do", "State: are", "Input: do", "4 states: as given", "written to"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let report: Value = serde_json::from_str(&run(&[&line[..], &["--json"]].concat())).unwrap();
    let at = |part: &str, i: usize, j: usize| report["parts"][part][i][j].as_f64().unwrap();
    // The same network, one with other dynamics, and one with another gain.
    for (same, dynamics, gain) in [((0, 1), (0, 2), (0, 4)), ((4, 5), (1, 3), (1, 5))] {
        assert!(at("state", dynamics.0, dynamics.1) > 3.0 * at("state", same.0, same.1));
        assert!(at("input", gain.0, gain.1) > 3.0 * at("input", same.0, same.1));
        assert!(at("state", gain.0, gain.1) < at("state", dynamics.0, dynamics.1));
        assert_eq!(at("input", gain.0, gain.1), at("input", gain.1, gain.0));
    }
    assert_eq!(report["systems"][0]["order"], 4);
    for name in [
        "distances.csv",
        "distances_state.csv",
        "distances_input.npy",
        "pictures/heatmap_state.png",
        "report.html",
    ] {
        assert!(folder.path("results").join(name).is_file(), "{name}");
    }
    let schema: Value =
        serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let written = std::fs::read_to_string(folder.path("results/report.json")).unwrap();
    for found in [&report, &serde_json::from_str(&written).unwrap()] {
        let faults: Vec<String> =
            validator.iter_errors(found).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }
    let page = std::fs::read_to_string(folder.path("results/report.html")).unwrap();
    assert!(page.contains("Heat map of the distances of the dynamics"));
    // The same bits with any number of threads.
    let alone = run(&[&["--threads", "1"], &line[..], &["--json"]].concat());
    assert_eq!(serde_json::from_str::<Value>(&alone).unwrap(), report);
}

#[test]
fn inputs_may_be_a_dataset_in_the_file_of_the_recording() {
    let folder = Folder::new();
    let driven = networks(&folder);
    let mut joined = Vec::new();
    for (at, file) in driven.files.iter().take(3).enumerate() {
        let inputs = std::fs::read(format!("{}/n{at}.npy", driven.inputs)).unwrap();
        let path = folder.path(&format!("both{at}.npz"));
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, bytes) in [("y.npy", std::fs::read(file).unwrap()), ("u.npy", inputs)] {
            use std::io::Write;
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(&bytes).unwrap();
        }
        archive.finish().unwrap();
        joined.push(path.to_str().unwrap().to_owned());
    }
    let of = |line: &[&str]| -> Value { serde_json::from_str(&run(line)).unwrap() };
    let apart = [
        &["compare", "--inputs", &driven.inputs, "--json", "--rank", "4"][..],
        &driven.line()[..3],
    ]
    .concat();
    let files: Vec<&str> = joined.iter().map(String::as_str).collect();
    let together = ["compare", "--inputs", "u", "--dataset", "y", "--json", "--rank", "4"];
    assert_eq!(of(&apart)["distances"], of(&[&together, &files[..]].concat())["distances"]);
}

#[test]
fn what_does_not_fit_is_refused_with_a_reason() {
    let folder = Folder::new();
    let driven = networks(&folder);
    let line = [&["compare", "--inputs", &driven.inputs][..], &driven.line()].concat();
    let other = folder.at("other.npy");
    run(&["simulate", "driven-network", "--output", &other, "--samples", "3000"]);
    let found = refusal(&[&line[..], &[&other, "--rank", "3"]].concat());
    assert!(found.contains("other.npy: has no inputs: there is no file"), "{found}");
    let short = folder.path("inputs/other.npy");
    std::fs::copy(folder.path("inputs/n0.npy"), &short).unwrap();
    run(&["simulate", "driven-network", "--output", &other, "--samples", "2000"]);
    let found = refusal(&[&line[..], &[&other, "--rank", "3"]].concat());
    assert!(
        found.contains("trial 0 has 3000 samples and that of the recording has 2000"),
        "{found}"
    );
    let found = refusal(&[&line[..], &["--scale", "unit-variance"]].concat());
    assert!(found.contains("takes recordings as they are"), "{found}");
    let found = refusal(&[&line[..], &["--rank", "full"]].concat());
    assert!(found.contains("variance:F"), "{found}");
    let found = refusal(&[&line[..], &["--baseline", "cka"]].concat());
    assert!(found.contains("cannot be used with"), "{found}");
    let found =
        refusal(&["simulate", "lorenz", "--output", &other, "--inputs", &folder.at("u.npy")]);
    assert!(found.contains("this system has no inputs"), "{found}");
    let found = refusal(&["simulate", "rotations", "--output", &other, "--inputs", &other]);
    assert!(found.contains("is an input and would be overwritten"), "{found}");
}
