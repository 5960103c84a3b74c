//! Standardised channels: their copies, their directions and their spectrum.

use super::signal;
use crate::files::read::Samples;
use dynamical_similarity::linalg::svd;
use dynamical_similarity::{MatMut, MatRef, Recording, features};

/// Spectra are made of at least so many samples, where there are.
const LONG: usize = 50_000;

/// The channels that vary, standardised, without samples in which one is missing.
pub(super) struct Standardised {
    /// The channel of each column.
    channels: Vec<usize>,
    /// Row-major.
    trials: Vec<Vec<f64>>,
    /// Of all columns, row after row.
    correlations: Vec<f64>,
}

impl Standardised {
    pub(super) fn of(samples: &Samples, constant: &[usize]) -> Self {
        let channels: Vec<usize> =
            (0..samples.channels).filter(|channel| !constant.contains(channel)).collect();
        let cut = samples.clone().cut_at_gaps().map_or_else(|_| Vec::new(), |cut| cut.trials);
        // Of the samples that are left.
        let moments = |at| signal::moments(&signal::pieces(&cut, samples.channels, at));
        let moments: Vec<(f64, f64)> = (0..samples.channels).map(moments).collect();
        let standardised = |row: &[f64]| -> Vec<f64> {
            let entries = channels.iter().filter_map(|at| Some((row.get(*at)?, moments.get(*at)?)));
            entries.map(|(x, (mean, deviation))| (x - mean) / deviation).collect()
        };
        let trials = cut.iter().map(|trial| {
            trial.chunks_exact(samples.channels.max(1)).flat_map(standardised).collect()
        });
        let trials: Vec<Vec<f64>> = trials.collect();
        Self { correlations: correlations(&trials, channels.len()), trials, channels }
    }

    pub(super) fn singular_values(&self) -> Vec<f64> {
        let n = self.channels.len();
        let (mut u, mut v, mut s) = (vec![0.0; n * n], vec![0.0; n * n], vec![0.0; n]);
        let mut memory = vec![0.0; svd::svd_memory_len(n, n)];
        let found = MatRef::new(&self.correlations, n, n).and_then(|a| {
            let (mut u, mut v) = (MatMut::new(&mut u, n, n)?, MatMut::new(&mut v, n, n)?);
            svd::svd_in(a, &mut u, &mut s, &mut v, &mut memory)
        });
        match found {
            // Of the samples, whose squares are the correlations.
            Ok(()) => s.iter().map(|x| x.sqrt()).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// Channels that have a correlation of 1 or -1 with an earlier one.
    pub(super) fn copies(&self) -> Vec<[usize; 2]> {
        let n = self.channels.len();
        let is_copy = |i: usize, j: usize| {
            self.correlations.get(i * n + j).is_some_and(|x| x.abs() > 1.0 - 1e-12)
        };
        let of = |i: usize| (0..i).find(|j| is_copy(i, *j)).map(|j| [i, j]);
        let at = |[i, j]: [usize; 2]| Some([*self.channels.get(i)?, *self.channels.get(j)?]);
        (0..n).filter_map(of).filter_map(at).collect()
    }

    /// From the first samples, of which there are enough.
    pub(super) fn peak<'a>(&'a self) -> Option<f64> {
        let n = self.channels.len();
        let longest = self.trials.iter().map(|trial| trial.len() / n.max(1)).max()?;
        let segment = features::segment(longest);
        let part =
            |trial: &'a Vec<f64>| Recording::new(&trial[..trial.len().min(n * LONG)], n).ok();
        let mut left = LONG;
        let long: Vec<Recording<'_, f64>> = self
            .trials
            .iter()
            .filter_map(part)
            .filter(|trial| trial.samples() >= segment)
            .take_while(|trial| {
                let taken = left > 0;
                left = left.saturating_sub(trial.samples());
                taken
            })
            .collect();
        let powers = features::log_spectrum(&long, segment).ok()?;
        let best = (0..powers.len()).max_by(|a, b| powers[*a].total_cmp(&powers[*b]))?;
        Some((best + 1) as f64 / segment as f64)
    }
}

/// The correlations of all columns, row after row.
fn correlations(trials: &[Vec<f64>], n: usize) -> Vec<f64> {
    let mut sums = vec![0.0; n * n];
    for row in trials.iter().flat_map(|trial| trial.chunks_exact(n.max(1))) {
        for (to, x) in sums.chunks_exact_mut(n.max(1)).zip(row) {
            to.iter_mut().zip(row).for_each(|(to, y)| *to += x * y);
        }
    }
    let count = trials.iter().map(Vec::len).sum::<usize>() as f64 / n.max(1) as f64;
    sums.iter_mut().for_each(|x| *x /= count.max(1.0));
    sums
}
