//! Checkpoints: logs of finished work, which a run that was stopped leaves for the next one.
//!
//! A log is a file of lines, each a CRC-32 in hexadecimal digits and a JSON text. Lines are only ever appended, so that a run
//! can be killed at any time: a line that is not whole, or damaged, is as good as missing, and so are those behind it. A run
//! writes its lines in an order that does not depend on chance. The next run goes through the same order: as long as it finds
//! the line that it would have written, it goes on reading, and from there it appends.

use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A line of more bytes than this is no line of a log.
const LONGEST_LINE: u64 = 256 << 20;

/// A log of finished work.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    /// Open for appending once something was written.
    file: Option<File>,
    /// What an earlier run has left, as long as it is followed.
    reader: Option<BufReader<File>>,
    /// Bytes of the lines that were followed.
    known: u64,
    /// Lines that are not in the file yet.
    unwritten: String,
}

impl Log {
    /// Takes up what an earlier run has left, if there is anything. Nothing is written before the first
    /// [`save`](Self::save).
    ///
    /// # Errors
    /// A sentence, if the file is there and cannot be read.
    pub fn open(path: PathBuf) -> Result<Self, Problem> {
        let reader = match File::open(&path) {
            Ok(file) => Some(BufReader::new(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(Problem::about(&path, format!("cannot be read: {error}"))),
        };
        Ok(Self { path, file: None, reader, known: 0, unwritten: String::new() })
    }

    /// The same, with a lock on the file, which is made if it is not there: the system takes the lock from a process that
    /// ends in whatever way.
    ///
    /// # Errors
    /// A sentence, if another process holds the lock, or the file cannot be made or read.
    pub fn open_locked(path: PathBuf) -> Result<Self, Problem> {
        let about = |what: String| Problem::about(&path, what);
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(|error| about(format!("cannot be written: {error}")))?;
        // Where files cannot be locked, as on some network file systems, the run goes on without.
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(about("another process is at work on it".to_owned()));
        }
        Ok(Self { file: Some(file), ..Self::open(path)? })
    }

    /// The next line that an earlier run has left, if it is whole.
    pub fn follow<T: for<'a> Deserialize<'a>>(&mut self) -> Option<T> {
        let found = self.reader.as_mut().and_then(next);
        match found {
            Some((value, bytes)) => {
                self.known = self.known.saturating_add(bytes);
                Some(value)
            }
            None => {
                self.reader = None;
                None
            }
        }
    }

    /// The next line that an earlier run has left, if it is whole and as it should be; otherwise what it has left ends here.
    pub fn next_if<T: for<'a> Deserialize<'a>>(&mut self, fits: impl Fn(&T) -> bool) -> Option<T> {
        let known = self.known;
        let found = self.follow().filter(fits);
        if found.is_none() {
            self.known = known;
            self.reader = None;
        }
        found
    }

    /// Whether an earlier run has left this line next; otherwise it is appended, and what follows in the file is dropped.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn expect<T>(&mut self, value: &T) -> Result<bool, Problem>
    where
        T: PartialEq + Serialize + for<'a> Deserialize<'a>,
    {
        if self.next_if(|found: &T| found == value).is_some() {
            return Ok(true);
        }
        self.append(value)?;
        Ok(false)
    }

    /// Puts a line behind those that were followed; what an earlier run has left beyond them is dropped.
    ///
    /// # Errors
    /// A sentence, if the value cannot be written as JSON.
    pub fn append<T: Serialize>(&mut self, value: &T) -> Result<(), Problem> {
        self.reader = None;
        self.unwritten += &line(value)?;
        Ok(())
    }

    /// Writes what is not in the file yet.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn save(&mut self) -> Result<(), Problem> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let text = std::mem::take(&mut self.unwritten);
        self.write(&text)
            .map_err(|error| Problem::about(&self.path, format!("cannot be written: {error}")))
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        let mut file = match self.file.take() {
            Some(file) => file,
            None => OpenOptions::new().create(true).append(true).open(&self.path)?,
        };
        // Only the first time is anything dropped.
        file.set_len(self.known)?;
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        self.known = self.known.saturating_add(text.len() as u64);
        self.file = Some(file);
        Ok(())
    }

    /// Gives a log that is complete its final name.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn finish(mut self, target: &Path) -> Result<(), Problem> {
        self.save()?;
        std::fs::rename(&self.path, target)
            .map_err(|error| Problem::about(target, format!("cannot be written: {error}")))
    }
}

/// Removes a log, if there is one.
pub fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
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

    /// Does `count` pieces of work as a run does them, and returns how many of them it found done.
    fn run(path: &Path, count: u64) -> usize {
        let mut log = Log::open(path.to_owned()).unwrap();
        let found = (0..count).filter(|k| log.expect(&(*k, *k as f64 / 3.0)).unwrap()).count();
        log.save().unwrap();
        found
    }

    /// Whatever becomes of the end of the file, lines that are whole come back to the bit, and others can follow.
    #[test]
    fn whole_lines_survive_and_damaged_ones_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        assert_eq!(run(&path, 3), 0);
        let whole = std::fs::read(&path).unwrap();
        let ends: Vec<usize> = (1..=whole.len()).filter(|at| whole[at - 1] == b'\n').collect();
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(run(&path, 3), ends.iter().filter(|end| **end <= cut).count(), "{cut}");
            assert_eq!(std::fs::read(&path).unwrap(), whole, "{cut}");
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            assert_eq!(run(&path, 3), ends.iter().filter(|end| **end <= at).count(), "{at}");
            assert_eq!(std::fs::read(&path).unwrap(), whole, "{at}");
        }
    }

    #[test]
    fn lines_of_other_work_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        run(&path, 5);
        let mut log = Log::open(path.clone()).unwrap();
        assert!(log.expect(&(0_u64, 0.0)).unwrap());
        assert!(!log.expect(&(7_u64, 1.0)).unwrap());
        assert!(!log.expect(&(2_u64, 2.0 / 3.0)).unwrap());
        log.save().unwrap();
        let mut log = Log::open(path).unwrap();
        let found: Vec<(u64, f64)> = std::iter::from_fn(|| log.follow()).collect();
        assert_eq!(found, [(0, 0.0), (7, 1.0), (2, 2.0 / 3.0)]);
    }

    #[test]
    fn a_log_is_written_by_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let first = Log::open_locked(path.clone()).unwrap();
        let refused = Log::open_locked(path.clone()).unwrap_err().to_string();
        assert!(refused.contains("another process"), "{refused}");
        drop(first);
        Log::open_locked(path).unwrap();
    }
}
