//! What single precision costs: operators and scores in `f32` against whole matrices in `f64`, decomposed by another
//! library.
//!
//! With T the map to whitened coordinates (v = Tᵀ h) and G the exact Gram matrix of the delay windows, an operator's error
//! is |A - C B Cᵀ| / |B|, B that of the batch and C the orthogonal factor of Tᵀ G T_B.

use super::subjects::*;
use dynamical_similarity::linalg::symmetric;
use dynamical_similarity::monitor::{Calibration, Monitor, MonitorSettings, Scores, Window};
use dynamical_similarity::{
    Centre, Dmd, Embedding, Error, Gram, LagCovariance, MatMut, MatRef, Rank, Recording, Scalar,
    Shape,
};
use nalgebra::DMatrix;
use systems::Random;
use systems::motor_cortex::{LATENTS, RATE, Scenario, Session, Subject};

/// Samples of one block of sums.
const SUMMED: usize = 500;
/// Random numbers of a recording that have nothing to do with its states.
const STREAM: u64 = 7;

/// Latent states of a subject seen by channels that mix them, with noise of half a standard deviation, less the mean.
pub(crate) fn mixture(seed: u64, channels: usize, samples: usize) -> Result<Vec<f64>, String> {
    let subject = Subject::new(seed, channels)?;
    let states = subject.latent(Scenario::None, samples as f64 / RATE as f64, CALIBRATION)?;
    let mut random = Random::new(seed, STREAM);
    let mixing = random.normals(channels * LATENTS);
    let mut data = Vec::with_capacity(samples * channels);
    for state in states.chunks(LATENTS) {
        for row in mixing.chunks(LATENTS) {
            let mixed: f64 = row.iter().zip(state).map(|(b, x)| b * x).sum();
            data.push(mixed / (LATENTS as f64).sqrt() + 0.5 * random.normal());
        }
    }
    centre(&mut data, channels);
    Ok(data)
}

/// Firing at 1000 Hz, 0.1 spikes a sample on average, driven by interpolated states and smoothed by a Gaussian of 10 ms.
pub(crate) fn smoothed_rates(
    seed: u64,
    channels: usize,
    samples: usize,
) -> Result<Vec<f64>, String> {
    const STEPS: usize = 1000 / RATE;
    let subject = Subject::new(seed, channels)?;
    let seconds = (samples / STEPS + 2) as f64 / RATE as f64;
    let states = subject.latent(Scenario::None, seconds, CALIBRATION)?;
    let mut random = Random::new(seed, STREAM);
    let tuning = random.normals(channels * LATENTS);
    let kernel: Vec<f64> =
        (-40_i32..=40).map(|k| libm::exp(-0.5 * (f64::from(k) / 10.0).powi(2))).collect();
    let mut data = vec![0.0; samples * channels];
    for t in 0..samples {
        let (bin, part) = (t / STEPS, (t % STEPS) as f64 / STEPS as f64);
        let (now, next) = (&states[bin * LATENTS..], &states[(bin + 1) * LATENTS..]);
        let state: Vec<f64> =
            now.iter().zip(next).take(LATENTS).map(|(a, b)| a + part * (b - a)).collect();
        for (channel, weights) in tuning.chunks(LATENTS).enumerate() {
            let drive: f64 = weights.iter().zip(&state).map(|(c, x)| 0.35 * c * x).sum();
            let spikes = random.poisson((0.1 * libm::exp(drive)).min(4.0)) as f64;
            if spikes > 0.0 {
                for (k, weight) in kernel.iter().enumerate() {
                    let at = (t + k).wrapping_sub(40);
                    if at < samples {
                        data[at * channels + channel] += spikes * weight;
                    }
                }
            }
        }
    }
    centre(&mut data, channels);
    Ok(data)
}

fn centre(data: &mut [f64], channels: usize) {
    let samples = (data.len() / channels) as f64;
    for channel in 0..channels {
        let column = |data: &[f64]| data.iter().skip(channel).step_by(channels).sum::<f64>();
        let mean = column(data) / samples;
        data.iter_mut().skip(channel).step_by(channels).for_each(|x| *x -= mean);
    }
}

pub(crate) fn single(data: &[f64]) -> Vec<f32> {
    data.iter().map(|x| *x as f32).collect()
}

fn double(data: &[f32]) -> Vec<f64> {
    data.iter().map(|x| f64::from(*x)).collect()
}

/// R of a QR factorisation of the windows of `blocks` samples, the newest first.
fn triangle(data: &[f64], channels: usize, blocks: usize) -> DMatrix<f64> {
    let width = channels * blocks;
    let times: Vec<usize> = (blocks - 1..data.len() / channels).collect();
    let mut found = DMatrix::zeros(0, width);
    for times in times.chunks(4096) {
        let above = found.nrows();
        let rows = DMatrix::from_fn(above + times.len(), width, |i, j| {
            if i < above {
                return found[(i, j)];
            }
            data[(times[i - above] - j / channels) * channels + j % channels]
        });
        found = rows.qr().r();
    }
    found
}

/// Which windows the coordinates are white on.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum White {
    All,
    Earlier,
}

/// The operator of a recording by QR and singular values, all in `f64`.
pub(crate) struct Batch {
    operator: DMatrix<f64>,
    /// T
    map: DMatrix<f64>,
    /// R of the windows that the coordinates are white on.
    windows: DMatrix<f64>,
    /// Singular values of the Hankel matrix, descending.
    pub(crate) values: Vec<f64>,
}

impl Batch {
    pub(crate) fn of(data: &[f64], (n, d, r): (usize, usize, usize), white: White) -> Self {
        let p = n * d;
        let pairs = triangle(data, n, d + 1);
        let earlier = pairs.columns(n, p).into_owned();
        let windows = if white == White::All { triangle(data, n, d) } else { earlier.clone() };
        let (_, values, vectors) = sorted_svd(&windows);
        let map = DMatrix::from_fn(p, r, |i, j| vectors[(i, j)] / values[j]);
        let (before, after) = (earlier * &map, pairs.columns(0, p) * &map);
        let own = before.tr_mul(&before).try_inverse().expect("white coordinates are independent");
        Self { operator: after.tr_mul(&before) * own, map, windows, values }
    }

    /// s_k / s_1 of direction k, from 1 on.
    pub(crate) fn part(&self, k: usize) -> f64 {
        self.values[k - 1] / self.values[0]
    }

    fn error(&self, (operator, map): (DMatrix<f64>, DMatrix<f64>)) -> f64 {
        let between = (&self.windows * map).tr_mul(&(&self.windows * &self.map));
        let svd = between.svd(true, true);
        let turn = svd.u.expect("asked for") * svd.v_t.expect("asked for");
        (operator - &turn * &self.operator * turn.transpose()).norm() / self.operator.norm()
    }
}

/// U, S, V with descending values.
fn sorted_svd(a: &DMatrix<f64>) -> (DMatrix<f64>, Vec<f64>, DMatrix<f64>) {
    // nalgebra sorts what `svd` returns.
    let svd = a.clone().svd(true, true);
    let values = svd.singular_values.iter().copied().collect();
    (svd.u.expect("asked for"), values, svd.v_t.expect("asked for").transpose())
}

fn widened(a: MatRef<'_, f32>) -> DMatrix<f64> {
    DMatrix::from_fn(a.rows(), a.cols(), |i, j| f64::from(a.at(i, j)))
}

/// Sums of every lag with the edges of the recording, all in `f32`, against the batch.
///
/// # Errors
/// What the library refuses, such as a rank beyond what the sums can tell.
pub(crate) fn error_with_edges(
    data: &[f32],
    (n, d, r): (usize, usize, usize),
    batch: &Batch,
) -> Result<f64, Error> {
    let embedding = Embedding::new(d, 1);
    let mut memory = vec![0.0; Gram::<f32>::memory_len(n, embedding)];
    let mut gram = Gram::new_in(n, embedding, 1, 1.0, &mut memory)?;
    gram.push_trial(&Recording::new(data, n)?)?;
    let shape = Shape { channels: n, delays: d, rank: r };
    let mut memory = vec![0.0; Dmd::statistics_memory_len(shape)];
    // The mean is gone already.
    let dmd = Dmd::new().delays(d).rank(Rank::Fixed(r)).ridge(0.0).centre(Centre::None);
    let model = dmd.fit_statistics_in(&gram, &mut memory)?;
    let mut map = widened(model.basis());
    for (mut column, value) in map.column_iter_mut().zip(model.singular_values()) {
        column /= f64::from(*value);
    }
    Ok(batch.error((widened(model.operator()), map)))
}

/// Sums of lags as the monitor makes them, each over its own pairs: shifted, in blocks, the mean corrected for at the
/// end; the operator of the matrices that they fill, all in `f32`, against the batch.
pub(crate) fn error_without_edges(
    data: &[f32],
    (n, d, r): (usize, usize, usize),
    batch: &Batch,
) -> Result<f64, Error> {
    let p = n * d;
    let covariances = covariances(data, n, d)?;
    let gram = |ahead: usize| {
        DMatrix::from_fn(p, p, |i, j| {
            let (row, column) = ((i / n, i % n), (j / n, j % n));
            let forward = column.0 + ahead;
            if forward >= row.0 {
                covariances[forward - row.0][column.1 * n + row.1]
            } else {
                covariances[row.0 - forward][row.1 * n + column.1]
            }
        })
    };
    let (mut now, ahead) = (gram(0), gram(1));
    let (mut values, mut vectors) = (vec![0.0_f32; p], vec![0.0; p * r]);
    symmetric::leading_in(
        &mut MatMut::new(now.as_mut_slice(), p, p)?,
        &mut values,
        &mut MatMut::new(&mut vectors, p, r)?,
        &mut vec![0.0; symmetric::leading_memory_len(p)],
    )?;
    let map = DMatrix::from_fn(p, r, |i, j| vectors[j * p + i] / values[j].sqrt());
    let operator = map.tr_mul(&(ahead * &map));
    Ok(batch.error((operator.cast(), map.cast())))
}

/// R_0 .. R_d, shifted by the mean of the first 200 samples.
fn covariances(data: &[f32], n: usize, d: usize) -> Result<Vec<Vec<f32>>, Error> {
    let rows = data.chunks(n).take(200);
    let shift: Vec<f32> =
        (0..n).map(|c| rows.clone().map(|row| row[c]).sum::<f32>() / 200.0).collect();
    let memory = || vec![0.0_f32; LagCovariance::<f32, ()>::memory_len(n, d)];
    let mut block = LagCovariance::new_in(n, d, &shift, memory())?;
    let mut all = LagCovariance::new_in(n, d, &shift, memory())?;
    for samples in data.chunks(SUMMED * n) {
        for sample in samples.chunks(n) {
            block.push(sample)?;
        }
        all.merge(&block)?;
        block.clear();
    }
    let covariance = |lag| {
        let mut out = vec![0.0; n * n];
        all.covariance_in(lag, &mut out).map(|()| out)
    };
    (0..=d).map(covariance).collect()
}

/// Every channel farther from zero by this many of its standard deviations.
pub(crate) fn offset(data: &[f64], channels: usize, deviations: f64) -> Vec<f32> {
    let samples = (data.len() / channels) as f64;
    let spread = |channel: usize| {
        let squares = data.iter().skip(channel).step_by(channels).map(|x| x * x);
        (squares.sum::<f64>() / samples).sqrt()
    };
    let away: Vec<f64> = (0..channels)
        .map(|c| if c % 2 == 0 { deviations } else { -deviations } * spread(c))
        .collect();
    data.iter().enumerate().map(|(k, x)| (x + away[k % channels]) as f32).collect()
}

/// What is found of smoothed rates, n 4 and d 10.
pub(crate) struct Steep {
    /// Rank, s_r / s_1, error of the operator: for all of at least 3e-3.
    pub(crate) kept: Vec<(usize, f64, f64)>,
    /// What the next rank is refused with, by the sums and by a calibration. The second looks at the lags of an
    /// autoregression first, and may say that they are singular.
    pub(crate) next: Option<Error>,
    pub(crate) calibration: Option<String>,
}

impl Steep {
    /// Whether the sums refuse the rank below the cut, and say which there is.
    pub(crate) fn is_refused(&self) -> bool {
        let available = self.kept.len();
        self.next == Some(Error::RankTooLarge { requested: available + 1, available })
    }
}

/// Every rank that single precision can tell of 20 000 samples of smoothed rates, and the first that it cannot.
pub(crate) fn steep(seed: u64) -> Result<Steep, String> {
    const CUT: f64 = 3e-3;
    let (n, d) = (4, 10);
    // A calibration takes 30 000.
    let whole = single(&smoothed_rates(seed, n, 30_000)?);
    let data = &whole[..20_000 * n];
    let mut kept = Vec::new();
    let next = loop {
        let rank = kept.len() + 1;
        let batch = batch(data, (n, d, rank));
        let part = batch.part(rank);
        let found = error_with_edges(data, (n, d, rank), &batch);
        if part < CUT {
            break found.err();
        }
        kept.push((rank, part, found.map_err(|error| format!("rank {rank}, {part}: {error}"))?));
    };
    let shape = Shape { channels: n, delays: d, rank: kept.len() + 1 };
    let calibration = calibration(&whole, shape, Scores::SpectraAndOperator).err();
    Ok(Steep { kept, next, calibration })
}

/// The batch of a recording in `f32`, less its mean.
pub(crate) fn batch_of_centred(data: &[f32], sizes: (usize, usize, usize)) -> Batch {
    let mut data = double(data);
    centre(&mut data, sizes.0);
    Batch::of(&data, sizes, White::Earlier)
}

/// The batch of a recording in `f32`, as it is.
pub(crate) fn batch(data: &[f32], sizes: (usize, usize, usize)) -> Batch {
    Batch::of(&double(data), sizes, White::All)
}

/// What a device is given instead of the recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    /// Standard deviations of the calibration that every channel is away from zero.
    pub(crate) offset: f64,
    /// Gains are 10^U(-spread, spread).
    pub(crate) spread: f64,
}

impl Seen {
    pub(crate) const ALL: [Self; 4] = [
        Self { offset: 0.0, spread: 0.0 },
        Self { offset: 100.0, spread: 0.0 },
        Self { offset: 0.0, spread: 1.5 },
        Self { offset: 100.0, spread: 1.5 },
    ];

    /// Offsets and gains of a subject, by its calibration.
    fn of(self, seed: u64, calibration: &Session) -> Vec<(f64, f64)> {
        let (n, mut random) = (calibration.channels, Random::new(seed, STREAM));
        let mut channel = |c: usize| {
            let values: Vec<f64> = calibration.data.iter().skip(c).step_by(n).copied().collect();
            let (middle, count) = (mean(&values), values.len() as f64);
            let variance = values.iter().map(|x| (x - middle).powi(2)).sum::<f64>() / count;
            let sign = if random.index(2) == 0 { -1.0 } else { 1.0 };
            let gain = libm::pow(10.0, random.uniform(-1.0, 1.0) * self.spread);
            (sign * self.offset * variance.sqrt(), gain)
        };
        (0..n).map(&mut channel).collect()
    }
}

/// Score, z and z of the noise level of a window of 60 s, in the scalar of the calibration.
fn readings<T: Scalar>(
    calibration: &Calibration<T, Vec<T>>,
    window: &[T],
) -> Result<[f64; 3], String> {
    let settings = MonitorSettings::new().report_every(6).artefact(f32::MAX);
    let (shape, scores) = (calibration.shape(), calibration.scores());
    let memory = vec![T::from(0.0); Monitor::<T, ()>::memory_len(shape, scores, Window::Blocks(6))];
    let mut monitor = Monitor::new_in(calibration, settings, memory).map_err(told)?;
    for row in window.chunks(shape.channels) {
        monitor.push(row).map_err(told)?;
    }
    let report = monitor.poll(usize::MAX).ok_or("a window without a report")?;
    let (dynamics, noise) = report.dynamics.zip(report.noise).ok_or("a window without a score")?;
    Ok([dynamics.score, dynamics.z, noise.z].map(Into::into))
}

/// How far score (relative), z and z of the noise level are in `f32` from those in `f64` on the same samples, with the same
/// calibration rounded: two windows of a subject, without a change and 20 % faster.
pub(crate) fn rounding_of_scores(
    subject: &Subject,
    shape: Shape,
    seen: Seen,
) -> Result<Vec<[f64; 3]>, String> {
    let n = shape.channels;
    let mut reference = subject.record(Scenario::None, 600.0, CALIBRATION)?;
    let channels = seen.of(subject.modes().frequencies[0].to_bits(), &reference);
    let received = |session: &mut Session| {
        for row in session.data.chunks_mut(n) {
            for (x, (offset, gain)) in row.iter_mut().zip(&channels) {
                *x = f64::from(((*x + offset) * gain) as f32);
            }
        }
    };
    received(&mut reference);
    let wide = calibration(&reference.data, shape, Scores::Spectra)?;
    let narrow = calibration(&single(&reference.data), shape, Scores::Spectra)?;
    let changes = [(Scenario::None, PLAIN), (Scenario::TimeScale(1.2), CHANGED)];
    let of = |(scenario, session)| {
        let mut window = subject.record(scenario, 60.0, session)?;
        received(&mut window);
        let expected = readings(&wide, &window.data)?;
        let found = readings(&narrow, &single(&window.data))?;
        let [score, z, noise] = [0, 1, 2].map(|k| (found[k] - expected[k]).abs());
        Ok([score / expected[0], z, noise])
    };
    changes.into_iter().map(of).collect()
}
