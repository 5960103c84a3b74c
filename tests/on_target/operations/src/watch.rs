//! The monitor on a simulated stream: its calibration, its reports, and its units of work one by one.

use crate::Number;
use crate::input::fill;
use dynamical_similarity::monitor::{
    Calibration, Calibrator, CalibratorSettings, Monitor, MonitorSettings, Report, Scores, Window,
};
use dynamical_similarity::{Error, MatRef, Shape};

/// Channels, delays and ranks whose units are counted.
pub const SHAPES: [Shape; 4] = [
    Shape { channels: 4, delays: 5, rank: 4 },
    Shape { channels: 8, delays: 5, rank: 8 },
    Shape { channels: 16, delays: 5, rank: 8 },
    Shape { channels: 16, delays: 20, rank: 16 },
];
/// Blocks of a calibration, and samples of a block of it and of the monitor.
const BLOCKS: usize = 5;
const BLOCK: usize = 600;

/// Many entries of a window want more samples.
const fn block(shape: Shape) -> usize {
    if shape.width() > 160 { 5 * BLOCK } else { BLOCK }
}

/// The most channels.
const CHANNELS: usize = 16;
/// What the largest shape takes, in scalars.
pub const ROOM: usize = 160_000;

/// Damped rotations and slow modes, each channel a mixture of three of them with noise of its own.
#[derive(Clone)]
pub struct Source {
    state: [f64; CHANNELS],
    seed: u64,
}

impl Source {
    /// At rest.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: [0.0; CHANNELS], seed }
    }

    /// The next sample; `turn` is the angle of the first rotation in a step.
    pub fn next<T: Number>(&mut self, turn: f64, to: &mut [T]) {
        let mut noise = [0.0_f64; 2 * CHANNELS];
        self.seed = self.seed.wrapping_add(1);
        fill::<f64>(&mut noise, self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (driving, own) = noise.as_chunks::<CHANNELS>().0.split_at(1);
        let driving = driving.as_flattened();
        for (pair, (x, e)) in
            self.state.as_chunks_mut::<2>().0.iter_mut().zip(driving.as_chunks::<2>().0).enumerate()
        {
            let ([a, b], [e, f]) = (*x, *e);
            let (angle, decay) = (turn * (1.0 + 0.6 * pair as f64), 0.95 - 0.03 * pair as f64);
            // A rotation to second order, which no library rounds otherwise elsewhere.
            let cos = 1.0 - 0.5 * angle * angle;
            *x = [decay * (cos * a - angle * b) + e, decay * (angle * a + cos * b) + f];
        }
        let width = to.len().max(1);
        for (i, to) in to.iter_mut().enumerate() {
            let of = |k: usize| {
                let at = (i + k).checked_rem(width).unwrap_or(0);
                self.state.get(at).copied().unwrap_or(0.0)
            };
            let own = own.as_flattened().get(i).copied().unwrap_or(0.0);
            *to = T::of(of(0) + 0.5 * of(1) - 0.3 * of(3) + 0.4 * own);
        }
    }
}

fn calibrator_settings(shape: Shape, scores: Scores) -> CalibratorSettings {
    CalibratorSettings::new(shape, 50.0).scores(scores).blocks(BLOCKS).block(block(shape))
}

/// A calibration in the first of the memory; what is left of it.
///
/// # Errors
/// None: an error is a failure of the suite. So for all that follow.
pub fn calibrate<T: Number>(
    shape: Shape,
    scores: Scores,
    memory: &mut [T],
) -> Result<(Calibration<T, &mut [T]>, &mut [T]), Error> {
    let length = Calibration::<T, ()>::memory_len(shape, scores);
    let (kept, rest) = memory.split_at_mut_checked(length).unwrap_or_default();
    let zero = [T::default(); CHANNELS];
    let shift = zero.get(..shape.channels).unwrap_or_default();
    let settings = calibrator_settings(shape, scores);
    let mut calibrator = Calibrator::new_in(settings, shift, &mut *rest)?;
    let (mut source, mut sample) = (Source::new(1), zero);
    while !calibrator.is_complete() {
        let sample = sample.get_mut(..shape.channels).unwrap_or_default();
        source.next(0.2, sample);
        calibrator.push(sample)?;
    }
    Ok((calibrator.finish_in(kept)?, rest))
}

/// A monitor that has seen nothing.
pub fn monitor<'m, T: Number>(
    calibration: &Calibration<T, &mut [T]>,
    window: Window,
    memory: &'m mut [T],
) -> Result<Monitor<T, &'m mut [T]>, Error> {
    let settings =
        MonitorSettings::new().window(window).block(BLOCK).report_every(2).least_pairs(500);
    Monitor::new_in(calibration, settings, memory)
}

/// One sample into a monitor.
#[inline(never)]
pub fn push<T: Number>(monitor: &mut Monitor<T, &mut [T]>, sample: &[T]) -> Result<(), Error> {
    monitor.push(sample)
}

/// One unit of work.
#[inline(never)]
pub fn poll<T: Number>(monitor: &mut Monitor<T, &mut [T]>) -> Option<Report<T>> {
    monitor.poll(1)
}

/// Reports, and the operators behind them, of a stream whose rotation becomes faster, a few units after each sample.
pub fn reports<T: Number>(
    monitor: &mut Monitor<T, &mut [T]>,
    shape: Shape,
    mut report: impl FnMut(Report<T>, Option<MatRef<'_, T>>),
) -> Result<(), Error> {
    let (mut source, mut sample) = (Source::new(2), [T::default(); CHANNELS]);
    for t in 0..8 * BLOCK {
        let sample = sample.get_mut(..shape.channels).unwrap_or_default();
        source.next(if t < 4 * BLOCK { 0.2 } else { 0.23 }, sample);
        push(monitor, sample)?;
        for _ in 0..40 {
            if let Some(found) = poll(monitor) {
                report(found, monitor.operators().map(|(_, window)| window));
            }
        }
    }
    Ok(())
}
