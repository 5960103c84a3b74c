//! The pairs of a comparison as work: all here, or one block of them for others to merge, or found in the blocks of others.
//!
//! A comparison has stages: the distances themselves, those at the neighbouring ranks, and those of the halves of recordings. The
//! pairs of a stage are those of all recordings that were named, in an order that depends on nothing but their number
//! ([`Places::block`]), so that a block is the same wherever it is computed. Pairs of a recording that was refused are left out.

use super::places::Places;
use crate::arguments::BlockArgument;
use crate::files::checkpoint::Log;
use crate::output::note;
use crate::problem::Problem;
use crate::show::progress::Progress;
use dynamical_similarity::{DistanceMatrix, Error, MatRef, Measure, PairDistance, compare_pairs};
use serde::{Deserialize, Serialize};
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The log of a comparison that is not cut into blocks, in the folder of its results.
const CHECKPOINT: &str = ".dsa-checkpoint-compare";
/// A stage is computed in at most so many pieces, of at least so many pairs: enough for the vector lanes of many threads.
const PIECES: usize = 64;
const SMALLEST_PIECE: usize = 512;
/// What takes less than this is not worth a checkpoint of a comparison that is not cut into blocks.
const SHORT: Duration = Duration::from_secs(5);
/// How long a block works before it saves again.
const PAUSE: Duration = Duration::from_secs(1);

/// A part of a comparison whose pairs are computed together.
pub(super) struct Stage<'a> {
    /// Its name, different from those of the other stages.
    pub(super) name: String,
    /// The places of all recordings that were named, whether or not they were refused.
    pub(super) all: Places,
    /// The numbers of the operators among them, ascending in the rows and in the columns.
    pub(super) numbers: Vec<usize>,
    /// Those of the rows, then those of the columns.
    pub(super) operators: Vec<MatRef<'a, f64>>,
    /// How many of them are rows.
    pub(super) rows: usize,
    pub(super) measure: Measure,
}

/// A line of a log.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
enum Line {
    /// A stage begins.
    Stage {
        name: String,
        measure: String,
        /// Numbers and fingerprints.
        operators: Vec<(usize, String)>,
    },
    /// What was found for the next pairs of the stage.
    Pairs { distances: Vec<f64>, lower_bounds: Vec<f64>, certified: Vec<bool> },
    /// The stage cannot be computed, because of what its operators are.
    Impossible,
    /// Everything is there.
    End,
}

/// How the pairs of a comparison are found.
pub(super) enum Work {
    /// All of them are computed, and kept in a log if there is one.
    All(Option<Log>),
    /// One block of each stage is computed and kept in a log.
    Block { block: BlockArgument, log: Log },
    /// They are taken from blocks that were computed before.
    Merged(Vec<FoundBlock>),
}

/// A block that was computed before.
pub(super) struct FoundBlock {
    block: BlockArgument,
    stages: Vec<FoundStage>,
}

struct FoundStage {
    name: String,
    measure: String,
    operators: Vec<(usize, String)>,
    found: Vec<PairDistance<f64>>,
    impossible: bool,
}

impl Work {
    /// A comparison that is not cut into blocks, with a log in the folder of its results if there is one.
    pub(super) fn all(folder: Option<&Path>) -> Result<Self, Problem> {
        Ok(Self::All(folder.map(|folder| Log::open(checkpoint(folder))).transpose()?))
    }

    /// Whether only one block is computed.
    pub(super) const fn is_block(&self) -> bool {
        matches!(self, Self::Block { .. })
    }

    /// Whether pairs are taken from blocks.
    pub(super) const fn is_merged(&self) -> bool {
        matches!(self, Self::Merged(_))
    }

    /// The distances of a stage (`None` where only one block of them is computed), or why a pair cannot be compared.
    ///
    /// # Errors
    /// A sentence, if the blocks do not hold what they should, or a log cannot be written.
    pub(super) fn matrix(
        &mut self,
        stage: &Stage<'_>,
    ) -> Result<Result<Option<DistanceMatrix<f64>>, Error>, Problem> {
        let found = match self {
            Self::All(None) => stage.compare(&stage.all_pairs()),
            Self::All(Some(log)) => {
                let pairs = stage.pairs(&stage.all.curve());
                match (Piecewise { stage, log, pause: SHORT }).run(&pairs)? {
                    Ok(found) => {
                        let mut table = Table::of(stage);
                        table.fill(&pairs, &found);
                        Ok(table.in_order(stage)?)
                    }
                    Err(error) => Err(error),
                }
            }
            Self::Block { block, log } => {
                let curve = stage.all.curve();
                let pairs = stage.pairs(&curve[block.part_of(curve.len())]);
                let found = Piecewise { stage, log, pause: PAUSE }.run(&pairs)?;
                return Ok(found.map(|_| None));
            }
            Self::Merged(blocks) => merged(blocks, stage)?,
        };
        Ok(found.and_then(|found| stage.matrix(&found).map(Some)))
    }

    /// Computes a block of a stage that the others can do without. If that is impossible, the block says so, and whoever
    /// merges the blocks will find out why.
    ///
    /// # Errors
    /// As [`matrix`](Self::matrix).
    pub(super) fn try_block(&mut self, stage: &Stage<'_>) -> Result<(), Problem> {
        let found = self.matrix(stage)?;
        if let (Err(_), Self::Block { log, .. }) = (found, self) {
            log.expect(&Line::Impossible)?;
        }
        Ok(())
    }

    /// Gives the log of a block that is complete its final name.
    pub(super) fn finish(self, target: &Path) -> Result<(), Problem> {
        if let Self::Block { mut log, .. } = self {
            log.expect(&Line::End)?;
            log.finish(target)?;
        }
        Ok(())
    }
}

/// The path of the log of a comparison that is not cut into blocks.
pub(super) fn checkpoint(folder: &Path) -> PathBuf {
    folder.join(CHECKPOINT)
}

impl Stage<'_> {
    /// Those of these pairs of recordings that can be compared, by the places of their operators in the list.
    fn pairs(&self, numbers: &[(usize, usize)]) -> Vec<(usize, usize)> {
        let at = Lookup::of(self.numbers.iter().copied());
        numbers.iter().filter_map(|pair| self.oriented(&at, *pair)).collect()
    }

    /// A pair of recordings as it is in a matrix, by the places of its operators.
    fn oriented(&self, at: &Lookup, (i, j): (usize, usize)) -> Option<(usize, usize)> {
        let (i, j) = (at.place(i)?, at.place(j)?);
        Some(if self.all.shape().1.is_none() { (i.max(j), i.min(j)) } else { (i, j) })
    }

    /// All pairs in the order of the matrix.
    fn all_pairs(&self) -> Vec<(usize, usize)> {
        let places = self.places();
        places.pairs().map(|place| places.numbers(place)).collect()
    }

    /// The places of the operators.
    fn places(&self) -> Places {
        let columns = self.all.shape().1.map(|_| self.operators.len() - self.rows);
        Places::new(self.rows, columns)
    }

    fn matrix(&self, found: &[PairDistance<f64>]) -> Result<DistanceMatrix<f64>, Error> {
        match self.places().shape() {
            (rows, None) => DistanceMatrix::of_pairs_among(rows, found),
            (rows, Some(columns)) => DistanceMatrix::of_pairs_between(rows, columns, found),
        }
    }

    fn compare(&self, pairs: &[(usize, usize)]) -> Result<Vec<PairDistance<f64>>, Error> {
        let progress = Progress::new("comparing", pairs.len());
        let found = self.compare_some(pairs, &progress);
        progress.finish();
        found
    }

    fn compare_some(
        &self,
        pairs: &[(usize, usize)],
        progress: &Progress,
    ) -> Result<Vec<PairDistance<f64>>, Error> {
        let mut step = |_| progress.step_on();
        compare_pairs(&self.operators, pairs, &self.measure, Some(&mut step))
    }

    /// The first line of the stage in a log.
    fn line(&self) -> Line {
        let operators = self.numbers.iter().copied().zip(self.operators.iter().map(fingerprint));
        Line::Stage {
            name: self.name.clone(),
            measure: format!("{:?}", self.measure),
            operators: operators.collect(),
        }
    }
}

/// Where numbers are in a list.
struct Lookup(Vec<Option<usize>>);

impl Lookup {
    fn of(numbers: impl Iterator<Item = usize>) -> Self {
        let mut places: Vec<Option<usize>> = Vec::new();
        for (place, number) in numbers.enumerate() {
            places.resize(places.len().max(number + 1), None);
            places[number] = Some(place);
        }
        Self(places)
    }

    fn place(&self, number: usize) -> Option<usize> {
        self.0.get(number).copied().flatten()
    }
}

/// The bits of an operator in short.
fn fingerprint(operator: &MatRef<'_, f64>) -> String {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write(&[seed]);
        // The bytes are in one order on every machine.
        hasher.write(&(operator.rows() as u64).to_le_bytes());
        operator.columns().flatten().for_each(|x| hasher.write(&x.to_le_bytes()));
        hasher.finish()
    };
    format!("{:016x}{:016x}", half(0), half(1))
}

/// A stage that is computed piece by piece, with a log.
struct Piecewise<'a, 's> {
    stage: &'a Stage<'s>,
    log: &'a mut Log,
    /// From one time that the log is saved to the next.
    pause: Duration,
}

/// What was found for pairs, or why one of them cannot be compared.
type FoundPairs = Result<Vec<PairDistance<f64>>, Error>;

impl Piecewise<'_, '_> {
    fn run(self, pairs: &[(usize, usize)]) -> Result<FoundPairs, Problem> {
        let progress = Progress::new("comparing", pairs.len());
        let found = self.with_progress(pairs, &progress);
        progress.finish();
        found
    }

    fn with_progress(
        self,
        pairs: &[(usize, usize)],
        progress: &Progress,
    ) -> Result<FoundPairs, Problem> {
        let Self { stage, log, pause } = self;
        let mut found = Vec::with_capacity(pairs.len());
        let mut pieces = pairs.chunks(pairs.len().div_ceil(PIECES).max(SMALLEST_PIECE)).peekable();
        if log.expect(&stage.line())? {
            while let Some(known) = pieces.peek().and_then(|piece| take_up(log, piece.len())) {
                known.iter().for_each(|_| progress.step());
                found.extend(known);
                pieces.next();
            }
        }
        if !found.is_empty() {
            note(format_args!(
                "an earlier run of this comparison was stopped: {} of {} pairs are taken from it",
                found.len(),
                pairs.len()
            ));
        }
        let mut saved = Instant::now();
        for piece in pieces {
            let computed = match stage.compare_some(piece, progress) {
                Ok(computed) => computed,
                Err(error) => return Ok(Err(error)),
            };
            log.append(&line_of(&computed))?;
            found.extend(computed);
            if saved.elapsed() >= pause {
                log.save()?;
                saved = Instant::now();
            }
        }
        Ok(Ok(found))
    }
}

/// What an earlier run found for the next pairs, as long as its lines are followed.
fn take_up(log: &mut Log, pairs: usize) -> Option<Vec<PairDistance<f64>>> {
    let fits = |line: &Line| of_line(line).is_some_and(|found| found.len() == pairs);
    log.next_if(fits).as_ref().and_then(of_line)
}

fn line_of(found: &[PairDistance<f64>]) -> Line {
    Line::Pairs {
        distances: found.iter().map(|pair| pair.distance).collect(),
        lower_bounds: found.iter().map(|pair| pair.lower_bound).collect(),
        certified: found.iter().map(|pair| pair.certified).collect(),
    }
}

fn of_line(line: &Line) -> Option<Vec<PairDistance<f64>>> {
    let Line::Pairs { distances, lower_bounds, certified } = line else { return None };
    if [lower_bounds.len(), certified.len()] != [distances.len(); 2] {
        return None;
    }
    let pairs = distances.iter().zip(lower_bounds).zip(certified);
    let pair = |((distance, lower_bound), certified): ((&f64, &f64), &bool)| PairDistance {
        distance: *distance,
        lower_bound: *lower_bound,
        certified: *certified,
    };
    Some(pairs.map(pair).collect())
}

/// What was found for the pairs of a stage, in the order of its matrix.
struct Table {
    places: Places,
    found: Vec<Option<PairDistance<f64>>>,
}

impl Table {
    fn of(stage: &Stage<'_>) -> Self {
        let places = stage.places();
        Self { places, found: vec![None; places.count()] }
    }

    /// `pairs`: places of operators.
    fn fill(&mut self, pairs: &[(usize, usize)], found: &[PairDistance<f64>]) {
        for (pair, found) in pairs.iter().zip(found) {
            if let Some(to) = self.found.get_mut(self.places.index(*pair)) {
                *to = Some(*found);
            }
        }
    }

    fn in_order(self, stage: &Stage<'_>) -> Result<Vec<PairDistance<f64>>, Problem> {
        self.found.into_iter().collect::<Option<_>>().ok_or_else(|| {
            Problem::new(format!(
                "the blocks lack some pairs of the stage `{}`, because a recording was refused there that can be read now; remove these blocks and run them again",
                stage.name
            ))
        })
    }
}

/// The pairs of a stage from the blocks of all workers.
fn merged(blocks: &[FoundBlock], stage: &Stage<'_>) -> Result<FoundPairs, Problem> {
    let curve = stage.all.curve();
    let own = Lookup::of(stage.numbers.iter().copied());
    let mut table = Table::of(stage);
    for FoundBlock { block, stages } in blocks {
        // None of its recordings could be read, or it has no pairs.
        if stages.is_empty() {
            continue;
        }
        // A stage that was begun again lies behind the first one.
        let Some(theirs) = stages.iter().rev().find(|theirs| theirs.name == stage.name) else {
            return Err(Problem::new(format!(
                "block {block} has no stage `{}`; remove it and run it again",
                stage.name
            )));
        };
        if theirs.impossible {
            // Whatever was in the way is found and said as in a comparison that was not cut.
            return Ok(stage.compare(&stage.all_pairs()));
        }
        if !theirs.is_of(stage, &own) {
            return Err(Problem::new(format!(
                "block {block} was computed from other operators, because a recording has changed since or another version of dsa was used; remove the block and run it again"
            )));
        }
        let known = Lookup::of(theirs.operators.iter().map(|(number, _)| *number));
        let pairs = curve[block.part_of(curve.len())].iter();
        let pairs = pairs.filter(|(i, j)| known.place(*i).is_some() && known.place(*j).is_some());
        for (pair, found) in pairs.zip(&theirs.found) {
            if let Some(pair) = stage.oriented(&own, *pair) {
                table.fill(&[pair], &[*found]);
            }
        }
    }
    table.in_order(stage).map(Ok)
}

impl FoundStage {
    /// Whether it was computed with the same measure, and from the same operators wherever both have one.
    fn is_of(&self, stage: &Stage<'_>, own: &Lookup) -> bool {
        let same = |(number, print): &(usize, String)| {
            let operator = own.place(*number).and_then(|place| stage.operators.get(place));
            operator.is_none_or(|operator| fingerprint(operator) == *print)
        };
        self.measure == format!("{:?}", stage.measure) && self.operators.iter().all(same)
    }
}

impl FoundBlock {
    /// Reads a block that is complete, behind its head.
    ///
    /// # Errors
    /// A sentence, if it is damaged.
    pub(super) fn read(block: BlockArgument, log: &mut Log) -> Result<Self, Problem> {
        let mut stages: Vec<FoundStage> = Vec::new();
        while let Some(line) = log.follow::<Line>() {
            match line {
                Line::Stage { name, measure, operators } => {
                    let (found, impossible) = (Vec::new(), false);
                    stages.push(FoundStage { name, measure, operators, found, impossible });
                }
                Line::End => return Ok(Self { block, stages }),
                Line::Impossible => {
                    if let Some(stage) = stages.last_mut() {
                        stage.impossible = true;
                    }
                }
                line @ Line::Pairs { .. } => {
                    if let (Some(stage), Some(found)) = (stages.last_mut(), of_line(&line)) {
                        stage.found.extend(found);
                    }
                }
            }
        }
        Err(Problem::new(format!("block {block} is damaged; remove it and run it again")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynamical_similarity::{Mat, Procrustes};

    fn operators(count: usize) -> Vec<Mat<f64>> {
        let mut x = 0.3_f64;
        let mut next = || {
            x = (3.9 * x * (1.0 - x)).clamp(0.01, 0.99);
            x - 0.5
        };
        let mut operator = || {
            let mut a = Mat::zeros(3, 3).unwrap();
            a.as_mut().columns_mut().flatten().for_each(|to| *to = next());
            a
        };
        (0..count).map(|_| operator()).collect()
    }

    /// A stage of all but some recordings; of `rows` against the others, or among each other.
    fn stage(operators: &[Mat<f64>], rows: Option<usize>, refused: &[usize]) -> Stage<'static> {
        let count = operators.len();
        let kept = |at: &usize| !refused.contains(at);
        let numbers: Vec<usize> = (0..count).filter(kept).collect();
        let of_rows = numbers.iter().filter(|at| **at < rows.unwrap_or(count)).count();
        let copies = numbers.iter().map(|at| operators[*at].clone()).collect::<Vec<_>>().leak();
        Stage {
            name: "distances".to_owned(),
            all: rows
                .map_or(Places::new(count, None), |rows| Places::new(rows, Some(count - rows))),
            numbers,
            operators: copies.iter().map(Mat::as_ref).collect(),
            rows: of_rows,
            measure: Measure::Procrustes(Procrustes::new()),
        }
    }

    /// What an earlier run has left is taken over, and everything is as in a matrix that was made at once.
    #[test]
    fn finished_pieces_are_taken_over() {
        let operators = operators(36);
        let folder = tempfile::tempdir().unwrap();
        for (rows, refused) in [(None, &[][..]), (None, &[3, 20]), (Some(10), &[0, 30])] {
            let stage = stage(&operators, rows, refused);
            let path = checkpoint(folder.path());
            crate::files::checkpoint::remove(&path);
            let plain = Work::all(None).unwrap().matrix(&stage).unwrap().unwrap().unwrap();
            let (first, others) = stage.operators.split_at(stage.rows);
            let expected = match rows {
                None => DistanceMatrix::among(first, &stage.measure, None),
                Some(_) => DistanceMatrix::between(first, others, &stage.measure, None),
            };
            assert_eq!(plain, expected.unwrap());
            let logged = Work::all(Some(folder.path())).unwrap().matrix(&stage).unwrap();
            assert_eq!(logged.unwrap().unwrap(), plain);
            // The first piece, as a run that was stopped leaves it, with a number that shows where it is from.
            let pairs = stage.pairs(&stage.all.curve());
            let mut found = stage.compare(&pairs[..pairs.len().min(SMALLEST_PIECE)]).unwrap();
            found[1].distance = 9.0;
            let mut stopped = Log::open(path).unwrap();
            stopped.append(&stage.line()).unwrap();
            stopped.append(&line_of(&found)).unwrap();
            stopped.save().unwrap();
            let resumed = Work::all(Some(folder.path())).unwrap().matrix(&stage).unwrap();
            let resumed = resumed.unwrap().unwrap();
            let column = |j: usize| if rows.is_some() { j - stage.rows } else { j };
            let is_other = |(i, j): &&(usize, usize)| {
                resumed.distance(*i, column(*j)) != plain.distance(*i, column(*j))
            };
            assert_eq!(pairs.iter().filter(is_other).collect::<Vec<_>>(), [&pairs[1]]);
        }
    }
}
