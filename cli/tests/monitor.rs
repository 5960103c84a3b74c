//! `dsa calibrate` and `dsa monitor` on simulated recordings, as their user meets them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

fn dsa(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dsa")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Standard output of a run that must succeed.
fn run(arguments: &[&str]) -> String {
    let output = dsa(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// What a run that must fail says.
fn refused(arguments: &[&str]) -> String {
    let output = dsa(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output.stdout));
    text(&output.stderr)
}

/// Seeds of the subject; its calibration is session 0.
const SUBJECT: &str = "10400";

/// A folder with ten minutes of a subject and their calibration, shared by all tests.
struct Subject {
    folder: tempfile::TempDir,
}

static SHARED: LazyLock<Subject> = LazyLock::new(|| {
    let subject = Subject { folder: tempfile::tempdir().unwrap() };
    let recording = subject.record("normal.npy", "none", 600, 0);
    let said = run(&["calibrate", &recording, "--operator", "--output", &subject.calibration()]);
    assert!(said.contains("8 channels at 50 Hz, 5 delays, 8 directions, 30000 samples"), "{said}");
    subject
});

impl Subject {
    fn at(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    fn normal(&self) -> PathBuf {
        self.path("normal.npy")
    }
    fn calibration(&self) -> String {
        self.at("normal.dsac")
    }
    fn record(&self, name: &str, scenario: &str, seconds: u32, session: u32) -> String {
        let (path, seconds, session) = (self.at(name), seconds.to_string(), session.to_string());
        let what = ["simulate", "motor-cortex", "--seed", SUBJECT, "--scenario", scenario];
        let how = ["--seconds", &seconds, "--session", &session, "--output", &path];
        run(&[what, how].concat());
        path
    }
    /// The reports of a stream, as JSON.
    fn watch(&self, stream: &str, more: &[&str]) -> Vec<serde_json::Value> {
        let arguments =
            ["monitor", "--json", "--calibration", &self.calibration(), "--stream", stream];
        let said = run(&[&arguments, more].concat());
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn nothing_is_reported_of_a_subject_that_does_not_change() {
    let stream = SHARED.record("none.npy", "none", 300, 1);
    let reports = SHARED.watch(&stream, &[]);
    assert_eq!(reports.len(), 10);
    for (k, report) in reports.iter().enumerate() {
        assert_eq!(report["time"], 30.0 * (k + 1) as f64);
        // The first looks at 30 s; pairs of the longest lag are too few.
        let expected = if k == 0 { "insufficient-data" } else { "ok" };
        assert_eq!(report["status"], expected, "{report}");
        assert_eq!(report["standing"], "ok");
    }
    let last = &reports[9];
    assert!(last["score"].as_f64().unwrap() < 1.5 && last["rank"] == 8, "{last}");
    assert!(last["z"].as_f64().unwrap().abs() < 4.0 && last["cusum"].as_f64().unwrap() < 8.0);
}

#[test]
fn a_faster_subject_is_an_alarm_and_no_failure() {
    let stream = SHARED.record("faster.npy", "time-scale:1.5", 300, 1);
    let picture = SHARED.at("faster.svg");
    let reports = SHARED.watch(&stream, &["--plot", &picture]);
    let last = reports.last().unwrap();
    assert_eq!((&last["status"], &last["standing"]), (&"alarm".into(), &"alarm".into()), "{last}");
    assert_eq!(last["reason"], "dynamics");
    assert!(last["score"].as_f64().unwrap() > 2.5 && last["z"].as_f64().unwrap() > 4.0, "{last}");
    assert_eq!(last["cusum"], 16.0);
    let drawn = std::fs::read_to_string(&picture).unwrap();
    for word in ["<svg", "CUSUM", "z of the score", "time (s)"] {
        assert!(drawn.contains(word), "{word}");
    }
    let table = run(&["monitor", "--calibration", &SHARED.calibration(), "--stream", &stream]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), reports.len() + 1);
    assert!(lines[0].contains("status") && lines[0].contains("excitation"), "{table}");
    assert!(lines[10].trim_start().starts_with("300.0  alarm"), "{table}");
    // Right ends of the columns of the head and of a report are the same.
    assert_eq!(lines[0].len(), lines[10].len(), "{table}");
}

#[test]
fn a_dead_channel_is_named_and_decides_nothing() {
    let stream = SHARED.record("dead.npy", "channel-lost", 300, 2);
    let reports = SHARED.watch(&stream, &[]);
    let last = reports.last().unwrap();
    assert_eq!(last["status"], "invalid-input", "{last}");
    assert_eq!((&last["standing"], &last["cusum"]), (&"ok".into(), &0.0.into()), "{last}");
    let dead = zero_channel(&SHARED.path("dead.npy"));
    assert_eq!(last["channels"], serde_json::json!([dead]), "{last}");
    let table = run(&["monitor", "--calibration", &SHARED.calibration(), "--stream", &stream]);
    assert!(table.lines().last().unwrap().contains(&format!("stuck {dead}")), "{table}");
}

/// The channel that is zero in all samples.
fn zero_channel(path: &Path) -> usize {
    let found = dsa::files::read::read(path, None).unwrap();
    let zero = |channel: &usize| {
        found.trials[0].iter().skip(*channel).step_by(found.channels).all(|x| *x == 0.0)
    };
    (0..found.channels).find(zero).unwrap()
}

#[test]
fn missing_samples_are_counted_and_change_nothing() {
    let stream = SHARED.record("dropped.npy", "dropped:0.05", 300, 3);
    let reports = SHARED.watch(&stream, &[]);
    for report in &reports[1..] {
        assert_eq!(report["status"], "ok", "{report}");
        let (missing, pairs) =
            (report["missing"].as_f64().unwrap(), report["pairs"].as_f64().unwrap());
        assert!((missing - 0.05).abs() < 0.02 && report["rejected"] == 0.0, "{report}");
        assert!(pairs < 0.95 * 3000.0 && pairs > 0.85 * 3000.0, "{report}");
    }
    // A calibration takes them, too.
    let recording = SHARED.record("normal-dropped.npy", "dropped:0.05", 600, 4);
    let said = run(&["calibrate", &recording, "--output", &SHARED.at("dropped.dsac")]);
    assert!(said.contains("of 30000 in the file are missing") && !said.contains("(0 of"), "{said}");
}

#[test]
fn a_damaged_calibration_is_said_to_be_damaged() {
    let stream = SHARED.record("short.npy", "none", 20, 5);
    let bytes = std::fs::read(SHARED.calibration()).unwrap();
    let of = |name: &str, bytes: &[u8]| {
        let path = SHARED.at(name);
        std::fs::write(&path, bytes).unwrap();
        let said = refused(&["monitor", "--calibration", &path, "--stream", &stream]);
        assert!(said.contains(&path), "{said}");
        said
    };
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    let mut old = bytes.clone();
    old[4] = 1;
    let said = of("old.dsac", &old);
    assert!(said.contains("version 1") && said.contains("make the calibration anew"), "{said}");
    let said = of("flipped.dsac", &flipped);
    assert!(said.contains("damaged") && said.contains("checksum"), "{said}");
    let said = of("cut.dsac", &bytes[..bytes.len() - 8]);
    assert!(said.contains("damaged") && said.contains("length"), "{said}");
    assert!(of("odd.dsac", &bytes[..bytes.len() - 1]).contains("multiple of 4"));
    assert!(of("longer.dsac", &[&bytes[..], &[0; 4]].concat()).contains("more in the file"));
    assert!(of("other.dsac", b"name,value\n1").contains("kind"));
    assert!(of("empty.dsac", b"").contains("length"));
}

#[test]
fn what_does_not_fit_is_refused_with_what_would() {
    let stream = SHARED.record("some.npy", "none", 100, 6);
    let output = SHARED.at("never.dsac");
    let calibrate =
        |more: &[&str]| refused(&[&["calibrate", &stream, "--output", &output], more].concat());
    let said = calibrate(&[]);
    assert!(said.contains("needs 600 s") && said.contains("has 100.0 s"), "{said}");
    assert!(calibrate(&["--blocks", "5", "--block", "20", "--rank", "41"]).contains("rank"));
    assert!(calibrate(&["--blocks", "5", "--block", "20", "--cut", "1"]).contains("cut"));
    assert!(calibrate(&["--rate", "0"]).contains("--rate must be positive"));
    assert!(calibrate(&["--block=-1"]).contains("--block must be positive"));
    assert!(!SHARED.path("never.dsac").exists());
    let monitor = |more: &[&str]| {
        let calibration = SHARED.calibration();
        refused(&[&["monitor", "--calibration", &calibration, "--stream", &stream], more].concat())
    };
    assert!(monitor(&["--rate", "75"]).contains("multiple of the calibration's 50 Hz"));
    assert!(monitor(&["--window", "45"]).contains("multiple of 10 s"));
    assert!(monitor(&["--margin=-1"]).contains("margin"));
    assert!(monitor(&["--limits", "1", "-1"]).contains("limits"));
    // Two sinusoids: everything is predicted.
    let smooth = SHARED.at("smooth.csv");
    let row =
        |t: i32| format!("{},{}\n", (0.01 * f64::from(t)).sin(), (0.013 * f64::from(t)).cos());
    std::fs::write(&smooth, (0..30_000).map(row).collect::<String>()).unwrap();
    let said = refused(&["calibrate", &smooth, "--output", &output]);
    assert!(said.contains("oversampled") && said.contains("--rate"), "{said}");
    let narrow = SHARED.at("narrow.csv");
    std::fs::write(&narrow, "1,2\n3,4\n").unwrap();
    let calibration = SHARED.calibration();
    let said = refused(&["monitor", "--calibration", &calibration, "--stream", &narrow]);
    assert!(said.contains("the stream has 2 channels and the calibration 8"), "{said}");
}

/// Ten minutes of the subject, changed: (sample, its time in samples).
fn changed(name: &str, change: impl Fn(&mut [f64], usize)) -> String {
    let mut samples = dsa::files::read::read(&SHARED.normal(), None).unwrap().trials.remove(0);
    samples.chunks_exact_mut(8).enumerate().for_each(|(t, sample)| change(sample, t));
    let path = SHARED.at(name);
    let shape = [samples.len() as u64 / 8, 8];
    std::fs::write(&path, dsa::output::npy(&shape, &samples, true).unwrap()).unwrap();
    path
}

/// What `dsa calibrate` says of a recording that it refuses: the channel or the cause, and no option that it has not.
fn uncalibrated(recording: &str) -> String {
    let said = refused(&["calibrate", recording, "--output", &SHARED.at("never.dsac")]);
    assert!(!SHARED.path("never.dsac").exists());
    assert!(!said.contains("ridge"), "{said}");
    let help = run(&["calibrate", "--help"]);
    for word in said.split_whitespace().filter(|word| word.starts_with("--")) {
        let option = word.trim_end_matches([',', ';', '.']);
        assert!(help.contains(option), "{option}: {said}");
    }
    said
}

#[test]
fn a_calibration_that_fails_names_the_channel_or_the_cause() {
    let stuck = changed("stuck.npy", |sample, t| {
        if t >= 15_000 {
            sample[3] = 0.25;
        }
    });
    let said = uncalibrated(&stuck);
    assert!(said.contains("channel 3 is stuck"), "{said}");
    assert!(said.contains("from 300.0 s to 600.0 s"), "{said}");
    // Within what the channel usually is.
    let usual = dsa::files::read::read(&SHARED.normal(), None).unwrap().trials[0][8 * 16_000 + 3];
    let stuck = changed("stuck-usual.npy", |sample, t| {
        if t >= 16_000 {
            sample[3] = usual;
        }
    });
    let said = uncalibrated(&stuck);
    assert!(said.contains("channel 3 is stuck"), "{said}");
    assert!(said.contains("from 320.0 s to 600.0 s"), "{said}");
    let drift = changed("drift.npy", |sample, t| sample[2] += 0.1 * t as f64);
    let said = uncalibrated(&drift);
    assert!(said.contains("channel 2 drifts"), "{said}");
    // Ten minutes in which nothing is faster than a second.
    let smooth = changed("slow.npy", |sample, t| {
        for (c, x) in sample.iter_mut().enumerate() {
            let t = t as f64 * (1.0 + 0.1 * c as f64);
            *x = (0.05 * t).sin() + (0.031 * t).cos() + 1e-4 * *x;
        }
    });
    let said = uncalibrated(&smooth);
    assert!(said.contains("oversampled") && said.contains("--rate"), "{said}");
}

#[test]
fn channels_that_are_combinations_of_others_are_noted() {
    let output = SHARED.at("noted.dsac");
    let said = |recording: &str| {
        let output = dsa(&["calibrate", recording, "--output", &output]);
        text(&output.stderr)
    };
    let copy = changed("copy.npy", |sample, _| sample[5] = -2.0 * sample[2] + 1.0);
    let heard = said(&copy);
    assert!(heard.contains("channel 5 is a copy of channel 2"), "{heard}");
    assert!(heard.contains("8 channels have 7 directions"), "{heard}");
    let average = changed("average.npy", |sample, _| {
        let mean = sample.iter().sum::<f64>() / 8.0;
        sample.iter_mut().for_each(|x| *x -= mean);
    });
    let heard = said(&average);
    assert!(heard.contains("channel 7 is a linear combination"), "{heard}");
    assert!(heard.contains("8 channels have 7 directions"), "{heard}");
    let heard = said(&SHARED.normal().display().to_string());
    assert!(!heard.contains("directions"), "{heard}");
}

#[test]
fn numbers_that_single_precision_cannot_hold_are_artefacts_and_rates_are_sane() {
    let stream = SHARED.record("for-huge.npy", "none", 100, 4);
    let mut samples = dsa::files::read::read(Path::new(&stream), None).unwrap().trials.remove(0);
    samples.chunks_exact_mut(8).step_by(3).for_each(|sample| sample[2] = f64::MAX);
    let huge = SHARED.at("huge.npy");
    let shape = [samples.len() as u64 / 8, 8];
    std::fs::write(&huge, dsa::output::npy(&shape, &samples, false).unwrap()).unwrap();
    let reports = SHARED.watch(&huge, &[]);
    let last = reports.last().unwrap();
    assert_eq!((&last["status"], &last["reason"]), (&"invalid-input".into(), &"artefact".into()));
    for rate in ["1e300", "1e10", "inf", "nan", "-50"] {
        let rate = format!("--rate={rate}");
        let calibration = SHARED.calibration();
        let said = refused(&["monitor", "--calibration", &calibration, "--stream", &stream, &rate]);
        assert!(said.contains("--rate must be positive and at most 1e9 Hz"), "{said}");
    }
}

#[test]
fn empty_and_na_cells_are_missing_samples() {
    let stream = SHARED.record("cells.npy", "none", 60, 4);
    let samples = dsa::files::read::read(Path::new(&stream), None).unwrap().trials.remove(0);
    let table = |name: &str, missing: &str| {
        let rows = samples.chunks_exact(8).enumerate().map(|(t, sample)| {
            let cells =
                sample.iter().map(|x| if t % 20 == 7 { missing.to_owned() } else { x.to_string() });
            cells.collect::<Vec<_>>().join(",") + "\n"
        });
        let names = (0..8).map(|c| format!("c{c}")).collect::<Vec<_>>().join(",") + "\n";
        let path = SHARED.at(name);
        std::fs::write(&path, names + &rows.collect::<String>()).unwrap();
        SHARED.watch(&path, &[])
    };
    let expected = table("cells-nan.csv", "nan");
    assert!(expected.iter().all(|report| report["missing"] == 0.05 && report["rejected"] == 0.0));
    assert_eq!(table("cells-empty.csv", ""), expected);
    assert_eq!(table("cells-na.csv", "NA"), expected);
}

#[test]
fn a_fast_recording_is_decimated_in_the_same_way_by_both() {
    // Each sample five times is the slow recording at 250 Hz.
    let slow = SHARED.path("none-250.npy");
    SHARED.record("none-250.npy", "none", 700, 7);
    let found = dsa::files::read::read(&slow, None).unwrap();
    let rows = found.trials[0].chunks(8);
    let repeated: Vec<f64> = rows.flat_map(|row| row.repeat(5)).collect();
    let fast = SHARED.at("fast.npy");
    let shape = [repeated.len() as u64 / 8, 8];
    std::fs::write(&fast, dsa::output::npy(&shape, &repeated, true).unwrap()).unwrap();
    let (from_slow, from_fast) = (SHARED.at("slow.dsac"), SHARED.at("fast.dsac"));
    run(&["calibrate", &slow.display().to_string(), "--output", &from_slow]);
    let said = run(&["calibrate", &fast, "--rate", "250", "--output", &from_fast]);
    assert!(said.contains("at 50 Hz"), "{said}");
    let reports = |calibration: &str, stream: &str, rate: &[&str]| {
        let arguments = ["monitor", "--json", "--calibration", calibration, "--stream", stream];
        let said = run(&[&arguments[..], rate].concat());
        let lines =
            said.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        lines.map(|line| (line["time"].as_f64(), line["score"].as_f64())).collect::<Vec<_>>()
    };
    let slow = reports(&from_slow, &slow.display().to_string(), &[]);
    // The rate is in the calibration.
    let said = reports(&from_fast, &fast, &["--rate", "250"]);
    let fast = reports(&from_fast, &fast, &[]);
    assert_eq!(said, fast);
    assert_eq!(slow.len(), 23);
    assert_eq!(slow.len(), fast.len());
    for (a, b) in slow.iter().zip(&fast).skip(1) {
        assert!(a.0 == b.0 && (a.1.unwrap() - b.1.unwrap()).abs() < 1e-4, "{a:?} {b:?}");
    }
}

#[test]
fn artefacts_are_left_out_of_a_calibration_and_saturated_samples_of_a_report() {
    let clean = dsa::files::read::read(&SHARED.path("normal.npy"), None).unwrap().trials.remove(0);
    let mut popped = clean;
    popped.chunks_exact_mut(8).step_by(1000).for_each(|sample| sample[3] = 1e4);
    let recording = SHARED.at("popped.npy");
    let shape = [popped.len() as u64 / 8, 8];
    std::fs::write(&recording, dsa::output::npy(&shape, &popped, true).unwrap()).unwrap();
    let calibration = SHARED.at("popped.dsac");
    let output = dsa(&["calibrate", &recording, "--output", &calibration]);
    assert!(output.status.success());
    assert!(
        text(&output.stderr).contains("30 samples lie more than 8 standard deviations"),
        "{}",
        text(&output.stderr)
    );
    assert!(text(&output.stdout).contains("29970 samples"), "{}", text(&output.stdout));
    let stream = SHARED.record("limited.npy", "none", 100, 9);
    let arguments = ["monitor", "--calibration", &calibration, "--stream", &stream];
    assert!(!run(&arguments).contains("invalid-input"));
    let said = run(&[&arguments[..], &["--limits", "-0.01", "0.01"]].concat());
    assert!(said.contains("invalid-input saturated 0,1,2,3,4,5,6,7"), "{said}");
}

#[test]
fn a_stream_shorter_than_a_report_says_so_and_is_drawn() {
    let stream = SHARED.record("shortest.npy", "none", 20, 8);
    let picture = SHARED.at("shortest.svg");
    let arguments = ["monitor", "--calibration", &SHARED.calibration(), "--stream", &stream];
    let output = dsa(&[&arguments[..], &["--plot", &picture]].concat());
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("no report"), "{}", text(&output.stderr));
    assert!(SHARED.path("shortest.svg").exists());
}

#[test]
fn the_procrustes_angle_is_told_only_on_request() {
    let stream = SHARED.record("angle.npy", "time-scale:1.5", 120, 5);
    let plain = SHARED.watch(&stream, &[]);
    assert!(plain.iter().all(|report| report["procrustes"].is_null()));
    let reports = SHARED.watch(&stream, &["--procrustes"]);
    assert!(reports[0]["procrustes"].is_null(), "{}", reports[0]);
    for (report, mut plain) in reports.into_iter().zip(plain).skip(1) {
        let angle = report["procrustes"].as_f64().unwrap();
        assert!(angle > 0.05 && angle < 1.0, "{report}");
        plain["procrustes"] = report["procrustes"].clone();
        assert_eq!(plain, report);
    }
    let said = run(&[
        "monitor",
        "--calibration",
        &SHARED.calibration(),
        "--stream",
        &stream,
        "--procrustes",
    ]);
    assert!(said.lines().next().unwrap().ends_with("rejected  procrustes"), "{said}");
    assert!(said.lines().next().unwrap().len() == said.lines().last().unwrap().len(), "{said}");
    let plain = SHARED.at("plain.dsac");
    run(&["calibrate", &SHARED.normal().display().to_string(), "--output", &plain]);
    let said = refused(&["monitor", "--calibration", &plain, "--stream", &stream, "--procrustes"]);
    assert!(said.contains(&plain) && said.contains("dsa calibrate --operator"), "{said}");
}

/// Every sample of the subject, four times and through a wider array: what 24 electrodes at 200 Hz see.
fn widened(recording: &str, to: &str) -> String {
    let samples = dsa::files::read::read(Path::new(recording), None).unwrap().trials.remove(0);
    let n = 8;
    let weight = |row: usize, column: usize| ((row * 7 + column * 13) % 11) as f64 / 11.0 - 0.4;
    let wide: Vec<f64> = samples
        .chunks(n)
        .flat_map(|x| {
            let row = (0..24).map(|row| (0..n).map(|c| weight(row, c) * x[c]).sum::<f64>() + 3.0);
            let row: Vec<f64> = row.collect();
            [1.0, 0.5, 1.5, 1.0]
                .map(|size| row.iter().map(|x| x * size).collect::<Vec<_>>())
                .concat()
        })
        .collect();
    let path = SHARED.at(to);
    let shape = [wide.len() as u64 / 24, 24];
    std::fs::write(&path, dsa::output::npy(&shape, &wide, true).unwrap()).unwrap();
    path
}

#[test]
fn a_wide_array_is_projected_by_the_calibration_and_its_monitor() {
    let normal = widened(&SHARED.normal().display().to_string(), "wide.npy");
    let calibration = SHARED.at("wide.dsac");
    let calibrate =
        ["calibrate", &normal, "--rate", "200", "--components", "8", "--output", &calibration];
    let output = dsa(&calibrate);
    let (said, notes) = (text(&output.stdout), text(&output.stderr));
    assert!(said.contains("8 channels at 50 Hz, 5 delays, 8 directions"), "{said}{notes}");
    assert!(notes.contains("8 components hold") && notes.contains("of 24 channels"), "{notes}");
    let watch = |stream: &str| -> Vec<serde_json::Value> {
        let said = run(&["monitor", "--json", "--calibration", &calibration, "--stream", stream]);
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    // A remix of all directions leaves the score of the dynamics as it is, up to what single precision rounds.
    let same = SHARED.record("same24.npy", "none", 240, 3);
    let faster = SHARED.record("fast24.npy", "time-scale:1.5", 240, 3);
    let narrow = SHARED.watch(&same, &[]);
    let wide = watch(&widened(&same, "same-wide.npy"));
    assert_eq!(wide.len(), 8);
    for (left, right) in narrow.iter().zip(&wide).skip(1) {
        let z = |report: &serde_json::Value| report["z"].as_f64().unwrap();
        assert!((z(left) - z(right)).abs() < 0.05, "{left} {right}");
    }
    let reports = watch(&widened(&faster, "fast-wide.npy"));
    assert!(reports.iter().any(|report| report["reason"] == "dynamics"), "{reports:?}");
    let other = refused(&["monitor", "--calibration", &calibration, "--stream", &same]);
    assert!(other.contains("the stream has 8 channels and the calibration 24"), "{other}");
    let rate = ["monitor", "--calibration", &calibration, "--stream", &normal, "--rate", "100"];
    assert!(refused(&rate).contains("the front end of the calibration averages 4 samples"));
    let many = refused(&[
        "calibrate",
        &normal,
        "--rate",
        "200",
        "--components",
        "12",
        "--output",
        &calibration,
    ]);
    assert!(many.contains("the channels have 8 directions"), "{many}");
    // Cut off behind the front end, damaged in it, or with more behind the calibration.
    let bytes = std::fs::read(&calibration).unwrap();
    let broken = SHARED.at("broken.dsac");
    let mut flipped = bytes.clone();
    flipped[200] ^= 4;
    for damaged in [bytes[..bytes.len() - 4].to_vec(), flipped, [&bytes[..], &[0; 4]].concat()] {
        std::fs::write(&broken, damaged).unwrap();
        refused(&["monitor", "--calibration", &broken, "--stream", &normal]);
    }
}
