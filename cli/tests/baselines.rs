//! `dsa compare --baseline`: what it prints, writes and refuses.

use std::f64::consts::FRAC_PI_2;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const NAMES: [&str; 4] = ["procrustes", "delay-procrustes", "cka", "svcca"];

struct Folder(tempfile::TempDir);

impl Folder {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    fn at(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
    /// Writes a table of time x channels; returns its path.
    fn recording(
        &self,
        name: &str,
        samples: usize,
        channels: usize,
        value: impl Fn(usize, usize) -> f64,
    ) -> String {
        let cells =
            |t| (0..channels).map(|c| value(t, c).to_string()).collect::<Vec<_>>().join(",");
        let rows: Vec<String> = (0..samples).map(cells).collect();
        std::fs::write(self.path(name), rows.join("\n") + "\n").unwrap();
        self.at(name)
    }
}

fn wave(t: usize, c: usize) -> f64 {
    let phase = t as f64 * (0.2 + 0.13 * c as f64);
    phase.sin() + 0.3 * ((t * t + 3 * c) % 17) as f64 / 17.0
}

fn other(t: usize, c: usize) -> f64 {
    (t as f64 * (0.31 + 0.07 * c as f64)).cos() + 0.3 * ((t * t + 5 * c) % 13) as f64 / 13.0
}

/// Four recordings: one, the same turned and doubled, another, and a third of one channel.
fn four(folder: &Folder) -> [String; 4] {
    let turned = |t, c| {
        let (x, y) = (wave(t, 0), wave(t, 1));
        if c == 0 { 1.2 * x + 1.6 * y + 5.0 } else { 1.6 * x - 1.2 * y - 3.0 }
    };
    [
        folder.recording("a1.csv", 200, 2, wave),
        folder.recording("a2.csv", 200, 2, turned),
        folder.recording("b1.csv", 200, 2, other),
        folder.recording("b2.csv", 200, 1, |t, _| other(t, 0)),
    ]
}

fn compare(files: &[&str], more: &[&str]) -> Output {
    let settings = ["--delays", "5", "--rank", "3", "--baseline", "procrustes,delay-procrustes"];
    Command::new(env!("CARGO_BIN_EXE_dsa"))
        .arg("compare")
        .args(files)
        .args(settings)
        .args(["--baseline", "cka,svcca,cka"])
        .args(more)
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn report(folder: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(folder.join("report.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn rows(matrix: &serde_json::Value) -> Vec<Vec<f64>> {
    serde_json::from_value(matrix.clone()).unwrap()
}

#[test]
fn every_baseline_is_printed_and_written_beside_the_operators() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let files = four(&folder);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let labels = folder.at("labels.csv");
    std::fs::write(&labels, "a1,a\na2,a\nb1,b\nb2,b\n").unwrap();
    let target = folder.path("results");
    let output = compare(&files, &["--output", &folder.at("results"), "--labels", &labels]);
    assert!(output.status.success(), "{}", err(&output));
    let printed = out(&output);
    assert!(printed.contains("angular, operators"), "{printed}");
    let report = report(&target);
    let found = report["baselines"].as_array().unwrap();
    assert_eq!(found.iter().map(|x| x["name"].as_str().unwrap()).collect::<Vec<_>>(), NAMES);
    for (name, found) in NAMES.iter().zip(found) {
        let line = format!("{name}, states");
        assert_eq!(printed.lines().filter(|x| x.starts_with(&line)).count(), 1, "{printed}");
        let matrix = rows(&found["distances"]);
        assert_eq!((matrix.len(), matrix[0].len()), (4, 4));
        assert!(matrix[0][1] < 1e-12 && matrix[0][0] == 0.0, "{name} {matrix:?}");
        assert!(matrix[0][2] > 0.1 && matrix[0][2] <= FRAC_PI_2, "{name} {matrix:?}");
        assert_eq!(matrix[3][1].to_bits(), matrix[1][3].to_bits());
        assert_eq!(found["separation"]["with_company"], 4);
        // The files hold the same numbers, to the last bit.
        let csv = std::fs::read_to_string(target.join(format!("baseline_{name}.csv"))).unwrap();
        let lines: Vec<String> = matrix
            .iter()
            .zip(["a1", "a2", "b1", "b2"])
            .map(|(row, label)| {
                let cells: Vec<String> = row.iter().map(f64::to_string).collect();
                format!("{label},{}", cells.join(","))
            })
            .collect();
        assert_eq!(csv, format!(",a1,a2,b1,b2\n{}\n", lines.join("\n")));
        let npy = std::fs::read(target.join(format!("baseline_{name}.npy"))).unwrap();
        let npy = npyz::NpyFile::new(&npy[..]).unwrap();
        assert_eq!(npy.shape(), [4, 4]);
        assert_eq!(npy.into_vec::<f64>().unwrap(), matrix.concat());
    }
    assert_eq!(found[1]["settings"]["embedding"]["delays"], 5);
    assert_eq!(found[0]["settings"]["embedding"]["delays"], 1);
    assert_ne!(found[0]["distances"], found[1]["distances"]);
    assert_eq!(found[3]["settings"]["explained_variance"], 0.99);
}

#[test]
fn recordings_that_are_not_paired_are_named_and_the_rest_is_written() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let (a, b) =
        (folder.recording("a.csv", 200, 2, wave), folder.recording("b.csv", 150, 2, other));
    let target = folder.path("results");
    let output = compare(&[&a, &b], &["--output", &folder.at("results")]);
    assert_eq!(output.status.code(), Some(1));
    let told = err(&output);
    assert!(
        told.contains(
            "refused: baseline procrustes, delay-procrustes, cka, svcca: b and a: the samples are not \
             paired: trial 0 has 150 in one recording and 200 in the other"
        ),
        "{told}"
    );
    assert!(told.contains("everything else was compared"), "{told}");
    assert!(out(&output).contains("angular distance between operators of rank 3"));
    assert!(target.join("distances.csv").is_file());
    assert!(!target.join("baseline_cka.csv").exists());
    let report = report(&target);
    assert!(report["baselines"][2]["refused"].as_str().unwrap().contains("not paired"));
    assert!(report["baselines"][2]["distances"].is_null());
}

#[test]
fn one_baseline_may_be_refused_alone() {
    // 14 samples of noise in 60 channels: 99 % of the variance fills all 13 dimensions that they span.
    let folder = Folder(tempfile::tempdir().unwrap());
    let noise = |seed: u64| {
        move |t: usize, c: usize| {
            let z = (seed + 1000 * t as u64 + c as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let z = (z ^ (z >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            (z >> 40) as f64
        }
    };
    let a = folder.recording("a.csv", 14, 60, noise(1));
    let b = folder.recording("b.csv", 14, 60, noise(7_000_000));
    let output = compare(&[&a, &b], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("refused: baseline svcca: b and a: trial 0 has 14 samples"));
    assert!(out(&output).contains("cka, states") && !out(&output).contains("svcca, states"));
}

#[test]
fn against_others_and_any_number_of_threads_the_same_bytes() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let [a1, a2, b1, b2] = four(&folder);
    let run = |threads: &str| {
        let more = ["--against", &b1, &b2, "--json", "--threads", threads];
        let output = compare(&[&a1, &a2], &more);
        assert!(output.status.success(), "{}", err(&output));
        out(&output)
    };
    let printed = run("1");
    assert!(["2", "7"].iter().all(|threads| run(threads) == printed));
    let result: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let together = compare(&[&a1, &a2, &b1, &b2], &["--json"]);
    let together: serde_json::Value = serde_json::from_str(&out(&together)).unwrap();
    for k in 0..NAMES.len() {
        let between = rows(&result["baselines"][k]["distances"]);
        let among = rows(&together["baselines"][k]["distances"]);
        let part: Vec<Vec<f64>> = among[..2].iter().map(|row| row[2..].to_vec()).collect();
        assert_eq!(between, part, "{}", NAMES[k]);
    }
}

#[test]
fn an_unknown_baseline_is_a_wrong_command_line_and_the_known_are_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_dsa"))
        .args(["compare", "a.csv", "b.csv", "--baseline", "procrustes,rsa"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("procrustes, delay-procrustes, cka, svcca"), "{}", err(&output));
}
