//! Checkpoints: finished blocks of a long comparison, which a run that was stopped leaves for the next one.
//!
//! A checkpoint is a file of lines, each a CRC-32 in hexadecimal digits and a JSON text. The first names the comparison; each
//! further line holds a block of pairs. Lines are only ever appended, so that a run can be killed at any time: a line that is
//! not whole, or damaged, is as good as missing.

use crate::problem::Problem;
use dynamical_similarity::PairDistance;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// The name of the file in the folder of the results.
pub const NAME: &str = ".dsa-checkpoint-compare";
/// A line of more bytes than this is no line of a checkpoint.
const LONGEST_LINE: u64 = 256 << 20;

/// The first line.
#[derive(Serialize, Deserialize, PartialEq)]
struct Head {
    format: u32,
    /// What is compared, and how.
    key: String,
    pairs: usize,
    blocks: usize,
}

/// A line of a finished block.
#[derive(Serialize, Deserialize)]
struct Line {
    block: usize,
    found: Vec<PairDistance<f64>>,
}

/// The blocks of a comparison that are finished.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    /// Open for appending once something was written.
    file: Option<File>,
    head: String,
    /// By block.
    finished: Vec<Option<Vec<PairDistance<f64>>>>,
    /// Finished blocks that are not in the file yet.
    unwritten: Vec<usize>,
}

impl Checkpoint {
    /// Takes up the blocks that an earlier run of the same comparison has left in this folder, if there are any; `lengths`:
    /// pairs of each block.
    ///
    /// # Errors
    /// A sentence, if the file is there and cannot be read.
    pub fn open(folder: &Path, key: String, lengths: &[usize]) -> Result<Self, Problem> {
        let path = folder.join(NAME);
        let head = Head { format: 1, key, pairs: lengths.iter().sum(), blocks: lengths.len() };
        let mut finished = vec![None; lengths.len()];
        let mut known = 0_u64;
        match File::open(&path) {
            Ok(file) => {
                let mut reader = BufReader::new(file);
                if next::<Head>(&mut reader).is_some_and(|(found, bytes)| {
                    known = bytes;
                    found == head
                }) {
                    while let Some((Line { block, found }, bytes)) = next(&mut reader) {
                        if lengths.get(block) == Some(&found.len())
                            && let Some(to) = finished.get_mut(block)
                        {
                            *to = Some(found);
                        }
                        known = known.saturating_add(bytes);
                    }
                } else {
                    known = 0;
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Problem::about(&path, format!("cannot be read: {error}"))),
        }
        let file = if known > 0 { Some(reopened(&path, known)?) } else { None };
        Ok(Self { path, file, head: line(&head)?, finished, unwritten: Vec::new() })
    }

    /// What was found in a block, if it is finished.
    #[must_use]
    pub fn found(&self, block: usize) -> Option<&[PairDistance<f64>]> {
        self.finished.get(block)?.as_deref()
    }

    /// How many blocks are finished.
    #[must_use]
    pub fn count(&self) -> usize {
        self.finished.iter().flatten().count()
    }

    /// Takes a finished block.
    pub fn finish(&mut self, block: usize, found: Vec<PairDistance<f64>>) {
        if let Some(to) = self.finished.get_mut(block) {
            *to = Some(found);
            self.unwritten.push(block);
        }
    }

    /// Appends to the file what is not in it yet.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn save(&mut self) -> Result<(), Problem> {
        let refused = |error: std::io::Error| {
            Problem::about(&self.path, format!("cannot be written: {error}"))
        };
        let mut text = String::new();
        let mut file = match self.file.take() {
            Some(file) => file,
            None => {
                text.clone_from(&self.head);
                File::create(&self.path).map_err(refused)?
            }
        };
        for block in std::mem::take(&mut self.unwritten) {
            if let Some(Some(found)) = self.finished.get(block) {
                text += &line(&Line { block, found: found.clone() })?;
            }
        }
        file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).map_err(refused)?;
        self.file = Some(file);
        Ok(())
    }

    /// What was found in all blocks, if all are finished.
    #[must_use]
    pub fn all(self) -> Option<Vec<PairDistance<f64>>> {
        let blocks: Option<Vec<_>> = self.finished.into_iter().collect();
        Some(blocks?.into_iter().flatten().collect())
    }
}

/// Removes the checkpoint of a folder, if there is one.
pub fn remove(folder: &Path) {
    let _ = std::fs::remove_file(folder.join(NAME));
}

/// The file, without what follows the last whole line.
fn reopened(path: &Path, known: u64) -> Result<File, Problem> {
    let open = || {
        let file = OpenOptions::new().append(true).open(path)?;
        file.set_len(known)?;
        Ok(file)
    };
    open().map_err(|error: std::io::Error| {
        Problem::about(path, format!("cannot be written: {error}"))
    })
}

fn line<T: Serialize>(value: &T) -> Result<String, Problem> {
    let json = serde_json::to_string(value).map_err(Problem::new)?;
    Ok(format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes())))
}

/// The next line and its bytes; `None` at the end, or if it is not whole.
fn next<T: for<'a> Deserialize<'a>>(reader: &mut BufReader<File>) -> Option<(T, u64)> {
    let mut bytes = Vec::new();
    std::io::Read::take(&mut *reader, LONGEST_LINE).read_until(b'\n', &mut bytes).ok()?;
    let text = std::str::from_utf8(&bytes).ok()?.strip_suffix('\n')?;
    let (check, json) = text.split_once(' ')?;
    let is_whole = u32::from_str_radix(check, 16).ok()? == crc32fast::hash(json.as_bytes());
    let value = is_whole.then(|| serde_json::from_str(json).ok())??;
    Some((value, bytes.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(distance: f64) -> PairDistance<f64> {
        PairDistance { distance, lower_bound: distance / 3.0, certified: distance > 1.0 }
    }

    fn open(folder: &Path, key: &str) -> Checkpoint {
        Checkpoint::open(folder, key.to_owned(), &[2, 1, 2]).unwrap()
    }

    /// Whatever becomes of the end of the file, blocks whose lines are whole come back to the bit, and others can follow.
    #[test]
    fn whole_lines_survive_and_damaged_ones_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = open(folder.path(), "a");
        assert_eq!(first.count(), 0);
        first.finish(2, vec![pair(0.1), pair(1.0 + f64::EPSILON)]);
        first.save().unwrap();
        first.finish(0, vec![pair(2.0), pair(3.0)]);
        first.save().unwrap();
        let path = folder.path().join(NAME);
        let whole = std::fs::read(&path).unwrap();
        let ends: Vec<usize> = (1..=whole.len()).filter(|at| whole[at - 1] == b'\n').collect();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let found = open(folder.path(), "a");
            let expected = ends[1..].iter().filter(|end| **end <= cut).count();
            assert_eq!(found.count(), expected, "{cut}");
            if expected > 0 {
                assert_eq!(found.found(2).unwrap()[1], pair(1.0 + f64::EPSILON));
            }
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            let mut found = open(folder.path(), "a");
            assert!(found.count() < 2, "{at}");
            // What follows is found again.
            found.finish(1, vec![pair(0.5)]);
            found.save().unwrap();
            assert_eq!(open(folder.path(), "a").found(1), Some(&[pair(0.5)][..]), "{at}");
        }
        std::fs::write(&path, &whole).unwrap();
        assert_eq!(open(folder.path(), "another comparison").count(), 0);
        let mut last = open(folder.path(), "a");
        last.finish(1, vec![pair(0.5)]);
        assert_eq!(last.all().unwrap().len(), 5);
    }
}
