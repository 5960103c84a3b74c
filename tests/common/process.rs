//! A linear process that the monitor watches, and monitors of it.

use super::Noise;
use dynamical_similarity::monitor::{
    Calibration, Calibrator, CalibratorSettings, Monitor, MonitorSettings, Report, Scores, Window,
};
use dynamical_similarity::{Scalar, Shape};

/// Damped rotations and slow modes, seen by channels that mix them and add noise of their own.
#[derive(Clone)]
pub struct Process {
    pub state: Vec<f64>,
    pub mixing: Vec<f64>,
    pub noise: Noise,
    /// Factor on all frequencies and rates of decay.
    pub speed: f64,
    /// Of the noise of a channel.
    pub own: f64,
}

pub const N: usize = 4;

impl Process {
    /// The mixture belongs to the subject, the noise to the run.
    pub fn new(subject: u64, run: u64) -> Self {
        let mut noise = Noise(subject);
        let mixing = (0..N * N)
            .map(|k| 0.6 * noise.normal() + f64::from(u8::from(k % N == k / N)))
            .collect();
        let noise = Noise(run.wrapping_mul(0x1234_5678_9ABC_DEF1));
        let mut new = Self { state: vec![0.0; N], mixing, noise, speed: 1.0, own: 0.3 };
        for _ in 0..300 {
            new.next();
        }
        new
    }

    pub fn next(&mut self) -> Vec<f64> {
        let old = self.state.clone();
        for (pair, x) in old.chunks(2).enumerate() {
            let decay = (-0.06 * self.speed * (1.0 + pair as f64)).exp();
            let (sin, cos) = (self.speed * (0.25 + 0.3 * pair as f64)).sin_cos();
            self.state[2 * pair] = decay * (cos * x[0] - sin * x[1]) + 0.3 * self.noise.normal();
            self.state[2 * pair + 1] =
                decay * (sin * x[0] + cos * x[1]) + 0.3 * self.noise.normal();
        }
        let own = self.own;
        let mut sample = mixed(&self.mixing, &self.state);
        sample.iter_mut().for_each(|x| *x += own * self.noise.normal());
        sample
    }
}

/// M x, M column-major.
pub fn mixed(m: &[f64], x: &[f64]) -> Vec<f64> {
    let n = x.len();
    (0..n).map(|i| (0..n).map(|j| m[j * n + i] * x[j]).sum()).collect()
}

pub const SHAPE: Shape = Shape { channels: N, delays: 5, rank: 4 };

pub fn cast<T: Scalar>(x: &[f64]) -> Vec<T> {
    // The only public way into a scalar is through f32.
    x.iter().map(|x| T::from(*x as f32)).collect()
}

pub fn calibrated<T: Scalar>(
    settings: CalibratorSettings,
    process: &mut Process,
) -> Calibration<T, Vec<T>> {
    let memory = vec![T::from(f32::NAN); Calibrator::<T, ()>::memory_len(settings)];
    let mut calibrator = Calibrator::new_in(settings, &[T::from(0.0); N], memory).unwrap();
    while !calibrator.is_complete() {
        calibrator.push(&cast::<T>(&process.next())).unwrap();
    }
    let scores = Scores::SpectraAndOperator;
    let length = Calibration::<T, ()>::memory_len(SHAPE, scores);
    // The longer of the two: what is not needed is left alone.
    calibrator.finish_in(vec![T::from(f32::NAN); length]).unwrap()
}

pub fn settings() -> CalibratorSettings {
    CalibratorSettings::new(SHAPE, 50.0).scores(Scores::SpectraAndOperator)
}

/// A calibration of a subject in `f32`.
pub fn known(subject: u64) -> Calibration<f32, Vec<f32>> {
    calibrated(settings(), &mut Process::new(subject, 1000 + subject))
}

pub fn monitor(
    calibration: &Calibration<f32, Vec<f32>>,
    settings: MonitorSettings,
    window: Window,
) -> Monitor<f32, Vec<f32>> {
    let length = Monitor::<f32, ()>::memory_len(SHAPE, calibration.scores(), window);
    Monitor::new_in(calibration, settings.window(window), vec![f32::NAN; length]).unwrap()
}

pub fn usual(calibration: &Calibration<f32, Vec<f32>>) -> Monitor<f32, Vec<f32>> {
    monitor(calibration, MonitorSettings::new(), Window::Blocks(6))
}

/// All reports of `samples` samples.
pub fn reports(
    monitor: &mut Monitor<f32, Vec<f32>>,
    samples: usize,
    mut next: impl FnMut() -> Vec<f64>,
) -> Vec<Report<f32>> {
    (0..samples)
        .filter_map(|_| {
            monitor.push(&cast::<f32>(&next())).unwrap();
            monitor.poll(usize::MAX)
        })
        .collect()
}

pub fn z(reports: &[Report<f32>]) -> Vec<f64> {
    reports.iter().filter_map(|report| Some(f64::from(report.dynamics?.z))).collect()
}

pub fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}
