//! Sizes and files from outside that ask for more than there is: a sentence, in little memory and little time.

#![cfg(target_os = "linux")]

use crate::common::program::{Folder, rows, wave};
use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, Instant};

/// Address space in KiB that a run gets: a run of the program on a small recording takes less than half of it.
const MEMORY: &str = "1000000";
/// Longer than any of them takes on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

/// The exit code of the program in little memory, `None` if it was ended by a signal, and what it said.
fn limited(arguments: &[&str]) -> (Option<i32>, String) {
    let begin = Instant::now();
    let output = Command::new("timeout")
        .args(["-s", "KILL", "60", "sh", "-c", "ulimit -v $0 && exec \"$@\"", MEMORY])
        .arg(env!("CARGO_BIN_EXE_dsa"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(begin.elapsed() < LONGEST, "{arguments:?} took a minute");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn models(folder: &Folder) -> Vec<(String, &'static str)> {
    let model = |name: &str, operator: &str| {
        folder.table(name, &format!("{{\"format\":1,\"operator\":{operator}}}"))
    };
    let many = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
    let square = "is not a square table of numbers";
    let lists = "is not a list of n lists of n numbers";
    vec![
        (model("flat.json", &many("0.0", 200_000)), lists),
        (model("column.json", &many("[0]", 200_000)), square),
        (model("row.json", &format!("[{}]", many("0", 200_000))), square),
        (model("hollow.json", &many("[]", 200_000)), square),
        (model("ragged.json", "[[1,2],[3]]"), square),
        (model("deep.json", &("[".repeat(200_000) + &"]".repeat(200_000))), lists),
        (model("null.json", "[[1,null],[0,1]]"), lists),
        (model("text.json", "[[1,\"2\"],[0,1]]"), lists),
        (model("huge.json", "[[1e999]]"), "out of range"),
        (
            folder.table("other.json", "{\"format\":2,\"operator\":[[1]]}"),
            "is not a model of format 1",
        ),
        (folder.table("none.json", "{\"format\":1}"), lists),
        (folder.table("list.json", "[1]"), lists),
        (folder.table("half.json", "{\"format\":1,\"operator\":[[1"), "is not JSON"),
    ]
}

#[test]
fn a_hostile_model_is_refused_in_little_memory() {
    let folder = Folder::new();
    let good =
        folder.table("good.json", "{\"operator\":[[1,0.5],[0,1]],\"more\":[{}],\"format\":1}");
    assert_eq!(limited(&["distance", &good, &good]).0, Some(0));
    for (model, what) in models(&folder) {
        let (code, said) = limited(&["distance", &model, &good]);
        assert_eq!(code, Some(1), "{model}: {said}");
        assert!(said.contains(&model) && said.contains(what), "{model}: {said}");
    }
}

#[test]
fn a_size_on_the_command_line_is_refused_in_little_memory() {
    let folder = Folder::new();
    let file = folder.table("a.csv", &rows(300, 2, wave));
    let made = folder.at("made.npy");
    let huge =
        ["18446744073709551615", "18446744073709551616", "9223372036854775808", "4294967296"];
    for huge in huge {
        let to_huge = format!("1..{huge}");
        let stepped = format!("1..{huge}:{huge}");
        let mut runs: Vec<Vec<&str>> = Vec::new();
        for (option, value) in [
            ("--delays", huge),
            ("--interval", huge),
            ("--steps-ahead", huge),
            ("--rank", huge),
            ("--threads", huge),
        ] {
            let rest = [("--delays", "3"), ("--rank", "2")]
                .into_iter()
                .filter(|(name, _)| *name != option);
            let rest = rest.flat_map(|(name, value)| [name, value]);
            runs.push(["compare", &file, &file, option, value].into_iter().chain(rest).collect());
        }
        for (option, value) in [
            ("--delays", to_huge.as_str()),
            ("--delays", huge),
            ("--delays", &stepped),
            ("--ranks", &to_huge),
            ("--ranks", huge),
            ("--ranks", &stepped),
            ("--steps", huge),
            ("--interval", huge),
            ("--steps-ahead", huge),
        ] {
            let rest = [("--delays", "3"), ("--ranks", "1..3")]
                .into_iter()
                .filter(|(name, _)| *name != option);
            let rest = rest.flat_map(|(name, value)| [name, value]);
            runs.push(["sweep", &file, option, value].into_iter().chain(rest).collect());
        }
        for option in ["--samples", "--trials", "--dimension", "--channels"] {
            runs.push(vec!["simulate", "linear", "--output", &made, option, huge]);
        }
        runs.push(vec!["calibrate", &file, "--output", &made, "--rank", huge]);
        for run in runs {
            let (code, said) = limited(&run);
            assert!(
                matches!(code, Some(1 | 2)) && !said.contains("panicked"),
                "{run:?}: {code:?} {said}"
            );
        }
    }
    for (ranges, code) in [("1..1000", 0), ("1..1001", 2)] {
        let (found, said) = limited(&["sweep", &file, "--delays", "3", "--ranks", ranges]);
        assert_eq!(found, Some(code), "{said}");
        if code == 2 {
            assert!(said.contains("at most 1000 numbers"), "{said}");
        }
    }
}

#[test]
fn a_recording_that_would_not_fit_is_not_begun() {
    let folder = Folder::new();
    let made = folder.at("made.npy");
    let run =
        ["simulate", "linear", "--dimension", "10", "--samples", "20000000", "--output", &made];
    let (code, said) = limited(&run);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("there is no memory for"), "{said}");
}

#[test]
fn a_file_without_end_is_read_up_to_its_limit() {
    let folder = Folder::new();
    let file = folder.table("a.csv", &rows(300, 2, wave));
    let compare = ["compare", &file, &file, "--delays", "3", "--rank", "2"];
    let endless = folder.at("endless.json");
    std::os::unix::fs::symlink("/dev/zero", folder.path("endless.json")).unwrap();
    let runs: [(&[&str], &str); 4] = [
        (&[&compare[..], &["--labels", "/dev/zero"]].concat(), "16 MiB"),
        (&[&compare[..], &["--conditions", "/dev/zero"]].concat(), "16 MiB"),
        (&["monitor", "--calibration", "/dev/zero", "--stream", &file], "256 MiB"),
        (&["distance", &endless, &endless], "256 MiB"),
    ];
    for (run, limit) in runs {
        let (code, said) = limited(run);
        assert_eq!(code, Some(1), "{run:?}: {said}");
        assert!(
            said.contains(&format!("is larger than {limit}, the most that is read")),
            "{run:?}: {said}"
        );
    }
    // A file of holes says its length, and is not read at all.
    let holes = std::fs::File::create(folder.path("holes.csv")).unwrap();
    holes.set_len(1 << 40).unwrap();
    let holes = folder.at("holes.csv");
    let (code, said) = limited(&[&compare[..], &["--labels", &holes]].concat());
    assert!(code == Some(1) && said.contains("16 MiB"), "{said}");
}

#[test]
fn a_table_from_a_pipe_is_read() {
    let folder = Folder::new();
    let [a, b] = ["a.csv", "b.csv"].map(|name| folder.table(name, &rows(300, 2, wave)));
    let labels = folder.at("labels");
    assert!(Command::new("mkfifo").arg(&labels).status().unwrap().success());
    let writer = labels.clone();
    let writer = std::thread::spawn(move || std::fs::write(writer, "a,one\nb,one\n"));
    let run = ["compare", &a, &b, "--delays", "3", "--rank", "2", "--labels", &labels];
    let (code, said) = limited(&run);
    assert_eq!(code, Some(0), "{said}");
    writer.join().unwrap().unwrap();
}

#[test]
fn too_many_files_are_refused_and_the_limits_are_in_the_help() {
    let folder = Folder::new();
    let file = folder.table("a.csv", &rows(20, 1, wave));
    let many: Vec<&str> = std::iter::repeat_n(file.as_str(), 4097).collect();
    for run in [
        &[&["compare"], &many[..]].concat()[..],
        &[&["sweep"], &many[..]].concat(),
        &[&["compare", &file, "--against"], &many[..]].concat(),
    ] {
        let (code, said) = limited(run);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("4097 files are too many: at most 4096 can be used"), "{said}");
    }
    let mut help = String::new();
    for command in [&[][..], &["compare"], &["sweep"]] {
        let output = crate::common::program::dsa(&[command, &["--help"]].concat());
        let _ = write!(help, "{}", crate::common::program::out(&output));
    }
    for limit in [
        "4096 files",
        "1000 numbers in a range",
        "16 MiB",
        "256 MiB",
        "at most 4096",
        "at most 1000",
    ] {
        let folded = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(folded.contains(limit), "the help does not state {limit}");
    }
}
