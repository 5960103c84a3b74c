//! The blocks of a comparison as files in the folder of its results.
//!
//! Block 3 of 8 is the log `blocks/3-of-8.unfinished` until it is complete, and then `blocks/3-of-8`. Its first line is the command
//! line, which all blocks of a comparison share but for the block itself.

use super::work::FoundBlock;
use crate::arguments::BlockArgument;
use crate::command_line;
use crate::files::checkpoint::Log;
use crate::output;
use crate::problem::Problem;
use crate::text;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The folder of the blocks within that of the results.
const FOLDER: &str = "blocks";
const UNFINISHED: &str = ".unfinished";
/// The most missing blocks that are named one by one.
const MOST_NAMED: usize = 20;

/// The first line of a block.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
struct Head {
    format: u32,
    version: String,
    block: BlockArgument,
    /// The command line without the block and the number of threads, word by word.
    words: Vec<String>,
}

/// A block that is to be computed.
pub(super) enum Opened {
    /// It was computed before.
    Complete,
    /// What there is of it, and the file that it will be.
    Begun(Log, PathBuf),
}

/// Opens the block of a command line, quoted for a shell, in a folder of results.
///
/// # Errors
/// A sentence, if another process is at work on it, or the folder cannot be written.
pub(super) fn open(folder: &Path, block: BlockArgument, command: &str) -> Result<Opened, Problem> {
    let folder = folder.join(FOLDER);
    output::make_folder(&folder)?;
    let words = words(command);
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let head = Head { format: 1, version, block, words };
    let target = folder.join(name(block));
    if target.is_file() {
        let same = Log::open(target.clone())?.follow::<Head>().is_some_and(|found| found == head);
        if same {
            return Ok(Opened::Complete);
        }
        output::note(format_args!(
            "{}: is of another comparison, and is replaced",
            text::name(&target)
        ));
        std::fs::remove_file(&target)
            .map_err(|error| Problem::about(&target, format!("cannot be removed: {error}")))?;
    }
    let mut log = Log::open_locked(folder.join(name(block) + UNFINISHED))?;
    log.expect(&head)?;
    Ok(Opened::Begun(log, target))
}

fn name(block: BlockArgument) -> String {
    format!("{}-of-{}", block.number, block.blocks)
}

/// The words of a command line without `--block` and `--threads`.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut all = shlex::split(command).unwrap_or_default().into_iter().skip(1);
    while let Some(word) = all.next() {
        match word.as_str() {
            "--block" | "--threads" => drop(all.next()),
            _ if word.starts_with("--block=") || word.starts_with("--threads=") => {}
            _ => words.push(word),
        }
    }
    words
}

/// All blocks of a comparison.
pub(super) struct Blocks {
    pub(super) found: Vec<FoundBlock>,
    words: Vec<String>,
}

impl Blocks {
    /// The words of the command line.
    pub(super) fn words(&self) -> &[String] {
        &self.words
    }

    /// The command line of the comparison without blocks.
    pub(super) fn command(&self) -> String {
        command_line::quoted(self.words.iter().map(OsString::from))
    }

    /// Reads all blocks in a folder of results.
    ///
    /// # Errors
    /// A sentence, if blocks are missing or damaged, or belong to several comparisons.
    pub(super) fn read(folder: &Path) -> Result<Self, Problem> {
        let (finished, begun) = listed(folder)?;
        let Some(first) = finished.first().or(begun.first()) else {
            return Err(Problem::about(
                folder,
                "there are no blocks in this folder; `dsa compare FILE... --block K/N` with this folder as its --output computes them",
            ));
        };
        let blocks = first.blocks;
        if let Some(other) = finished.iter().find(|block| block.blocks != blocks) {
            return Err(Problem::about(
                folder,
                format!(
                    "there are blocks of {blocks} and blocks of {}; remove those of the comparison that you do not want from {FOLDER}",
                    other.blocks
                ),
            ));
        }
        let missing: Vec<usize> =
            (1..=blocks).filter(|k| !finished.iter().any(|block| block.number == *k)).collect();
        if !missing.is_empty() {
            return Err(Problem::about(folder, missing_blocks(&missing, blocks, &begun)));
        }
        let mut heads: Vec<Head> = Vec::new();
        let mut found = Vec::new();
        for block in finished {
            let path = folder.join(FOLDER).join(name(block));
            let mut log = Log::open(path.clone())?;
            let Some(head) = log.follow::<Head>().filter(|head| head.block == block) else {
                let what = "is not a block that dsa has written; remove it and run it again";
                return Err(Problem::about(&path, what));
            };
            if let Some(first) = heads.first()
                && (&first.words, &first.version) != (&head.words, &head.version)
            {
                return Err(Problem::about(folder, of_two(first, &head)));
            }
            heads.push(head);
            found.push(FoundBlock::read(block, &mut log)?);
        }
        let words = heads.into_iter().next().map(|head| head.words).unwrap_or_default();
        Ok(Self { found, words })
    }
}

/// The blocks in a folder that are complete, and those that were begun, by number.
fn listed(folder: &Path) -> Result<(Vec<BlockArgument>, Vec<BlockArgument>), Problem> {
    let (mut finished, mut begun) = (Vec::new(), Vec::new());
    let entries = match std::fs::read_dir(folder.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((finished, begun)),
        Err(error) => return Err(Problem::about(folder, format!("cannot be read: {error}"))),
    };
    for entry in entries.flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        let (stem, to) = match file.strip_suffix(UNFINISHED) {
            Some(stem) => (stem, &mut begun),
            None => (file.as_str(), &mut finished),
        };
        to.extend(stem.replace("-of-", "/").parse::<BlockArgument>().ok());
    }
    finished.sort_by_key(|block| (block.blocks, block.number));
    begun.sort_by_key(|block| (block.blocks, block.number));
    Ok((finished, begun))
}

/// A sentence about missing blocks, and which of them were begun.
fn missing_blocks(missing: &[usize], blocks: usize, begun: &[BlockArgument]) -> String {
    let list = |numbers: &[usize]| {
        let mut named: Vec<String> =
            numbers.iter().take(MOST_NAMED).map(usize::to_string).collect();
        if numbers.len() > MOST_NAMED {
            named.push(format!("{} more", numbers.len() - MOST_NAMED));
        }
        match named.split_last() {
            Some((last, others)) if !others.is_empty() => {
                format!("blocks {} and {last} of {blocks} are", others.join(", "))
            }
            _ => format!("block {} of {blocks} is", named.concat()),
        }
    };
    let begun: Vec<usize> = missing
        .iter()
        .copied()
        .filter(|number| begun.contains(&BlockArgument { number: *number, blocks }))
        .collect();
    let more = if begun.is_empty() {
        String::new()
    } else {
        format!(" ({} begun, and will go on where it was)", list(&begun))
    };
    format!("{} missing{more}; run the same command for what is missing", list(missing))
}

/// A sentence about blocks of two comparisons.
fn of_two(first: &Head, other: &Head) -> String {
    let line = |head: &Head| command_line::quoted(head.words.iter().map(OsString::from));
    let (one, two) = (first.block, other.block);
    if first.version != other.version {
        return format!(
            "block {one} was computed by version {} of dsa, and block {two} by version {}; use one version for all blocks",
            first.version, other.version
        );
    }
    format!(
        "blocks {one} and {two} belong to different comparisons, `{}` and `{}`; remove those of the one that you do not want from {FOLDER}",
        line(first),
        line(other)
    )
}

/// Removes the blocks of a comparison, whose results have been written.
pub(super) fn remove(folder: &Path) {
    let Ok((finished, begun)) = listed(folder) else { return };
    let within = folder.join(FOLDER);
    for block in finished {
        let _ = std::fs::remove_file(within.join(name(block)));
    }
    for block in begun {
        let _ = std::fs::remove_file(within.join(name(block) + UNFINISHED));
    }
    // Whatever else lies there stays.
    let _ = std::fs::remove_dir(within);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_keeps_the_command_without_itself() {
        let kept = words("dsa --threads 2 compare 'my day.npy' --block 3/8 --rank=4");
        assert_eq!(kept, ["compare", "my day.npy", "--rank=4"]);
        let kept = words("dsa compare --block=1/2 a.npy --threads=4");
        assert_eq!(kept, ["compare", "a.npy"]);
    }

    #[test]
    fn missing_blocks_are_named() {
        let begun = [BlockArgument { number: 2, blocks: 4 }];
        assert_eq!(
            missing_blocks(&[2, 4], 4, &begun),
            "blocks 2 and 4 of 4 are missing (block 2 of 4 is begun, and will go on where it was); run the same command for what is missing"
        );
        assert!(missing_blocks(&[3], 4, &[]).starts_with("block 3 of 4 is missing; run"));
    }
}
