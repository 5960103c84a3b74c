//! A comparison in blocks of pairs, so that a run that is stopped can go on where it was.

use super::places::Places;
use crate::files::checkpoint::Checkpoint;
use crate::output::note;
use crate::problem::Problem;
use crate::show::progress::Progress;
use dynamical_similarity::{DistanceMatrix, MatRef, Measure, PairDistance, compare_pairs};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::{Duration, Instant};

/// A comparison is cut into at most so many blocks.
const BLOCKS: usize = 64;
/// What takes less than this is not worth a checkpoint.
const SHORT: Duration = Duration::from_secs(5);

/// The distances among operators or, if there are columns, between them and the columns. Where the results go to a folder,
/// finished blocks of a long comparison are kept there until it is complete.
///
/// # Errors
/// A sentence, if a pair cannot be compared, or a checkpoint cannot be read or written.
pub(super) fn compare(
    rows: &[MatRef<'_, f64>],
    columns: Option<&[MatRef<'_, f64>]>,
    measure: &Measure,
    folder: Option<&Path>,
) -> Result<DistanceMatrix<f64>, Problem> {
    let operators: Vec<MatRef<'_, f64>> =
        rows.iter().chain(columns.unwrap_or_default()).copied().collect();
    let count = rows.len();
    let places = Places::new(count, columns.map(<[_]>::len));
    let pairs: Vec<(usize, usize)> = places.pairs().map(|place| places.numbers(place)).collect();
    let progress = Progress::new("comparing", pairs.len());
    let mut step = |_| progress.step_on();
    let found = match folder.filter(|folder| folder.is_dir()) {
        Some(folder) => in_blocks(&operators, &pairs, measure, folder, &progress),
        None => compare_pairs(&operators, &pairs, measure, Some(&mut step)).map_err(Problem::new),
    };
    progress.finish();
    let found = found?;
    match columns {
        None => DistanceMatrix::of_pairs_among(count, &found),
        Some(columns) => DistanceMatrix::of_pairs_between(count, columns.len(), &found),
    }
    .map_err(Problem::new)
}

fn in_blocks(
    operators: &[MatRef<'_, f64>],
    pairs: &[(usize, usize)],
    measure: &Measure,
    folder: &Path,
    progress: &Progress,
) -> Result<Vec<PairDistance<f64>>, Problem> {
    let blocks: Vec<&[(usize, usize)]> =
        pairs.chunks(pairs.len().div_ceil(BLOCKS).max(1)).collect();
    let lengths: Vec<usize> = blocks.iter().map(|block| block.len()).collect();
    let mut checkpoint = Checkpoint::open(folder, key(operators, measure), &lengths)?;
    if checkpoint.count() > 0 {
        note(format_args!(
            "an earlier run of this comparison was stopped: {} of {} blocks of pairs are taken from it",
            checkpoint.count(),
            blocks.len()
        ));
    }
    let start = Instant::now();
    for (k, block) in blocks.iter().enumerate() {
        if checkpoint.found(k).is_some() {
            block.iter().for_each(|_| progress.step());
            continue;
        }
        let mut step = |_| progress.step_on();
        let found = compare_pairs(operators, block, measure, Some(&mut step));
        checkpoint.finish(k, found.map_err(Problem::new)?);
        if start.elapsed() > SHORT {
            checkpoint.save()?;
        }
    }
    checkpoint.all().ok_or_else(|| Problem::new("a block of pairs was not compared"))
}

/// What is compared, and how: equal for equal operators and measures under one version of the program.
fn key(operators: &[MatRef<'_, f64>], measure: &Measure) -> String {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        (seed, env!("CARGO_PKG_VERSION"), format!("{measure:?}")).hash(&mut hasher);
        for operator in operators {
            operator.rows().hash(&mut hasher);
            operator.columns().flatten().for_each(|x| x.to_bits().hash(&mut hasher));
        }
        hasher.finish()
    };
    format!("{:016x}{:016x}", half(0), half(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::checkpoint;
    use dynamical_similarity::{Mat, Procrustes};

    /// A comparison that finds blocks of an earlier one gives the bits of one that does not.
    #[test]
    fn finished_blocks_are_taken_over() {
        let mut x = 0.3_f64;
        let mut next = || {
            x = (3.9 * x * (1.0 - x)).clamp(0.01, 0.99);
            x - 0.5
        };
        let operators: Vec<Mat<f64>> = (0..14)
            .map(|_| {
                let mut a = Mat::zeros(3, 3).unwrap();
                a.as_mut().columns_mut().flatten().for_each(|to| *to = next());
                a
            })
            .collect();
        let views: Vec<_> = operators.iter().map(Mat::as_ref).collect();
        let measure = Measure::Procrustes(Procrustes::new());
        let plain = compare(&views, None, &measure, None).unwrap();
        assert_eq!(plain, DistanceMatrix::among(&views, &measure, None).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let whole = compare(&views, None, &measure, Some(folder.path())).unwrap();
        assert_eq!(whole, plain);
        // The first 40 pairs, as a run that was stopped leaves them, one of them with a number that shows where it is from.
        let lengths: Vec<usize> = vec![2; 45].into_iter().chain([1]).collect();
        let pairs: Vec<_> = (0..14).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
        let mut stopped = Checkpoint::open(folder.path(), key(&views, &measure), &lengths).unwrap();
        for (k, block) in pairs.chunks(2).take(20).enumerate() {
            let mut found = compare_pairs(&views, block, &measure, None).unwrap();
            if k == 3 {
                found[1].distance = 9.0;
            }
            stopped.finish(k, found);
        }
        stopped.save().unwrap();
        let resumed = compare(&views, None, &measure, Some(folder.path())).unwrap();
        let differ: Vec<_> = pairs
            .iter()
            .filter(|(i, j)| resumed.distance(*i, *j) != plain.distance(*i, *j))
            .collect();
        assert_eq!(differ, [&pairs[7]]);
        checkpoint::remove(folder.path());
        let (some, others) = views.split_at(5);
        let between = compare(some, Some(others), &measure, Some(folder.path())).unwrap();
        assert_eq!(between, DistanceMatrix::between(some, others, &measure, None).unwrap());
    }
}
