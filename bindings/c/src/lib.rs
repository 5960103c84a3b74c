//! The C interface: a static library whose header is `include/dynamical_similarity.h`.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `status` | status codes, their messages, the details of a refusal |
//! | `pointers` | pointers from C, checked before they are followed |
//! | `held` | states of the library that C keeps between calls |
//! | `fit` | fits of operators to recordings |
//! | `prediction` | samples predicted by an operator |
//! | `distance` | distances between operators |
//! | `stream` | delay windows one sample at a time |
//! | `lags` | lag covariances one sample at a time |
//! | `calibrator`, `calibration` | references of monitors: recorded, stored, read |
//! | `monitor`, `monitor_settings`, `report` | are the dynamics of a stream still those of its calibration? |
//!
//! Every function takes its memory from the caller, keeps no state of its own, and returns a status. Results
//! are written only if the status is `DS_OK`.
#![no_std]
#![allow(non_camel_case_types)]

#[cfg(not(target_os = "none"))]
extern crate std;

mod calibration;
mod calibrator;
mod distance;
mod fit;
mod held;
mod lags;
mod monitor;
mod monitor_settings;
mod operators;
mod pointers;
mod prediction;
mod report;
mod status;
mod stream;

pub use calibration::*;
pub use calibrator::*;
pub use distance::*;
pub use fit::*;
pub use lags::*;
pub use monitor::*;
pub use monitor_settings::*;
pub use operators::*;
pub use prediction::*;
pub use report::*;
pub use status::*;
pub use stream::*;

/// Nothing in the library panics. A linked program that still contains this function could.
#[cfg(all(feature = "panic-handler", target_os = "none"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
