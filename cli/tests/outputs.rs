//! What is written: not over an input, not in the place of a device, and all files of a run or none.

#![cfg(unix)]

use crate::common::program::{Folder, dsa, err, turning};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const SETTINGS: [&str; 4] = ["--delays", "4", "--rank", "3"];

/// A recording of ten minutes, and a calibration of it.
fn calibrated(folder: &Folder) -> (String, String) {
    let stream = folder.table("stream.csv", &turning(30_000, 2, 0.9, 1));
    let calibration = folder.at("normal.words");
    let output = dsa(&["calibrate", &stream, "--output", &calibration]);
    assert!(output.status.success(), "{}", err(&output));
    (stream, calibration)
}

/// Command lines that end in the option of a single output, each with an ending that it takes.
fn single_outputs(folder: &Folder) -> Vec<(Vec<String>, &'static str)> {
    let a = folder.table("a.csv", &turning(300, 2, 0.9, 1));
    let (stream, calibration) = calibrated(folder);
    let fit = [&["fit", a.as_str()][..], &SETTINGS, &["--output"]].concat();
    let lines: [(&[&str], &'static str); 6] = [
        (&fit, "json"),
        (&fit, "npy"),
        (&["simulate", "linear", "--samples", "9", "--output"], "npy"),
        (&["simulate", "linear", "--samples", "9", "--output"], "csv"),
        (&["calibrate", &stream, "--output"], "words"),
        (&["monitor", "--calibration", &calibration, "--stream", &stream, "--plot"], "svg"),
    ];
    let owned = |line: &[&str]| line.iter().map(|part| (*part).to_owned()).collect();
    lines.iter().map(|(line, ending)| (owned(line), *ending)).collect()
}

fn run(line: &[String], output: &str) -> std::process::Output {
    let mut line: Vec<&str> = line.iter().map(String::as_str).collect();
    line.push(output);
    dsa(&line)
}

#[test]
fn links_pipes_and_devices_are_written_through() {
    let folder = Folder::new();
    for (line, ending) in single_outputs(&folder) {
        let plain = folder.at(&format!("plain.{ending}"));
        assert!(run(&line, &plain).status.success(), "{line:?}");
        let wanted = fs::read(&plain).unwrap();
        assert!(!wanted.is_empty());
        // A link to a file, through another link, and one that leads to no file yet.
        let at = |name: &str| folder.path(&format!("{name}.{ending}"));
        fs::write(at("old"), "old").unwrap();
        let _ = [("old", "link"), ("link", "second"), ("new", "dangling")].map(|(to, link)| {
            let _ = fs::remove_file(at(link));
            symlink(at(to).file_name().unwrap(), at(link)).unwrap();
        });
        let _ = fs::remove_file(at("new"));
        for (link, target) in [("second", "old"), ("dangling", "new")] {
            let output = run(&line, at(link).to_str().unwrap());
            assert!(output.status.success(), "{line:?}: {}", err(&output));
            assert!(at(link).symlink_metadata().unwrap().is_symlink(), "{line:?}: {link}");
            assert!(fs::read(at(target)).unwrap() == wanted, "{line:?}: {link}");
        }
        // A pipe.
        let pipe = at("pipe");
        let _ = fs::remove_file(&pipe);
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let reader = pipe.clone();
        let reader = std::thread::spawn(move || fs::read(reader).unwrap());
        let output = run(&line, pipe.to_str().unwrap());
        if !pipe.symlink_metadata().unwrap().file_type().is_fifo() {
            panic!("{line:?}: the pipe was replaced");
        }
        assert!(output.status.success(), "{line:?}: {}", err(&output));
        assert!(reader.join().unwrap() == wanted, "{line:?}");
        // Copies of /dev/null and /dev/full, not those of the machine.
        for (name, minor, code) in [("null", "3", 0), ("full", "7", 1)] {
            let device = at(name);
            let _ = fs::remove_file(&device);
            let made = Command::new("mknod").arg(&device).args(["c", "1", minor]).output().unwrap();
            let opens = || fs::OpenOptions::new().write(true).open(&device).is_ok();
            if !made.status.success() || !opens() {
                eprintln!("SKIPPED: devices cannot be made here, so none is written through");
                continue;
            }
            let output = run(&line, device.to_str().unwrap());
            let kind = device.symlink_metadata().unwrap().file_type();
            assert!(kind.is_char_device(), "{line:?}: the device was replaced");
            assert_eq!(output.status.code(), Some(code), "{line:?}: {}", err(&output));
        }
    }
    let left = fs::read_dir(folder.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_result_can_go_to_standard_output() {
    let folder = Folder::new();
    let (stream, calibration) = calibrated(&folder);
    let wanted = fs::read(&calibration).unwrap();
    for name in ["/dev/stdout", "/dev/fd/1"] {
        let output = dsa(&["calibrate", &stream, "--output", name]);
        assert!(output.status.success(), "{}", err(&output));
        assert!(output.stdout == wanted, "words between the bytes");
        assert!(err(&output).contains("null band"), "{}", err(&output));
        // Into a file, which the shell has opened.
        let kept = folder.path("kept.words");
        let status = Command::new(env!("CARGO_BIN_EXE_dsa"))
            .args(["calibrate", &stream, "--output", name])
            .stdout(fs::File::create(&kept).unwrap())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success() && fs::read(&kept).unwrap() == wanted);
    }
}

/// The names of a file under which it is still the same: itself, by a detour, by a link and by a second entry.
fn other_names(folder: &Folder, file: &str) -> Vec<String> {
    let path = Path::new(file);
    let (name, ending) = (path.file_name().unwrap().to_str().unwrap(), path.extension().unwrap());
    let ending = ending.to_str().unwrap();
    let (link, hard) = (folder.at(&format!("link.{ending}")), folder.at(&format!("hard.{ending}")));
    let _ = [&link, &hard].map(fs::remove_file);
    symlink(name, &link).unwrap();
    fs::hard_link(file, &hard).unwrap();
    vec![file.to_owned(), folder.at(&format!("./{name}")), link, hard]
}

#[test]
fn no_input_is_written_over() {
    let folder = Folder::new();
    let a = folder.table("a.csv", &turning(300, 2, 0.9, 1));
    let array = folder.at("a.npy");
    assert!(dsa(&["simulate", "linear", "--samples", "300", "--output", &array]).status.success());
    let conditions = folder.table("conditions.npy", "one\n");
    let (stream, calibration) = calibrated(&folder);
    let fit = [&["fit", array.as_str()][..], &SETTINGS, &["--output"]].concat();
    let conditioned =
        [&["fit", a.as_str(), "--conditions", &conditions][..], &SETTINGS, &["--output"]].concat();
    let monitor = ["monitor", "--calibration", &calibration, "--stream", &stream, "--plot"];
    let runs: [(&[&str], &str); 5] = [
        (&fit, &array),
        (&conditioned, &conditions),
        (&["calibrate", &stream, "--output"], &stream),
        (&monitor, &stream),
        (&monitor, &calibration),
    ];
    for (line, input) in runs {
        let before = fs::read(input).unwrap();
        for name in other_names(&folder, input) {
            let output = dsa(&[line, &[&name]].concat());
            assert_eq!(output.status.code(), Some(1), "{line:?} {name}");
            assert!(err(&output).contains("would be overwritten"), "{}", err(&output));
            assert!(fs::read(input).unwrap() == before, "{line:?} {name}: the input is changed");
        }
    }
}

#[test]
fn no_input_in_the_folder_of_results_is_written_over() {
    let folder = Folder::new();
    let a = folder.table("a.csv", &turning(300, 2, 0.9, 1));
    let array = folder.at("a.npy");
    assert!(dsa(&["simulate", "linear", "--samples", "300", "--output", &array]).status.success());
    fs::create_dir(folder.path("results")).unwrap();
    let target = folder.at("results");
    let csv = ["distances.csv", "baseline_cka.csv", "sweep.csv"];
    for name in csv.into_iter().chain(["distances.npy", "lower_bounds.npy"]) {
        let input = folder.at(&format!("results/{name}"));
        fs::copy(if name.ends_with("csv") { &a } else { &array }, &input).unwrap();
        let before = fs::read(&input).unwrap();
        let labels = ["--labels", &input];
        let compare = [&["compare", &a, &a, "--output", &target][..], &SETTINGS].concat();
        let runs: Vec<Vec<&str>> = match name {
            "sweep.csv" => vec![vec!["sweep", &input, &a, "--output", &target]],
            _ => vec![
                [&["compare", &a, &input, "--output", &target][..], &SETTINGS].concat(),
                [&["compare", &a, "--output", &target][..], &SETTINGS, &["--against", &input]]
                    .concat(),
                [&compare[..], &labels].concat(),
                [&compare[..], &["--conditions", &input]].concat(),
                [&compare[..], &["--labels", &a, "--strata", &input]].concat(),
                [&compare[..], &["--mantel", &input]].concat(),
            ],
        };
        for run in runs {
            let output = dsa(&run);
            assert_eq!(output.status.code(), Some(1), "{run:?}");
            assert!(
                err(&output).contains(&format!("{input}: is an input and would be overwritten")),
                "{}",
                err(&output)
            );
            assert!(fs::read(&input).unwrap() == before, "{run:?}: the input is changed");
        }
        fs::remove_file(&input).unwrap();
    }
    // A link in the place of a result is neither replaced nor written through, for the files come together.
    let elsewhere = folder.table("elsewhere.json", "mine");
    symlink(&elsewhere, folder.path("results/report.json")).unwrap();
    let output = dsa(&[&["compare", &a, &a, "--output", &target][..], &SETTINGS].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("report.json: is not a regular file"), "{}", err(&output));
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "mine");
}

/// Names and bytes of what is in a folder; hidden names apart.
fn listed(folder: &Path) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
    let (mut seen, mut hidden) = (BTreeMap::new(), Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with('.') {
            hidden.push(name);
        } else if let Ok(within) = fs::read_dir(entry.path()) {
            for entry in within.map(Result::unwrap) {
                let inner = entry.file_name().into_string().unwrap();
                if let Ok(bytes) = fs::read(entry.path()) {
                    seen.insert(format!("{name}/{inner}"), bytes);
                }
            }
        } else if let Ok(bytes) = fs::read(entry.path()) {
            // What a run that goes on has removed meanwhile is not there.
            seen.insert(name, bytes);
        }
    }
    (seen, hidden)
}

/// Two runs into one folder whose files differ in names and contents.
struct Runs {
    folder: Folder,
    recordings: [String; 2],
}

impl Runs {
    fn new() -> Self {
        let folder = Folder::new();
        let recordings =
            [1, 2].map(|seed| folder.table(&format!("{seed}.csv"), &turning(300, 2, 0.9, seed)));
        fs::create_dir(folder.path("results")).unwrap();
        Self { folder, recordings }
    }
    fn target(&self) -> std::path::PathBuf {
        self.folder.path("results")
    }
    fn command(&self, run: usize) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dsa"));
        command.arg("compare").args(&self.recordings).args(["--delays", "4", "--rank"]);
        command.args([&["3", "--baseline", "cka"][..], &["4"]][run]);
        command.arg("--output").arg(self.target()).stdout(Stdio::null());
        command
    }
    /// The files of a run that nothing disturbs.
    fn whole(&self, run: usize) -> BTreeMap<String, Vec<u8>> {
        assert!(self.command(run).status().unwrap().success());
        let (seen, hidden) = listed(&self.target());
        assert!(hidden.is_empty(), "{hidden:?}");
        seen
    }
}

#[test]
fn runs_at_the_same_time_leave_the_files_of_one() {
    let runs = Runs::new();
    let whole = [0, 1].map(|run| runs.whole(run));
    for _ in 0..5 {
        let started = [0, 1, 0, 1].map(|run| runs.command(run).spawn().unwrap());
        for mut run in started {
            assert!(run.wait().unwrap().success());
        }
        let (seen, hidden) = listed(&runs.target());
        assert!(hidden.is_empty() && whole.contains(&seen), "{hidden:?} {:?}", seen.keys());
    }
}

#[test]
fn twenty_killed_runs_never_leave_files_of_two_and_the_next_sweeps() {
    let runs = Runs::new();
    let whole = [0, 1].map(|run| runs.whole(run));
    assert!(whole[0].len() == whole[1].len() + 2, "files of an earlier run stay");
    let target = &runs.target();
    let (mut interrupted, mut carried_on) = (0, 0);
    for kill in 0..20_u32 {
        let (first, second) = if kill % 2 == 0 { (0, 1) } else { (1, 0) };
        let (old, new) = (&whole[first], &whole[second]);
        assert!(runs.whole(first) == *old);
        let mut run = runs.command(second).spawn().unwrap();
        // From when it begins to write on, a little later each time.
        let writes = || {
            let hidden = listed(target).1.into_iter().map(|name| target.join(name));
            hidden
                .filter_map(|folder| fs::read_dir(folder).ok())
                .any(|mut all| all.next().is_some())
        };
        while !writes() && run.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(u64::from(kill * kill) * 150));
        run.kill().unwrap();
        interrupted += u32::from(!run.wait().unwrap().success());
        let (seen, _) = listed(target);
        let is_of = |run: &BTreeMap<String, Vec<u8>>| {
            seen.iter().all(|(name, bytes)| run.get(name) == Some(bytes))
        };
        let names: Vec<&String> = seen.keys().collect();
        assert!(is_of(old) || is_of(new), "kill {kill}: files of two runs: {names:?}");
        if seen.contains_key("report.json") {
            assert!(
                seen == *old || seen == *new,
                "kill {kill}: a report without its files: {names:?}"
            );
        }
        // A run that is refused afterwards sweeps all the same.
        let _ =
            dsa(&["compare", "missing.csv", "missing.csv", "--output", target.to_str().unwrap()]);
        let (seen, hidden) = listed(target);
        assert!(hidden.is_empty(), "kill {kill}: {hidden:?}");
        carried_on += u32::from(seen == *new);
        assert!(seen == *old || seen == *new, "kill {kill}: {:?}", seen.keys());
    }
    assert!(interrupted > 0, "no run was killed while it wrote");
    eprintln!(
        "{interrupted} of 20 runs were killed before their end; the files of {carried_on} are in place"
    );
}

#[test]
fn what_a_killed_run_left_beside_a_single_file_is_swept() {
    let folder = Folder::new();
    let left = folder.table(".dsa-unfinished-file-x1y2z3", "half");
    let mine = folder.table(".dsa-notes", "not of the program");
    let made = folder.at("made.npy");
    assert!(dsa(&["simulate", "linear", "--samples", "9", "--output", &made]).status.success());
    assert!(!Path::new(&left).exists() && Path::new(&mine).exists());
}

#[test]
fn outputs_are_found_from_the_folder_where_the_program_runs() {
    let folder = Folder::new();
    folder.table("a.csv", &turning(300, 2, 0.9, 1));
    folder.table("b.csv", &turning(300, 2, 0.9, 2));
    fs::create_dir(folder.path("inside")).unwrap();
    let run = |place: &str, line: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dsa"));
        let output = command.args(line).args(SETTINGS).current_dir(folder.path(place)).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{line:?}: {}", err(&output));
    };
    for _ in 0..2 {
        run(".", &["fit", "a.csv", "--output", "model.json"]);
        run(".", &["fit", "a.csv", "--output", "inside/model.npy"]);
        run("inside", &["fit", "../a.csv", "--output", "../other.json"]);
        run(".", &["compare", "a.csv", "b.csv", "--output", "results"]);
        run(".", &["compare", "a.csv", "b.csv", "--output", "."]);
        run("inside", &["compare", "../a.csv", "../b.csv", "--output", "../results/more"]);
    }
    let names = ["model.json", "inside/model.npy", "other.json", "report.json"];
    for name in names.into_iter().chain(["results/report.json", "results/more/heatmap.svg"]) {
        assert!(folder.path(name).is_file(), "{name}");
    }
    for place in [".", "results", "inside"] {
        assert!(listed(&folder.path(place)).1.is_empty(), "{place}");
    }
}
