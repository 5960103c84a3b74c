//! Principal components of the channels of a recording.

use dynamical_similarity::linalg::symmetric;
use dynamical_similarity::{Error, MatMut};

/// Which components, and in what units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Components {
    /// How many, at most the channels.
    pub count: Option<usize>,
    /// Whether every channel is divided by its standard deviation first.
    pub scaled: bool,
    /// Whether every component is divided by its standard deviation.
    pub sphered: bool,
}

/// The components of all trials, and the share of the variance that they hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Projected {
    /// Row-major, as they came.
    pub trials: Vec<Vec<f64>>,
    /// How many components there are.
    pub count: usize,
    /// Their share of the variance of all channels.
    pub share: f64,
}

/// The directions of components, in the units of the channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Directions {
    /// What is subtracted from each channel.
    pub means: Vec<f64>,
    /// For each component, the weights of the channels.
    pub weights: Vec<Vec<f64>>,
    /// The share of the variance of all channels that the components hold.
    pub share: f64,
}

impl Directions {
    /// Samples, row-major, along the directions.
    #[must_use]
    pub fn project(&self, samples: &[f64]) -> Vec<f64> {
        let along = |row: &[f64], weights: &[f64]| -> f64 {
            let entries = weights.iter().zip(row.iter().zip(&self.means));
            entries.map(|(weight, (x, mean))| weight * (x - mean)).sum()
        };
        let rows = samples.chunks_exact(self.means.len().max(1));
        rows.flat_map(|row| self.weights.iter().map(move |weights| along(row, weights))).collect()
    }
}

impl Components {
    /// The trials about the mean of each channel, in the directions of largest variance; see [`find`](Self::find).
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn apply(self, trials: &[Vec<f64>], channels: usize) -> Result<Projected, Error> {
        let found = self.find(trials, channels)?;
        Ok(Projected {
            trials: trials.iter().map(|trial| found.project(trial)).collect(),
            count: found.weights.len(),
            share: found.share,
        })
    }

    /// The directions of largest variance: the eigenvectors of the covariance of all samples, the entry of each that is largest
    /// in size positive.
    ///
    /// # Errors
    /// [`Error::RankTooLarge`] with the directions that there are: those of a variance above 1e-12 of the largest;
    /// [`Error::DegenerateSignal`] if no channel varies, or one that is to be scaled does not.
    pub fn find(self, trials: &[Vec<f64>], channels: usize) -> Result<Directions, Error> {
        let rows = || trials.iter().flat_map(|trial| trial.chunks_exact(channels.max(1)));
        let samples = rows().count() as f64;
        let mut means = vec![0.0; channels];
        rows().for_each(|row| means.iter_mut().zip(row).for_each(|(m, x)| *m += x / samples));
        let units = self.units(rows(), &means, samples)?;
        let mut covariance = vec![0.0; channels * channels];
        for row in rows() {
            let scaled =
                row.iter().zip(&means).zip(&units).map(|((x, mean), unit)| (x - mean) / unit);
            let row: Vec<f64> = scaled.collect();
            for (column, y) in covariance.chunks_exact_mut(channels.max(1)).zip(&row) {
                column.iter_mut().zip(&row).for_each(|(to, x)| *to += x * y / samples);
            }
        }
        let (mut values, mut vectors) = (vec![0.0; channels], vec![0.0; channels * channels]);
        let mut memory = vec![0.0; symmetric::eigen_memory_len(channels)];
        symmetric::eigen_in(
            &mut MatMut::new(&mut covariance, channels, channels)?,
            &mut values,
            &mut MatMut::new(&mut vectors, channels, channels)?,
            &mut memory,
        )?;
        let largest = values.first().copied().unwrap_or(0.0);
        let size = means.iter().zip(&units).fold(0.0, |most: f64, (m, u)| most.max((m / u).abs()));
        // What rounding leaves of constants.
        if largest.sqrt() <= 8.0 * f64::EPSILON * size {
            return Err(Error::DegenerateSignal { channel: None });
        }
        let available = values.iter().take_while(|x| **x > 1e-12 * largest).count();
        let requested = self.count.unwrap_or(available);
        if requested > available || available == 0 {
            return Err(Error::RankTooLarge { requested, available });
        }
        let weights = vectors.chunks_exact(channels.max(1)).zip(&values).take(requested);
        let weights = weights.map(|(direction, variance)| {
            let at = |a: &&f64, b: &&f64| a.abs().total_cmp(&b.abs());
            let sign = direction.iter().max_by(at).map_or(1.0, |x| x.signum());
            let length = if self.sphered { variance.sqrt() } else { 1.0 };
            direction.iter().zip(&units).map(|(x, unit)| x * sign / length / unit).collect()
        });
        let share = values.iter().take(requested).sum::<f64>() / values.iter().sum::<f64>();
        Ok(Directions { weights: weights.collect(), share, means })
    }

    /// What each channel is divided by.
    fn units<'a>(
        self,
        rows: impl Iterator<Item = &'a [f64]>,
        means: &[f64],
        samples: f64,
    ) -> Result<Vec<f64>, Error> {
        if !self.scaled {
            return Ok(vec![1.0; means.len()]);
        }
        let mut squares = vec![0.0; means.len()];
        for row in rows {
            let entries = squares.iter_mut().zip(row).zip(means);
            entries.for_each(|((to, x), mean)| *to += (x - mean).powi(2) / samples);
        }
        let unit = |(channel, (square, mean)): (usize, (&f64, &f64))| {
            let unit = square.sqrt();
            let varies = unit > f64::EPSILON * mean.abs();
            varies.then_some(unit).ok_or(Error::DegenerateSignal { channel: Some(channel) })
        };
        squares.iter().zip(means).enumerate().map(unit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trials() -> Vec<Vec<f64>> {
        let row = |t: usize| {
            let (x, y) = ((0.31 * t as f64).sin(), (0.17 * t as f64).cos());
            [5.0 + x + 0.1 * y, 2.0 * x - y, y + 0.3 * x]
        };
        vec![(0..40).flat_map(row).collect(), (40..90).flat_map(row).collect()]
    }

    #[test]
    fn components_are_uncorrelated_and_descend() {
        let all = Components { count: None, scaled: false, sphered: false };
        let found = all.apply(&trials(), 3).unwrap();
        assert_eq!((found.count, found.trials[0].len()), (2, 80));
        assert!((found.share - 1.0).abs() < 1e-12);
        let flat: Vec<f64> = found.trials.concat();
        let product =
            |i: usize, j: usize| -> f64 { flat.chunks(2).map(|row| row[i] * row[j] / 90.0).sum() };
        assert!(product(0, 0) > product(1, 1));
        assert!(product(0, 1).abs() < 1e-12);
        let white = Components { sphered: true, count: Some(2), scaled: true };
        let flat = white.apply(&trials(), 3).unwrap().trials.concat();
        let square: f64 = flat.chunks(2).map(|row| row[1] * row[1] / 90.0).sum();
        assert!((square - 1.0).abs() < 1e-10);
        let constant = Components { count: Some(1), scaled: false, sphered: false };
        assert_eq!(
            constant.apply(&[vec![0.1; 300]], 3),
            Err(Error::DegenerateSignal { channel: None })
        );
        let many = Components { count: Some(3), scaled: false, sphered: false };
        assert_eq!(
            many.apply(&trials(), 3),
            Err(Error::RankTooLarge { requested: 3, available: 2 })
        );
    }
}
