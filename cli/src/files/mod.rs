//! Files: recordings, operators and calibrations in, results out.

pub mod calibration;
pub mod checkpoint;
pub mod model;
pub mod read;
pub mod stream;
