//! From the latent state to channels: Poisson units, principal components, and what happens to channels.

use super::scenario::Scenario;
use super::{LATENTS, State, UNITS};
use crate::linear::orthonormalise_rows;
use crate::observe::{centre, principal_axes};
use crate::random::Random;

/// Standard deviation of the tuning weights.
const TUNING: f64 = 0.35;
/// Median over the units of the rate at state 0, spikes per bin.
const RATE: f64 = 0.3;
/// Standard deviation over the units of the logarithm of that rate.
const RATE_SPREAD: f64 = 0.5;
/// No unit fires faster, spikes per bin (200 Hz).
const MOST_RATE: f64 = 4.0;
/// Bins of the smoothing before the principal components, and bins to each side.
const SMOOTHED: (f64, usize) = (5.0, 2);
/// Bins between pops, on average.
const POP_EVERY: usize = 1000;
/// Standard deviations.
const POP: f64 = 100.0;

/// A population of units that fire Poisson numbers of spikes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Units {
    /// C, units x latents.
    tuning: Vec<State>,
    /// b, the logarithms of the rates at state 0.
    base: Vec<f64>,
    /// What the rates are multiplied by.
    gain: f64,
}

impl Units {
    pub(super) fn draw(random: &mut Random) -> Self {
        let tuning = (0..UNITS).map(|_| [(); LATENTS].map(|()| TUNING * random.normal())).collect();
        let base = (0..UNITS).map(|_| libm::log(RATE) + RATE_SPREAD * random.normal()).collect();
        Self { tuning, base, gain: 1.0 }
    }

    /// These units after a change; `random` makes the new ones.
    pub(super) fn after(&self, scenario: Scenario, random: &mut Random) -> Self {
        let mut units = self.clone();
        match scenario {
            Scenario::Rates(factor) => units.gain = factor,
            Scenario::Tuning(factor) => {
                units.tuning.iter_mut().flatten().for_each(|c| *c *= factor)
            }
            Scenario::UnitTurnover { fraction, .. } => {
                let others = Self::draw(random);
                for unit in 0..UNITS {
                    if random.uniform(0.0, 1.0) < fraction {
                        units.tuning[unit] = others.tuning[unit];
                        units.base[unit] = others.base[unit];
                    }
                }
            }
            _ => {}
        }
        units
    }

    /// min(4, gain exp(b + C x)), spikes per bin.
    pub(super) fn rates(&self, state: &State) -> impl Iterator<Item = f64> {
        let units = self.tuning.iter().zip(&self.base);
        units.map(move |(weights, base)| {
            let log: f64 = base + weights.iter().zip(state).map(|(c, x)| c * x).sum::<f64>();
            (self.gain * libm::exp(log)).min(MOST_RATE)
        })
    }
}

/// y = W (counts - m).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Projection {
    pub(super) channels: usize,
    /// W, one column after the other: units x channels.
    pub(super) columns: Vec<f64>,
    /// -W m.
    offset: Vec<f64>,
    /// Standard deviations of the channels on the recording that this was fitted to.
    pub(super) deviations: Vec<f64>,
}

impl Projection {
    /// Principal components of the counts at these states: counts z = (counts - m) / sqrt(m + 0.02), smoothed
    /// over 5 bins.
    ///
    /// # Errors
    /// A sentence if the components are not found.
    pub(super) fn fit(
        units: &Units,
        states: &[State],
        channels: usize,
        random: &mut Random,
    ) -> Result<Self, String> {
        let counts: Vec<f64> = states
            .iter()
            .flat_map(|state| units.rates(state).collect::<Vec<f64>>())
            .map(|rate| random.poisson(rate) as f64)
            .collect();
        let mut means = vec![0.0; UNITS];
        for sample in counts.chunks(UNITS) {
            means.iter_mut().zip(sample).for_each(|(m, x)| *m += x / states.len() as f64);
        }
        let scales: Vec<f64> = means.iter().map(|m| 1.0 / (m + 0.02).sqrt()).collect();
        let mut smoothed = vec![0.0; counts.len()];
        for (bin, to) in smoothed.chunks_mut(UNITS).enumerate() {
            let (bins, side) = SMOOTHED;
            let near = counts.chunks(UNITS).take(bin + side + 1).skip(bin.saturating_sub(side));
            for sample in near {
                for (((to, x), m), scale) in to.iter_mut().zip(sample).zip(&means).zip(&scales) {
                    *to += (x - m) * scale / bins;
                }
            }
        }
        centre(&mut smoothed, UNITS);
        let axes = principal_axes(&smoothed, UNITS, channels)?;
        let weight = |unit: usize, channel: usize| axes[channel * UNITS + unit] * scales[unit];
        let columns =
            (0..UNITS * channels).map(|at| weight(at / channels, at % channels)).collect();
        let along = |channel| -> f64 { (0..UNITS).map(|u| means[u] * weight(u, channel)).sum() };
        let offset = (0..channels).map(|channel| -along(channel)).collect();
        let mut projection = Self { channels, columns, offset, deviations: vec![0.0; channels] };
        let mut sample = vec![0.0; channels];
        for bin in counts.chunks(UNITS) {
            projection.project(bin.iter().copied(), &mut sample);
            for (square, y) in projection.deviations.iter_mut().zip(&sample) {
                *square += y * y / states.len() as f64;
            }
        }
        projection.deviations.iter_mut().for_each(|square| *square = square.sqrt());
        Ok(projection)
    }

    fn project(&self, counts: impl Iterator<Item = f64>, sample: &mut [f64]) {
        sample.copy_from_slice(&self.offset);
        for (count, column) in counts.zip(self.columns.chunks(self.channels)) {
            // Most units are silent in most bins.
            if count > 0.0 {
                sample.iter_mut().zip(column).for_each(|(to, w)| *to += count * w);
            }
        }
    }

    /// One sample: counts at this state, projected.
    pub(super) fn observe(
        &self,
        units: &Units,
        state: &State,
        random: &mut Random,
        sample: &mut [f64],
    ) {
        self.project(units.rates(state).map(|rate| random.poisson(rate) as f64), sample);
    }
}

/// What a change does to the channels of the recording, samples x channels, from here on; `missing` has one
/// entry a sample.
pub(super) fn disturb(
    scenario: Scenario,
    projection: &Projection,
    data: &mut [f64],
    missing: &mut [bool],
    random: &mut Random,
) {
    let n = projection.channels;
    let signed = |random: &mut Random| if random.index(2) == 0 { -1.0 } else { 1.0 };
    match scenario {
        Scenario::OrthogonalRemix => mix(data, n, &orthogonal(random, n)),
        Scenario::GeneralRemix => mix(data, n, &condition_ten(random, n)),
        Scenario::ChannelGains => {
            let gains: Vec<f64> =
                (0..n).map(|_| libm::pow(10.0, random.uniform(-0.3, 0.3))).collect();
            let samples = data.chunks_mut(n);
            samples.for_each(|y| y.iter_mut().zip(&gains).for_each(|(y, gain)| *y *= gain));
        }
        Scenario::ChannelLost => {
            data.iter_mut().skip(random.index(n)).step_by(n).for_each(|y| *y = 0.0);
        }
        Scenario::Pops => {
            let jump: Vec<f64> =
                projection.deviations.iter().map(|d| POP * d * signed(random)).collect();
            for _ in 0..missing.len() / POP_EVERY {
                let at = random.index(missing.len()) * n;
                data[at..at + n].iter_mut().zip(&jump).for_each(|(y, jump)| *y += jump);
            }
        }
        Scenario::Dropped(probability) => {
            for (sample, missing) in data.chunks_mut(n).zip(missing) {
                *missing = random.uniform(0.0, 1.0) < probability;
                if *missing {
                    sample.fill(f64::NAN);
                }
            }
        }
        _ => {}
    }
}

/// y <- B y for each sample, B row after row.
fn mix(data: &mut [f64], n: usize, matrix: &[f64]) {
    let mut mixed = vec![0.0; n];
    for sample in data.chunks_mut(n) {
        for (to, row) in mixed.iter_mut().zip(matrix.chunks(n)) {
            *to = row.iter().zip(&*sample).map(|(b, y)| b * y).sum();
        }
        sample.copy_from_slice(&mixed);
    }
}

fn orthogonal(random: &mut Random, n: usize) -> Vec<f64> {
    let mut q = random.normals(n * n);
    orthonormalise_rows(&mut q, n);
    q
}

/// U D Vᵀ with singular values D from 1 down to 0.1.
pub(super) fn condition_ten(random: &mut Random, n: usize) -> Vec<f64> {
    let (left, right) = (orthogonal(random, n), orthogonal(random, n));
    let step = 1.0 / (n.max(2) - 1) as f64;
    let values: Vec<f64> = (0..n).map(|k| libm::pow(10.0, -(k as f64) * step)).collect();
    let entry = |i: usize, j: usize| -> f64 {
        (0..n).map(|k| left[k * n + i] * values[k] * right[k * n + j]).sum()
    };
    (0..n * n).map(|at| entry(at / n, at % n)).collect()
}
