//! Comparisons in blocks, on several machines or at several times.

use crate::common::program::{Folder, err, oscillations, out};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

fn start(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dsa"));
    command.current_dir(folder).args(arguments);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    start(folder, arguments).output().unwrap()
}

/// Recordings a0.csv, a1.csv, .. in a folder of their own.
fn recordings(count: usize, samples: usize) -> (Folder, Vec<String>) {
    let folder = Folder::new();
    let names: Vec<String> = (0..count).map(|k| format!("a{k}.csv")).collect();
    for (k, name) in names.iter().enumerate() {
        let step = 0.2 + 0.02 * k as f64;
        folder.table(name, &oscillations(|_| step, samples, k as u64));
    }
    (folder, names)
}

/// All files below a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(
                files(&path).into_iter().map(|(of, bytes)| (format!("{name}/{of}"), bytes)),
            );
        } else {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
    found
}

fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(other[name] == *bytes, "{name} differs");
    }
}

/// Runs a comparison as a whole, and in blocks that are merged, and compares all files.
fn as_a_whole_and_in_blocks(folder: &Folder, line: &[&str], blocks: usize) -> Output {
    let at = folder.0.path();
    let whole = run(at, line);
    std::fs::rename(folder.path("results"), folder.path("whole")).unwrap();
    for k in (1..=blocks).rev() {
        let block = format!("{k}/{blocks}");
        let found = run(at, &[line, &["--block", &block]].concat());
        assert!(
            folder.path(&format!("results/blocks/{k}-of-{blocks}")).is_file(),
            "{}",
            err(&found)
        );
    }
    let merged = run(at, &["merge", "results"]);
    assert_same(&folder.path("whole"), &folder.path("results"));
    assert_eq!(out(&merged), out(&whole));
    assert_eq!(merged.status.code(), whole.status.code());
    std::fs::remove_dir_all(folder.path("whole")).unwrap();
    std::fs::remove_dir_all(folder.path("results")).unwrap();
    merged
}

#[test]
fn merged_blocks_are_the_comparison_to_the_byte() {
    let (folder, names) = recordings(7, 300);
    let labels: String =
        names.iter().map(|name| format!("{name},{}\n", &name[1..2] < "4")).collect();
    folder.table("labels.csv", &labels);
    folder.table("no.csv", "1,2\n3,nan\n");
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let line = |more: &[&'static str]| -> Vec<String> {
        let all = [&["compare"], &files[..], more, &["--output", "results"]].concat();
        all.into_iter().map(str::to_owned).collect()
    };
    let cases: [&[&str]; 6] = [
        &["--delays", "5", "--rank", "4", "--labels", "labels.csv"],
        &["--delays", "5", "--rank", "3", "--no-halves", "--json"],
        // Rules look at all recordings.
        &["--delays", "6", "--rank", "variance:0.9", "--metric", "wasserstein"],
        &["--delays", "6", "--rank", "auto"],
        &["--delays", "3", "--rank", "9", "--dsa-metric"],
        // A recording that is refused.
        &["no.csv", "--delays", "5", "--rank", "3", "--baseline", "cka"],
    ];
    for (case, blocks) in cases.iter().zip([3, 1, 4, 2, 2, 5]) {
        let line = line(case);
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        as_a_whole_and_in_blocks(&folder, &line, blocks);
    }
    // Some against others, with more blocks than pairs.
    let line = ["compare", "a0.csv", "a1.csv", "--against", "a2.csv", "a3.csv", "a4.csv"];
    let line = [&line[..], &["--delays", "4", "--rank", "3", "--output", "results"]].concat();
    as_a_whole_and_in_blocks(&folder, &line, 9);
}

#[test]
fn blocks_that_do_not_belong_together_are_not_merged() {
    let (folder, names) = recordings(4, 200);
    let at = folder.0.path();
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let block = |rank: &str, block: &str| {
        let line = [&["compare"], &files[..], &["--delays", "4", "--rank", rank]].concat();
        run(at, &[&line[..], &["--output", "results", "--block", block]].concat())
    };
    let refusal = || {
        let found = run(at, &["merge", "results"]);
        assert_eq!(found.status.code(), Some(1));
        err(&found)
    };
    assert!(refusal().contains("there are no blocks"), "{}", refusal());
    assert!(block("3", "2/3").status.success());
    assert!(refusal().contains("blocks 1 and 3 of 3 are missing"), "{}", refusal());
    assert!(block("3", "1/3").status.success() && block("4", "3/3").status.success());
    assert!(refusal().contains("belong to different comparisons"), "{}", refusal());
    let again = block("3", "3/3");
    assert!(err(&again).contains("is of another comparison, and is replaced"), "{}", err(&again));
    assert!(err(&block("3", "3/3")).contains("block 3/3 is complete"));
    // A recording that has changed since is another operator.
    let before = std::fs::read(folder.path("a2.csv")).unwrap();
    folder.table("a2.csv", &oscillations(|_| 0.4, 200, 99));
    assert!(refusal().contains("a recording has changed since"), "{}", refusal());
    std::fs::write(folder.path("a2.csv"), before).unwrap();
    // A damaged block.
    let path = folder.path("results/blocks/2-of-3");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    assert!(refusal().contains("block 2/3 is damaged"), "{}", refusal());
    std::fs::write(&path, whole).unwrap();
    assert!(run(at, &["merge", "results"]).status.success());
    assert!(!folder.path("results/blocks").exists());
    // What cannot be cut.
    let fan = [&["compare"], &files[..], &["--output", "results", "--block", "1/2"]].concat();
    let refused = err(&run(at, &fan));
    assert!(refused.contains("give a number for --delays and for --rank"), "{refused}");
    for (wrong, said) in [("0/3", "counted from 1 to 3"), ("4/3", "counted"), ("1", "such as 3/8")]
    {
        let found = block("3", wrong);
        assert!(found.status.code() == Some(2) && err(&found).contains(said), "{}", err(&found));
    }
}

/// A block reads the recordings of its pairs alone, so that the others may be missing.
#[test]
fn a_block_needs_its_own_recordings_only() {
    let (folder, names) = recordings(8, 200);
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    std::fs::remove_file(folder.path("a7.csv")).unwrap();
    let line = [&["compare"], &files[..], &["--delays", "4", "--rank", "3"]].concat();
    let line = [&line[..], &["--output", "results", "--block"]].concat();
    let first = run(folder.0.path(), &[&line[..], &["1/8"]].concat());
    assert!(first.status.success(), "{}", err(&first));
    let last = run(folder.0.path(), &[&line[..], &["8/8"]].concat());
    assert!(err(&last).contains("refused: a7.csv"), "{}", err(&last));
}

/// Waits until a process has made a file longer than it was or has ended, and a little longer still.
fn wait_for_more(child: &mut Child, path: &Path, before: u64, longer: Duration) -> u64 {
    let length = || std::fs::metadata(path).map_or(0, |found| found.len());
    for _ in 0..6000 {
        if length() > before || child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(longer);
    length()
}

/// A block that is killed three times and run again ends in the bytes of a run that was not killed.
#[test]
fn killed_runs_go_on_to_the_same_bytes() {
    let (folder, names) = recordings(60, 150);
    let at = folder.0.path();
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let line = [&["--threads", "1", "compare"], &files[..], &["--delays", "6", "--rank", "8"]];
    let line = [&line.concat()[..], &["--no-halves", "--output", "results"]].concat();
    let block = [&line[..], &["--block", "1/1"]].concat();
    let path = folder.path("results/blocks/1-of-1");
    assert!(run(at, &block).status.success());
    let whole = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let begun = folder.path("results/blocks/1-of-1.unfinished");
    let (mut length, mut killed) = (0, 0);
    for shift in [0, 10, 20] {
        let mut child = start(at, &block);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let longer = Duration::from_millis(u64::from(now.subsec_nanos() >> shift & 0xff));
        length = wait_for_more(&mut child, &begun, length, longer);
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(killed > 1, "the block was complete after {killed} kills");
    let was_begun = begun.is_file();
    let last = run(at, &block);
    assert!(last.status.success(), "{}", err(&last));
    let said = if was_begun { "pairs are taken from it" } else { "is complete" };
    assert!(err(&last).contains(said), "{}", err(&last));
    assert!(std::fs::read(&path).unwrap() == whole, "another block after {killed} kills");
}

/// The neighbours are those of the whole matrix, in all three forms.
#[test]
fn neighbours_are_those_of_a_comparison() {
    let (folder, names) = recordings(9, 200);
    folder.table("no.csv", "1,2\n3,nan\n");
    let files: Vec<&str> = names.iter().map(String::as_str).chain(["no.csv"]).collect();
    let settings = ["--delays", "4", "--rank", "3", "--json"];
    let at = folder.0.path();
    let compared = run(at, &[&["compare", "--no-halves"], &files[..], &settings].concat());
    let matrix: serde_json::Value = serde_json::from_str(&out(&compared)).unwrap();
    let more = ["--k", "2", "--output", "near.csv"];
    let line = [&["neighbours"], &files[..], &settings, &more].concat();
    let found = run(at, &line);
    assert_eq!(found.status.code(), Some(1));
    assert!(err(&found).contains("1 of 10 files were refused"), "{}", err(&found));
    let report: serde_json::Value = serde_json::from_str(&out(&found)).unwrap();
    let mut lines = vec!["recording,place,neighbour,distance,lower_bound,certified".to_owned()];
    for i in 0..9 {
        let distance = |j: usize| matrix["distances"][i][j].as_f64().unwrap();
        let mut others: Vec<usize> = (0..9).filter(|j| *j != i).collect();
        others.sort_by(|a, b| distance(*a).total_cmp(&distance(*b)));
        let neighbours = &report["recordings"][i]["neighbours"];
        assert_eq!(neighbours.as_array().unwrap().len(), 2);
        for place in 0..2 {
            let (j, found) = (others[place], &neighbours[place]);
            assert_eq!(found["recording"], format!("a{j}"));
            assert_eq!(found["distance"].as_f64(), Some(distance(j)));
            assert_eq!(found["lower_bound"], matrix["lower_bounds"][i][j]);
            let (bound, proof) = (&found["lower_bound"], &found["certified"]);
            lines.push(format!("a{i},{},a{j},{},{bound},{proof}", place + 1, distance(j)));
        }
    }
    assert_eq!(report["pairs"], 36);
    let written = std::fs::read_to_string(folder.path("near.csv")).unwrap();
    assert_eq!(written.lines().collect::<Vec<_>>(), lines);
    let plain: Vec<&str> = line.iter().copied().filter(|word| *word != "--json").collect();
    let shown = out(&run(at, &plain));
    assert!(shown.contains("nearest 2") && shown.contains("of 36 pairs were searched"), "{shown}");
    let wrong = run(at, &[&line[..line.len() - 1], &["near.txt"]].concat());
    assert!(err(&wrong).contains("a .csv or a .json file"), "{}", err(&wrong));
}
