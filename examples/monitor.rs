//! A monitor on a host: ten minutes of what is normal, then a stream whose dynamics change half-way.
//!
//! Run it: `cargo run --example monitor`

use dynamical_similarity::monitor::{
    Alarm, Calibration, Calibrator, CalibratorSettings, Monitor, MonitorSettings, Scores, Status,
    Window,
};
use dynamical_similarity::{Error, Shape};

const SHAPE: Shape = Shape { channels: 2, delays: 5, rank: 2 };
const SETTINGS: CalibratorSettings = CalibratorSettings::new(SHAPE, 50.0); // samples per second
const WINDOW: Window = Window::Blocks(6);

/// A rotation by `angle` per sample, damped and driven by noise.
fn next(at: &mut [f32; 2], state: &mut u32, angle: f32) -> [f32; 2] {
    let mut noise = || {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (*state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let (sine, cosine) = angle.sin_cos();
    let [x, y] = *at;
    *at = [noise() + 0.9 * (cosine * x - sine * y), noise() + 0.9 * (sine * x + cosine * y)];
    *at
}

pub(crate) fn main() -> Result<(), Error> {
    let (mut at, mut state) = ([0.0; 2], 1);
    let memory = [0.0_f32; Calibrator::<f32, ()>::memory_len(SETTINGS)];
    let mut calibrator = Calibrator::new_in(SETTINGS, &[0.0; 2], memory)?;
    while !calibrator.is_complete() {
        calibrator.push(&next(&mut at, &mut state, 0.3))?;
    }
    let memory = [0.0; Calibration::<f32, ()>::memory_len(SHAPE, Scores::Spectra)];
    let calibration = calibrator.finish_in(memory)?;

    let memory = [0.0; Monitor::<f32, ()>::memory_len(SHAPE, Scores::Spectra, WINDOW)];
    let settings = MonitorSettings::new().window(WINDOW);
    let mut monitor = Monitor::new_in(&calibration, settings, memory)?;
    let mut last = Status::Ok;
    for t in 0..30_000 {
        monitor.push(&next(&mut at, &mut state, if t < 15_000 { 0.3 } else { 0.5 }))?;
        if let Some(report) = monitor.poll(20) {
            println!("after {:3} s: {:?}", report.samples / 50, report.status);
            last = report.status;
        }
    }
    assert_eq!(last, Status::Alarm(Alarm::Dynamics));
    Ok(())
}
