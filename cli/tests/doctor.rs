//! `dsa doctor`: faults that were put into a recording are found, and the advice works.

use crate::common::program::{Folder, dsa, err, noise, out};
use serde_json::{Value, json};

/// Eight channels of a slow oscillation and noise, with a fault in each from the third on.
fn faulty() -> String {
    let mut noise = noise(11);
    let rows = (0..2000).map(|t| {
        let wave = |c: f64| (0.06 * t as f64 + c).sin();
        let mut x: Vec<f64> = (0..8).map(|c| wave(f64::from(c)) + 0.3 * noise()).collect();
        x[2] = 7.0;
        x[3] = 3.0 - 2.0 * x[0];
        x[4] = if t % 1000 < 300 { 1.5 } else { x[4] };
        x[5] += 0.004 * t as f64;
        x[6] = if t == 777 { 900.0 } else { x[6] };
        x[7] += 5000.0;
        let cells: Vec<String> = x.iter().map(f64::to_string).collect();
        let time = 0.01 * t as f64;
        if t == 1234 {
            format!("{time},,{}\n", cells[1..].join(","))
        } else {
            format!("{time},{}\n", cells.join(","))
        }
    });
    format!("time_s,a,b,c,d,e,f,g,h\n{}", rows.collect::<String>())
}

#[test]
fn faults_are_found_and_the_advice_works() {
    let folder = Folder::new();
    let file = folder.table("faulty.csv", &faulty());
    let found = dsa(&["doctor", &file, "--json"]);
    assert!(found.status.success(), "{}", err(&found));
    let report: Value = serde_json::from_str(&out(&found)).unwrap();
    let report = &report[0];
    assert_eq!(report["rate"], json!(100.0));
    assert_eq!(report["constant"], json!([2]));
    assert_eq!(report["copies"], json!([[3, 0]]));
    assert_eq!(report["stuck"], json!([{ "channel": 4, "value": 300.0 }]));
    assert_eq!(report["drift"]["channel"], json!(5));
    assert_eq!(report["artefacts"], json!({ "channel": 6, "value": 1.0 }));
    assert_eq!(report["offset"]["channel"], json!(7));
    assert_eq!(report["missing"]["values"], json!(1));
    assert!(report["missing"]["first"].as_str().unwrap().contains("line 1236"), "{report}");
    let peak = report["peak"].as_f64().unwrap();
    assert!((peak - 0.06 / std::f64::consts::TAU).abs() < 1.0 / 256.0, "{peak}");
    let advice = report["advice"].to_string();
    for option in ["--gaps cut", "--select 0-1,5-7", "--mark 10"] {
        assert!(advice.contains(option), "{option}: {advice}");
    }
    let options = ["--gaps", "cut", "--select", "0-1,6-7", "--mark", "10"];
    let found = dsa(&[&["doctor", file.as_str()][..], &options].concat());
    assert!(out(&found).contains("Nothing stands in the way of a fit."), "{}", out(&found));
    let output = folder.at("model.json");
    let rest = ["--delays", "5", "--rank", "2", "--output", output.as_str()];
    let fitted = dsa(&[&["fit", file.as_str()][..], &options, &rest].concat());
    assert!(fitted.status.success(), "{}", err(&fitted));
}

#[test]
fn one_bad_file_does_not_hide_the_others() {
    let folder = Folder::new();
    let good = folder.recording("good.csv", 300, 2);
    let bad = folder.table("bad.csv", "a,b\nNaN,NaN\nNaN,NaN\n");
    let found = dsa(&["doctor", &bad, &good]);
    assert!(!found.status.success());
    assert!(out(&found).contains("good.csv") && err(&found).contains("bad.csv"), "{}", err(&found));
}

#[test]
fn axes_that_look_swapped_are_the_only_advice() {
    let folder = Folder::new();
    let mut noise = noise(3);
    let line = |_| (0..200).map(|_| noise().to_string()).collect::<Vec<_>>().join(",") + "\n";
    let file = folder.table("swapped.csv", &(0..6).map(line).collect::<String>());
    let found = dsa(&["doctor", &file, "--json"]);
    let report: Value = serde_json::from_str(&out(&found)).unwrap();
    let advice = report[0]["advice"].as_array().unwrap();
    let [only] = advice.as_slice() else { panic!("{advice:?}") };
    assert!(only.as_str().unwrap().contains("`--axes channels,time`"), "{only}");
}
