//! Preparation of recordings: the numbers of SciPy and NumPy (`preparation/make.py`), and the options of the program.

use crate::common::program::{Folder, dsa, err, oscillations, out};
use dsa::files::read::{Samples, read};
use dsa::prepare::components::Components;
use dsa::prepare::smooth::Smoothing;
use dsa::prepare::{NewRate, Preparation, Span};
use std::path::Path;

fn stored(name: &str) -> Samples {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/preparation");
    read(&folder.join(name), None).unwrap()
}

fn prepared(preparation: &Preparation) -> Samples {
    preparation.apply(stored("recording.npy")).unwrap()
}

/// Entries of about 100 agree to 1e-10.
fn agree(name: &str, found: &Samples) {
    let expected = stored(name);
    assert_eq!(found.channels, expected.channels, "{name}");
    let (found, expected) = (found.trials.concat(), expected.trials.concat());
    assert_eq!(found.len(), expected.len(), "{name}");
    for (x, y) in found.iter().zip(&expected) {
        assert!((x - y).abs() < 1e-10, "{name}: {x} {y}");
    }
}

#[test]
fn resampling_is_that_of_scipy() {
    let none = Preparation { rate: Some(240.0), ..Preparation::default() };
    for (up, down) in [(1, 4), (3, 2), (25, 12)] {
        let rate = 240.0 * up as f64 / down as f64;
        let found = prepared(&Preparation { resample: Some(NewRate::To(rate)), ..none.clone() });
        assert_eq!(found.rate, Some(rate));
        agree(&format!("resampled_{up}_{down}.npy"), &found);
    }
    let found = prepared(&Preparation { resample: Some(NewRate::Decimate(4)), ..none });
    assert_eq!(found.rate, Some(60.0));
    agree("resampled_1_4.npy", &found);
}

#[test]
fn smoothing_and_bins_are_those_of_scipy_and_numpy() {
    let smooth = |span, rate| Preparation { smooth: Some(span), rate, ..Preparation::default() };
    agree("smoothed.npy", &prepared(&smooth(Span::Seconds(0.025), Some(100.0))));
    agree("smoothed_wide.npy", &prepared(&smooth(Span::Samples(90), None)));
    let bin = Preparation { bin: Some(Span::Samples(7)), ..Preparation::default() };
    agree("binned.npy", &prepared(&bin));
}

/// A causal kernel knows nothing of later samples.
#[test]
fn a_causal_kernel_looks_back() {
    let causal = Smoothing { deviation: 3.0, causal: true };
    let mut trial = stored("recording.npy").trials.concat();
    let before = causal.apply(&trial, 3);
    trial[300..].iter_mut().for_each(|x| *x += 100.0);
    let after = causal.apply(&trial, 3);
    assert_eq!(before[..300], after[..300]);
    assert_ne!(before[300..303], after[300..303]);
}

#[test]
fn components_are_those_of_numpy() {
    for (scaled, sphered, name) in [
        (false, false, "components.npy"),
        (true, false, "components_scaled.npy"),
        (false, true, "components_sphered.npy"),
        (true, true, "components_scaled_sphered.npy"),
    ] {
        let count = (!sphered).then_some(2);
        let components = Some(Components { count, scaled, sphered });
        agree(name, &prepared(&Preparation { components, ..Preparation::default() }));
    }
}

#[test]
fn artefacts_cut_a_trial() {
    let mut samples = stored("recording.npy");
    for (at, size) in [(3 * 40, 1e4), (3 * 100 + 2, -1e4), (3 * 101, f64::INFINITY)] {
        samples.trials[0][at] = size;
    }
    let mark = Preparation { mark: Some(20.0), ..Preparation::default() };
    let found = mark.apply(samples).unwrap();
    let lengths: Vec<usize> = found.trials.iter().map(|x| x.len() / 3).collect();
    assert_eq!(lengths, [40, 59, 138]);
    assert!(found.notes.iter().any(|note| note.starts_with("3 samples")), "{:?}", found.notes);
}

/// Times are the same as samples at a rate, and the steps are in the text.
#[test]
fn the_program_prepares_recordings_and_says_so() {
    let folder = Folder::new();
    let table = |name: &str, seed| folder.table(name, &oscillations(|_| 0.3, 400, seed));
    let (a, b) = (table("a.csv", 1), table("b.csv", 2));
    let files = [a.as_str(), b.as_str()];
    let run = |options: &[&str]| {
        dsa(&[&["compare", "--json", "--no-halves"], &files[..], options].concat())
    };
    let distances = |options: &[&str]| {
        let found = run(options);
        assert!(found.status.success(), "{}", err(&found));
        let report: serde_json::Value = serde_json::from_str(&out(&found)).unwrap();
        report["distances"].clone()
    };
    let in_samples = distances(&["--delays", "5", "--interval", "2", "--rank", "3"]);
    let in_time = ["--window", "90ms", "--interval", "20ms", "--rank", "3", "--rate", "100"];
    assert_eq!(distances(&in_time), in_samples);
    let refused = run(&["--window", "90ms", "--rank", "3"]);
    assert!(!refused.status.success());
    assert!(err(&refused).contains("--rate"), "{}", err(&refused));
    let said =
        dsa(&[&["compare"], &files[..], &["--decimate", "2", "--smooth", "2", "--rank", "3"]]
            .concat());
    assert!(
        out(&said).contains(
            "Each recording was prepared by decimating by 2, then smoothing with a Gaussian kernel of 2 samples."
        ),
        "{}{}",
        out(&said),
        err(&said)
    );
}

/// Tables that state different rates are refused, and compared when they are brought to one.
#[test]
fn different_rates_are_refused_until_they_are_resampled() {
    let folder = Folder::new();
    let table = |name: &str, rate: f64, seed: u64| {
        let mut noise = crate::common::program::noise(seed);
        let rows = (0..(4.0 * rate) as usize).map(|t| {
            let time = t as f64 / rate;
            let wave = |phase: f64| (40.0 * time + phase).sin();
            format!("{time},{},{}\n", wave(0.0) + 0.05 * noise(), wave(1.0) + 0.05 * noise())
        });
        folder.table(name, &format!("time_s,x,y\n{}", rows.collect::<String>()))
    };
    let (a, b) = (table("a.csv", 200.0, 3), table("b.csv", 100.0, 4));
    let refused = dsa(&["compare", &a, &b, "--delays", "5", "--rank", "2"]);
    assert!(!refused.status.success());
    let said = err(&refused);
    assert!(said.contains("different rates") && said.contains("--resample 100"), "{said}");
    let stated = dsa(&["compare", &a, &b, "--delays", "5", "--rank", "2", "--rate", "200"]);
    let note = "b.csv: the file states 100 samples per second, and --rate 200 is taken instead";
    assert!(err(&stated).contains(note) && !err(&stated).contains("a.csv: the file states"));
    // The reason for which a file was refused is not lost behind the rates of the others.
    let raw = folder.at("c.dat");
    std::fs::write(&raw, [0; 64]).unwrap();
    let refused = dsa(&["compare", &a, &b, &raw, "--delays", "5", "--rank", "2"]);
    assert!(err(&refused).contains("c.dat: a file of raw"), "{}", err(&refused));
    let resampled =
        dsa(&["compare", &a, &b, "--delays", "5", "--rank", "2", "--resample", "100", "--json"]);
    assert!(resampled.status.success(), "{}", err(&resampled));
    let report: serde_json::Value = serde_json::from_str(&out(&resampled)).unwrap();
    let distance = report["distances"][0][1].as_f64().unwrap();
    assert!(distance < 0.1, "{distance}");
}

/// Files that need different options are compared as if each had been written in the usual way.
#[test]
fn a_table_gives_single_files_their_options() {
    let folder = Folder::new();
    let wave =
        |t: usize, c: usize| (0.3 * t as f64 + c as f64).sin() + 0.1 * ((t * t + c) % 11) as f64;
    let cells = |rows: usize, columns: usize, value: &dyn Fn(usize, usize) -> f64| -> String {
        let row = |i: usize| {
            (0..columns).map(|j| value(i, j).to_string()).collect::<Vec<_>>().join(",") + "\n"
        };
        (0..rows).map(row).collect()
    };
    let usual = folder.table("usual.csv", &cells(300, 2, &wave));
    let swapped = folder.table("swapped.csv", &cells(2, 300, &|c, t| wave(t, c)));
    let more =
        folder.table("more.csv", &cells(300, 3, &|t, c| if c == 1 { 9.0 } else { wave(t, c / 2) }));
    let table = folder.table(
        "options.csv",
        "file,axes,select,rate\nswapped,\"channels,time\",,50\nmore.csv,,\"0,2\",\n",
    );
    let rest = ["--rate", "50", "--window", "100ms", "--rank", "3", "--json", "--no-halves"];
    let found =
        dsa(&[&["compare", &usual, &swapped, &more, "--per-file", &table], &rest[..]].concat());
    assert!(found.status.success(), "{}", err(&found));
    let report: serde_json::Value = serde_json::from_str(&out(&found)).unwrap();
    for pair in [(0, 1), (0, 2), (1, 2)] {
        let distance = report["distances"][pair.0][pair.1].as_f64().unwrap();
        assert!(distance < 1e-7, "{pair:?}: {distance}");
    }
    for (text, word) in [
        ("file,colour\na,b\n", "no option `colour`"),
        ("rate\n5\n", "no column `file`"),
        ("file,rate\na.csv,fast\n", "line 2: rate"),
        ("file,rate\na.csv,1\na.csv,2\n", "is there twice"),
    ] {
        let refused = dsa(&["doctor", &usual, "--per-file", &folder.table("bad.csv", text)]);
        assert!(!refused.status.success() && err(&refused).contains(word), "{}", err(&refused));
    }
}
