//! A monitor of dynamics.

mod analysis;
mod blocks;
mod calibration;
mod calibrator;
mod canonical;
mod decision;
#[cfg(test)]
mod definition;
mod gate;
mod input;
mod job;
mod report;
mod score;
mod settings;
mod sizes;
mod state;
mod stream;
mod subspace;
mod whiten;
mod words;

pub use calibration::Calibration;
pub use calibrator::{Calibrator, CalibratorSettings};
pub use report::{Alarm, Fault, Insufficient, Reading, Report, Status};
pub use settings::{MonitorSettings, Scores, Window};
pub use stream::Monitor;
