//! The files of a run in a folder: they appear together, and never mixed with those of another run.
//!
//! A folder that has other files in it cannot be exchanged for another one in a single step, so the files are put
//! in place in steps, each of which is a single call of the system:
//!
//! ```text
//! 1  write all files into FOLDER/.dsa-unfinished-COMMAND-XXXXXX
//! 2  rename it to .dsa-finished-COMMAND-XXXXXX: from here on the run counts
//! 3  remove the files of earlier runs of COMMAND from FOLDER, the report first
//! 4  rename it to .dsa-placing-COMMAND-XXXXXX
//! 5  make the folders within FOLDER that are needed; move each file out of it into FOLDER, the report last; remove it
//! ```
//!
//! A run that is killed at step 1 leaves the earlier files as they were; later, a part of the files of one run, which
//! has no report until all are there. The next run in that folder removes what a step 1 has left, and carries on from
//! wherever another step stopped. A run works on a folder while it holds a lock on it (`flock`), which the system
//! takes from a process that ends in whatever way, so what a lock holder finds was left by the dead. Where a folder
//! cannot be locked (Windows, some network file systems), leftovers stay.

use super::file::{self, refuse_inputs};
use crate::problem::Problem;
use rayon::prelude::*;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

const UNFINISHED: &str = ".dsa-unfinished-";
const FINISHED: &str = ".dsa-finished-";
const PLACING: &str = ".dsa-placing-";
/// A single file that is being written under another name in its folder.
pub(super) const UNFINISHED_FILE: &str = ".dsa-unfinished-file-";

/// How often a folder that another process works on is tried, and how long is waited in between: ten seconds. After
/// that the run goes on without the lock.
const TRIES: usize = 500;
const PAUSE: Duration = Duration::from_millis(20);

/// The files that a command can write into a folder.
#[derive(Debug)]
pub struct Family {
    command: &'static str,
    /// The last is the report. A name may lie in a folder of its own.
    names: &'static [&'static str],
}

impl Family {
    /// The folders that names lie in, each once.
    fn folders(&self) -> impl Iterator<Item = &'static str> {
        let of_name = |name: &&'static str| name.rsplit_once('/').map(|(folder, _)| folder);
        let mut folders: Vec<&str> = self.names.iter().filter_map(of_name).collect();
        folders.sort_unstable();
        folders.dedup();
        folders.into_iter()
    }
}

/// The files of `dsa compare`.
pub static COMPARE: Family = Family {
    command: "compare",
    names: &[
        "distances.csv",
        "distances.npy",
        "distances_state.csv",
        "distances_state.npy",
        "distances_input.csv",
        "distances_input.npy",
        "lower_bounds.npy",
        "pairs.csv",
        "heatmap.svg",
        "baseline_procrustes.csv",
        "baseline_procrustes.npy",
        "baseline_delay-procrustes.csv",
        "baseline_delay-procrustes.npy",
        "baseline_cka.csv",
        "baseline_cka.npy",
        "baseline_svcca.csv",
        "baseline_svcca.npy",
        "baseline_euclidean.csv",
        "baseline_euclidean.npy",
        "baseline_log-spectrum.csv",
        "baseline_log-spectrum.npy",
        "pictures/heatmap.svg",
        "pictures/heatmap.png",
        "pictures/heatmap_state.svg",
        "pictures/heatmap_state.png",
        "pictures/heatmap_input.svg",
        "pictures/heatmap_input.png",
        "pictures/dendrogram.svg",
        "pictures/dendrogram.png",
        "pictures/map.svg",
        "pictures/map.png",
        "pictures/distances.svg",
        "pictures/distances.png",
        "pictures/eigenvalues.svg",
        "pictures/eigenvalues.png",
        "pictures/singular_values.svg",
        "pictures/singular_values.png",
        "pictures/members.svg",
        "pictures/members.png",
        "report.html",
        "report.json",
    ],
};

/// The files of `dsa sweep`.
pub static SWEEP: Family = Family {
    command: "sweep",
    names: &["sweep.csv", "sweep.svg", "reliability.svg", "sweep.json"],
};

/// A file of a run that is still to be written.
pub type Contents = (String, Vec<u8>);

/// A folder for the files of a run.
#[derive(Debug)]
pub struct Results {
    folder: PathBuf,
    family: &'static Family,
}

impl Results {
    /// Makes the folder, sweeps what killed runs have left in it, and checks that files can be written there.
    ///
    /// # Errors
    /// A sentence that names the folder if it cannot be made or written, or the file in it that is an input of this
    /// run or not a regular file.
    pub fn new<'a>(
        folder: &Path,
        family: &'static Family,
        inputs: impl IntoIterator<Item = &'a Path> + Clone,
    ) -> Result<Self, Problem> {
        super::make_folder(folder)?;
        let results = Self { folder: folder.to_owned(), family };
        for name in family.folders() {
            let path = folder.join(name);
            if path.symlink_metadata().is_ok_and(|found| !found.is_dir()) {
                return Err(Problem::about(
                    &path,
                    "is not a folder, so the results of this run cannot be put into it; move it away or choose another folder",
                ));
            }
        }
        for name in family.names {
            let path = folder.join(name);
            refuse_inputs(&path, inputs.clone())?;
            match fs::symlink_metadata(&path) {
                Ok(found) if !found.is_file() => {
                    return Err(Problem::about(
                        &path,
                        "is not a regular file, so the results of this run cannot replace it; move it away or choose another folder",
                    ));
                }
                _ => {}
            }
        }
        let held = hold(folder);
        let probe = results.stage().map_err(|error| results.refused(&error))?;
        if held.is_some() {
            sweep(folder, probe.path()).map_err(|error| results.refused(&error))?;
        }
        Ok(results)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Replaces the files of earlier runs by these.
    ///
    /// # Errors
    /// A sentence that names the folder.
    pub fn write(&self, files: &[Contents]) -> Result<(), Problem> {
        self.write_in_steps(files, usize::MAX).map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &io::Error) -> Problem {
        Problem::about(&self.folder, format!("cannot be written into: {error}"))
    }

    fn stage(&self) -> io::Result<tempfile::TempDir> {
        let prefix = format!("{UNFINISHED}{}-", self.family.command);
        tempfile::Builder::new().prefix(&prefix).tempdir_in(&self.folder)
    }

    /// Writes the files, then takes at most `most` steps to put them in place.
    fn write_in_steps(&self, files: &[Contents], most: usize) -> io::Result<()> {
        let held = hold(&self.folder);
        let mut staged = self.stage()?;
        if held.is_some() {
            sweep(&self.folder, staged.path())?;
        }
        // Side by side, because each is waited for until it is on the disk.
        files.par_iter().try_for_each(|(name, contents)| {
            debug_assert!(self.family.names.contains(&name.as_str()), "{name} is in no list");
            let path = staged.path().join(name);
            fs::create_dir_all(path.parent().unwrap_or(staged.path()))?;
            file::write_new(&path, contents)
        })?;
        self.family.folders().for_each(|name| sync(&staged.path().join(name)));
        sync(staged.path());
        // From here on it is the steps that remove the folder, or the next run.
        staged.disable_cleanup(true);
        for step in all_steps(&self.folder, staged.path(), self.family)?.iter().take(most) {
            step.take()?;
        }
        Ok(())
    }
}

/// One call of the system.
#[derive(Debug, PartialEq)]
enum Step {
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    RemoveFolder(PathBuf),
    /// Makes a folder that may be there.
    MakeFolder(PathBuf),
}

impl Step {
    fn take(&self) -> io::Result<()> {
        match self {
            Self::Rename(from, to) => fs::rename(from, to),
            Self::Remove(file) => fs::remove_file(file),
            Self::MakeFolder(folder) => match fs::create_dir(folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
                _ => Ok(()),
            },
            Self::RemoveFolder(folder) => {
                fs::remove_dir(folder)?;
                folder.parent().into_iter().for_each(sync);
                Ok(())
            }
        }
    }
}

/// The path of a staged folder at another stage.
fn at_stage(staged: &Path, from: &str, to: &str) -> PathBuf {
    let name = staged.file_name().unwrap_or_default().to_string_lossy();
    staged.with_file_name(format!("{to}{}", name.strip_prefix(from).unwrap_or(&name)))
}

/// Steps 2 to 5 of a folder of files that are all there.
fn all_steps(folder: &Path, staged: &Path, family: &Family) -> io::Result<Vec<Step>> {
    let finished = at_stage(staged, UNFINISHED, FINISHED);
    let mut steps = vec![Step::Rename(staged.to_owned(), finished.clone())];
    steps.extend(steps_from_removal(folder, staged, &finished, family)?);
    Ok(steps)
}

/// Steps 3 to 5. The files are in `now`, which will be called `finished`.
fn steps_from_removal(
    folder: &Path,
    now: &Path,
    finished: &Path,
    family: &Family,
) -> io::Result<Vec<Step>> {
    let placing = at_stage(finished, FINISHED, PLACING);
    let old = family.names.iter().rev().map(|name| folder.join(name));
    let mut steps: Vec<Step> =
        old.filter(|path| path.symlink_metadata().is_ok()).map(Step::Remove).collect();
    steps.push(Step::Rename(finished.to_owned(), placing.clone()));
    steps.extend(steps_from_placing(folder, now, &placing, family));
    Ok(steps)
}

/// Step 5. The files are in `now`, which will be called `placing`.
fn steps_from_placing(folder: &Path, now: &Path, placing: &Path, family: &Family) -> Vec<Step> {
    let is_there = |name: &&str| now.join(name).symlink_metadata().is_ok();
    let folders: Vec<&str> = family.folders().filter(is_there).collect();
    let mut steps: Vec<Step> =
        folders.iter().map(|name| Step::MakeFolder(folder.join(name))).collect();
    let files = family.names.iter().filter(|name| is_there(name));
    steps.extend(files.map(|name| Step::Rename(placing.join(name), folder.join(name))));
    steps.extend(folders.iter().map(|name| Step::RemoveFolder(placing.join(name))));
    steps.push(Step::RemoveFolder(placing.to_owned()));
    steps
}

/// Waits until no other process works on a folder; `None` where it cannot be locked, or not in time.
pub(super) fn hold(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok()?;
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(fs::TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(fs::TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Removes what killed runs have left in a folder that is held, and puts in place what they have finished. `mine`,
/// which this run has just made in it, stays, and tells whose leftovers are this user's. It is known by its name, for
/// one of the two paths may be relative.
pub(super) fn sweep(folder: &Path, mine: &Path) -> io::Result<()> {
    let mut leftovers: Vec<(PathBuf, String)> = fs::read_dir(folder)?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            (name.starts_with(".dsa-") && Some(entry.file_name().as_os_str()) != mine.file_name())
                .then(|| (entry.path(), name))
        })
        .collect();
    leftovers.retain(|(path, _)| is_of_the_same_owner(path, mine));
    let family = |name: &str, stage: &str| {
        let command = name.strip_prefix(stage)?.rsplit_once('-')?.0;
        [&COMPARE, &SWEEP].into_iter().find(|family| family.command == command)
    };
    for (path, name) in &leftovers {
        if let Some(family) = family(name, PLACING) {
            steps_from_placing(folder, path, path, family).iter().try_for_each(Step::take)?;
        }
    }
    for (path, name) in &leftovers {
        if let Some(family) = family(name, FINISHED) {
            steps_from_removal(folder, path, path, family)?.iter().try_for_each(Step::take)?;
        } else if name.starts_with(UNFINISHED_FILE) {
            fs::remove_file(path)?;
        } else if family(name, UNFINISHED).is_some() {
            fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn is_of_the_same_owner(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    matches!((one.symlink_metadata(), other.symlink_metadata()), (Ok(one), Ok(other)) if one.uid() == other.uid())
}

#[cfg(not(unix))]
fn is_of_the_same_owner(_: &Path, _: &Path) -> bool {
    true
}

/// Asks the system to keep the names in a folder over a loss of power; some cannot.
fn sync(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::BaselineArgument;
    use clap::ValueEnum;

    fn contents(run: &str, names: &[&str]) -> Vec<Contents> {
        names
            .iter()
            .map(|name| ((*name).to_owned(), format!("{run} {name}").into_bytes()))
            .collect()
    }

    /// Names and contents of what is in a folder; the hidden ones apart.
    fn listed(folder: &Path) -> (Vec<(String, String)>, Vec<String>) {
        let (mut seen, mut hidden) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name.starts_with('.') {
                hidden.push(name);
            } else if entry.path().is_dir() {
                let within = listed(&entry.path()).0.into_iter();
                seen.extend(within.map(|(inner, text)| (format!("{name}/{inner}"), text)));
            } else {
                seen.push((name, fs::read_to_string(entry.path()).unwrap()));
            }
        }
        seen.sort();
        (seen, hidden)
    }

    /// The old run has a baseline that the new one has not, and the other way round.
    const OLD: [&str; 4] = ["distances.csv", "pictures/map.svg", "baseline_cka.csv", "report.json"];
    const NEW: [&str; 4] =
        ["distances.csv", "pictures/map.svg", "baseline_svcca.npy", "report.json"];

    #[test]
    fn a_run_that_stops_after_any_step_leaves_files_of_one_run_and_the_next_puts_them_right() {
        let mut steps = 0;
        loop {
            let place = tempfile::tempdir().unwrap();
            let folder = place.path();
            fs::write(folder.join("notes.txt"), "mine").unwrap();
            let results = Results::new(folder, &COMPARE, []).unwrap();
            results.write(&contents("old", &OLD)).unwrap();
            results.write_in_steps(&contents("new", &NEW), steps).unwrap();
            let (seen, hidden) = listed(folder);
            let of = |run: &str| seen.iter().filter(|(_, text)| text.starts_with(run)).count();
            assert_eq!(of("mine"), 1);
            assert!(of("old") == 0 || of("new") == 0, "after step {steps}: {seen:?}");
            if seen.iter().any(|(name, _)| name == "report.json") {
                assert_eq!(
                    seen.len(),
                    5,
                    "a report without its files after step {steps}: {seen:?}"
                );
            }
            // Another command in the same folder sweeps too.
            let _ = Results::new(folder, &SWEEP, []).unwrap();
            let (seen, left) = listed(folder);
            assert!(left.is_empty(), "after step {steps}: {left:?}");
            let (run, names) = if steps == 0 { ("old", OLD) } else { ("new", NEW) };
            let mut whole: Vec<(String, String)> =
                names.iter().map(|name| ((*name).to_owned(), format!("{run} {name}"))).collect();
            whole.push(("notes.txt".to_owned(), "mine".to_owned()));
            whole.sort();
            assert_eq!(seen, whole, "after step {steps}");
            if hidden.is_empty() {
                break;
            }
            steps += 1;
        }
        // Rename, four to remove, rename, a folder to make, four to place, and the folders to remove.
        assert_eq!(steps, 13);
    }

    #[test]
    fn a_recovery_that_is_stopped_itself_is_carried_on_by_the_next() {
        for first in 1..13 {
            for second in 0..13 {
                let place = tempfile::tempdir().unwrap();
                let results = Results::new(place.path(), &COMPARE, []).unwrap();
                results.write(&contents("old", &OLD)).unwrap();
                results.write_in_steps(&contents("new", &NEW), first).unwrap();
                let stopped =
                    fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().path());
                let stopped = stopped
                    .into_iter()
                    .find(|path| path.file_name().unwrap().to_string_lossy().starts_with(".dsa-"));
                let stopped = stopped.unwrap();
                let name = stopped.file_name().unwrap().to_string_lossy().into_owned();
                let steps = if name.starts_with(PLACING) {
                    steps_from_placing(place.path(), &stopped, &stopped, &COMPARE)
                } else {
                    steps_from_removal(place.path(), &stopped, &stopped, &COMPARE).unwrap()
                };
                steps.iter().take(second).try_for_each(Step::take).unwrap();
                let _ = Results::new(place.path(), &COMPARE, []).unwrap();
                let (seen, hidden) = listed(place.path());
                assert!(hidden.is_empty() && seen.len() == 4, "{first}, {second}: {seen:?}");
                assert!(seen.iter().all(|(_, text)| text.starts_with("new")), "{seen:?}");
            }
        }
    }

    #[test]
    fn what_is_in_the_place_of_a_folder_is_named() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("pictures"), "mine").unwrap();
        let refused = Results::new(place.path(), &COMPARE, []).unwrap_err().to_string();
        assert!(refused.contains("pictures: is not a folder"), "{refused}");
        assert_eq!(fs::read_to_string(place.path().join("pictures")).unwrap(), "mine");
    }

    #[test]
    fn a_run_does_not_sweep_what_a_live_one_is_writing() {
        let place = tempfile::tempdir().unwrap();
        let held = hold(place.path()).unwrap();
        let live = place.path().join(".dsa-unfinished-compare-abc123");
        fs::create_dir(&live).unwrap();
        let folder = place.path().to_owned();
        let other = std::thread::spawn(move || Results::new(&folder, &COMPARE, []).unwrap());
        std::thread::sleep(Duration::from_millis(200));
        assert!(live.is_dir(), "another run removed what the holder of the lock has there");
        drop(held);
        other.join().unwrap();
        assert!(!live.exists());
    }

    #[test]
    fn every_file_of_a_command_is_in_its_list() {
        for baseline in BaselineArgument::value_variants() {
            for ending in ["csv", "npy"] {
                let name = format!("baseline_{}.{ending}", baseline.name());
                assert!(COMPARE.names.contains(&name.as_str()), "{name}");
            }
        }
        // The report is what shows that all files are there.
        assert_eq!(COMPARE.names.last(), Some(&"report.json"));
    }
}
