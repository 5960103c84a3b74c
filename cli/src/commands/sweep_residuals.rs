//! Mean residuals over the grid of a sweep: under which settings does an operator have eigenvalues that can be trusted?

use super::recording::Checked;
use dynamical_similarity::{Dmd, Error, Gram, Halves, Model};
use serde::Serialize;

/// Windows with more entries than this are left out: the sums over them would take too long.
const WIDEST: usize = 640;

/// The mean over all eigenvalues, and over both halves.
#[derive(Clone, Copy, Serialize)]
pub(super) struct MeanResidual {
    pub(super) rank: usize,
    pub(super) mean_residual: f64,
}

/// The mean residual at each of these ranks: each half of the recording is fitted, and the eigenvalues are judged on the other
/// half. Ranks that a half does not reach are left out, and all of them if the recording has no halves.
pub(super) fn mean_residuals(
    recording: &Checked<'_>,
    dmd: Dmd,
    ranks: &[usize],
) -> Vec<MeanResidual> {
    let width = dmd.embedding().width(recording.samples.channels);
    let ranks: Vec<usize> = ranks.iter().copied().filter(|rank| *rank <= width).collect();
    if width > WIDEST || ranks.is_empty() {
        return Vec::new();
    }
    let found = of_halves(recording, dmd, &ranks).unwrap_or_default();
    let both = found.iter().zip(ranks);
    let both =
        both.filter_map(|(sum, rank)| Some(MeanResidual { rank, mean_residual: (*sum)? / 2.0 }));
    both.collect()
}

/// The sums of the mean residuals of both directions.
fn of_halves(
    recording: &Checked<'_>,
    dmd: Dmd,
    ranks: &[usize],
) -> Result<Vec<Option<f64>>, Error> {
    let halves = Halves::of(&recording.trials, dmd.span())?;
    let mut sums = vec![Some(0.0); ranks.len()];
    let channels = recording.samples.channels;
    for (fitted, held_out) in [(halves.first(), halves.second()), (halves.second(), halves.first())]
    {
        let models = dmd.fit_ranks(fitted, ranks)?;
        let mut memory = vec![0.0; Gram::<f64>::memory_len(channels, dmd.embedding())];
        let ahead = dmd.span() + 1 - dmd.embedding().window();
        let mut gram = Gram::new_in(channels, dmd.embedding(), ahead, 1.0, &mut memory)?;
        for trial in held_out {
            gram.push_trial(trial)?;
        }
        let mean =
            |model: &Model<f64>| Some(model.residuals_of_moments(&gram).ok()?.mean_residual());
        for (sum, model) in sums.iter_mut().zip(models) {
            *sum = sum.zip(model.ok().as_ref().and_then(mean)).map(|(sum, mean)| sum + mean);
        }
    }
    Ok(sums)
}
