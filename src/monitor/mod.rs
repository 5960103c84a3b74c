//! The monitor: are the dynamics of a stream still those that a decoder was trained on?
//!
//! A [`Calibrator`] takes ten minutes of normal samples and makes a [`Calibration`] from them: the spectra of the operator
//! of the dynamics, an autoregression, and the null band of each score. A [`Monitor`] takes samples and reports every
//! half minute how far the last minute is from the calibration. Nothing allocates, nothing panics, and all memory is
//! the caller's. The work between samples is done in bounded units, and the same samples give the same bits however
//! the units are spread.
//!
//! # States
//!
//! | [`Status`] | what it means | begins | ends |
//! | --- | --- | --- | --- |
//! | `Ok` | the scores are within their null bands | | |
//! | `Warning` | a score of the dynamics is outside its null band | CUSUM above 8, or z > 3 three times in a row | z < 1.5 twice in a row |
//! | `Alarm(Dynamics)` | in addition, the score has exceeded the margin (0.08 rad) | the score is above the margin during a warning | with the warning |
//! | `Alarm(Geometry)` | the channels see other mixtures of the same dynamics | gate z > 4 three times in a row | gate z < 1.5 twice in a row |
//! | `Alarm(Both)` | both alarms hold | | |
//! | `InsufficientData(Pairs)` | some lag has fewer than 1500 pairs | | with the next report that has enough |
//! | `InsufficientData(Excitation)` | the window is no more predictable than white noise: q < 2 n d / N | | |
//! | `InsufficientData(Rank)` | fewer than r singular values are above 3e-3 of the largest | | |
//! | `InvalidInput(NonFinite, Saturated, Stuck, Artefact)` | more than 10 % of the samples were discarded, most of them for this reason | | |
//! | `InvalidInput(Dead)` | some channels have less than 1e-4 of their variance in the calibration | | |
//! | `InvalidInput(Clock)` | the sample numbers went back, or jumped by more than a block | | one report interval later |
//!
//! Both unit turnover (no change of dynamics) and slow drift (a real change) can push the score outside its null band.
//! As long as the score stays below the margin, a geometry alarm is not upgraded to `Both`; [`Report::warned`] says
//! that the score has left its null band.
//!
//! The checks run in the order input, data, rank, scores. When one fails, the decision is frozen: neither the CUSUM nor
//! the runs change, and [`Report::standing`] still gives the last decision. The two scores answer two questions:
//!
//! | gate | spectral score | reading |
//! | --- | --- | --- |
//! | in band | in band | nothing has changed |
//! | out | in band | the same dynamics through other channels (drift, turnover, remix), or a topology that has changed in few dimensions |
//! | out | out | other dynamics |
//!
//! # What is computed
//!
//! 1. *Per sample*: the mean of the calibration is subtracted, and the result is divided by its standard deviations. A
//!    sample that is not finite, saturated, stuck, or beyond 8 standard deviations is discarded. The products
//!    x_t x_{t-k}ᵀ, k = 0 .. d, are summed with a count of pairs for each lag, so that a missing sample costs the pairs
//!    that it would have been in and biases none. Sums run over blocks of 500 samples, which keeps the digits of `f32`;
//!    a window is 6 blocks, or all of them with exponential weights.
//! 2. *Gate*: the log det of the errors that the calibration's autoregression of order d makes in the window, less that
//!    of the errors of the window's own (Itakura, IEEE Trans. ASSP 23 (1975) 67). The gate sees any change, including a
//!    remix of the channels.
//! 3. *Excitation*: q = 1 - (det E / det R_0)^(1/n), where E is the error covariance of the window's own autoregression
//!    and R_k are the covariances of the window. White noise gives n d / N.
//! 4. *Whitening*: R_k <- R_0^{-1/2} R_k R_0^{-1/2}, after each channel has been scaled to variance one. An invertible
//!    mixture of the channels then leaves only a rotation.
//! 5. *Operator*: let G_0 be the Gram matrix of delay vectors (blocks R_{b-a}) and G_1 that of pairs one step apart
//!    (R_{b-a+1}). Then A = T' G_1 T, where T = U_r S_r⁻¹ holds the r leading directions of G_0, found by subspace
//!    iteration. A is the DMD operator of the white channels up to O(r / N). No n d x n d matrix is formed.
//! 6. *Score*: 2 asin(chord / 2), chord² = sum (lambda_i(S) - lambda_i(S_0))² + sum (sigma_i(K) - sigma_i(K_0))² over
//!    the sorted spectra of the symmetric and the skew part of A / |A|. It is a lower bound of the Procrustes angle
//!    ([`Procrustes`](crate::Procrustes)), close to it for drifts of one system, and zero for systems that are equal up
//!    to a rotation. Optionally, the same score is computed for the operator between canonical variates of past and
//!    future. It uses lags from 1 on only, so that noise of single samples does not enter.
//!
//!    [`Monitor::reference`] and [`Monitor::operator`] give the two operators, so that the Procrustes angle itself can be
//!    computed on request. No decision depends on it.
//! 7. *Null band*: each of the K = 20 blocks of the calibration against all others gives a score s_i. Let mu be the mean
//!    of ln s_i and sd their standard deviation, shrunk to sqrt(((K - 1) sd² + K prior²) / (2 K - 1)) (prior 0.45, 0.36
//!    canonical, 0.2 gate). Then z = (ln s - mu - shift) / sd. A distance falls with the length of the windows as
//!    sqrt(1/N + 1/N_ref), and the gate as 1/N + 1/N_ref, so the shift is 1/2 ln((1/N + 1/N_ref) / (1/N_b + 1/(N_ref -
//!    N_b))) for distances and twice that for the gate. N is the effective number of samples in the window, after losses
//!    and weights: (sum w)² / sum w².
//! 8. *Decision*: a CUSUM S <- min(2 h, max(0, S + clip(z, -4, 4) - k)) with k = 1 and h = 8 (Page, Biometrika 41 (1954)
//!    100), or three reports in a row above the limit.
//!
//! # Cost
//!
//! | n, d, r | sample, multiply-adds | report, units | bytes in `f32`, 6 blocks | with forgetting |
//! | --- | --- | --- | --- | --- |
//! | 4, 5, 4 | 96 | 640 to 740 | 6 776 | 4 516 |
//! | 8, 5, 8 | 384 | 1 100 to 1 300 | 22 184 | 14 084 |
//! | 16, 5, 8 | 1 536 | 2 300 | 73 656 | 42 356 |
//!
//! Bytes are [`Monitor::memory_len`] without canonical variates; units are measured with them. [`Monitor::poll`] says
//! what a unit is. Instructions on a Cortex-M4F (`tests/on_target/costs/cortex-m4f-f32-monitor.tsv`; a simulated
//! stream, no canonical variates); the most expensive sample is one that also adds a block to a window:
//!
//! | n, d, r | most expensive sample | most expensive unit | report | stack, bytes |
//! | --- | --- | --- | --- | --- |
//! | 4, 5, 4 | 2 200 | 5 200 | 0.9 million | 1 400 |
//! | 8, 5, 8 | 3 800 | 18 500 | 3.5 million | 1 400 |
//! | 16, 5, 8 | 11 000 | 90 700 | 30 million (18 iterations) | 1 400 |
//! | 16, 20, 16 | 29 400 | 109 900 | 550 million | 1 496 |
//!
//! # Accuracy
//!
//! Score in `f32` against the definition in `f64` with whole matrices (simulated streams, windows of 3000 samples,
//! offsets of 100 standard deviations, gains over three decades): 5e-5 rad for n = 4 and 8, 1e-3 for n = 16, r = 8,
//! where the tolerance of the iteration (1e-5 of the sum of Ritz values) shows. On 36 simulated subjects: at most 1.7e-4
//! for n = 4 and 8, 1.2e-3 for n = 16, r = 8, and 2.0e-3 for r = 16. Sums over a million samples: 9e-7 in blocks, 6e-5 in
//! one piece. Gate: 4e-5 of its value.
//!
//! # What it does not see
//!
//! - A linear remix and a change of topology in few dimensions (a ring that becomes a line) look alike to gate and
//!   score; the canonical variates help.
//! - A full turnover of the recorded units moves the score as much as a change of 10 to 20 % in the time scale: a
//!   margin that tolerates turnover hides such a change. The default margin belongs to r = 8 and a simulated motor cortex;
//!   measure it on your own recordings.
//! - The null band is that of a stationary calibration. Arousal and posture widen it: calibrate over every state that
//!   should count as normal.
//! - If more than 15 % of the pairs are lost, the gate is biased and is not reported.
//! - A small score does not prove that two systems are conjugate.
//!
//! # Example
//!
//! ```
//! use dynamical_similarity::monitor::{
//!     Alarm, Calibration, Calibrator, CalibratorSettings, Monitor, MonitorSettings, Scores, Status, Window,
//! };
//! use dynamical_similarity::Shape;
//!
//! /// A damped rotation, driven by noise.
//! struct Rotation(f32, f32, u32);
//! impl Rotation {
//!     fn next(&mut self, angle: f32) -> [f32; 2] {
//!         let (sin, cos) = angle.sin_cos();
//!         let mut noise = || {
//!             self.2 = self.2.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
//!             (self.2 >> 8) as f32 / (1 << 23) as f32 - 1.0
//!         };
//!         let (x, y) = (noise() + 0.9 * (cos * self.0 - sin * self.1), noise() + 0.9 * (sin * self.0 + cos * self.1));
//!         (self.0, self.1) = (x, y);
//!         [x, y]
//!     }
//! }
//!
//! const SHAPE: Shape = Shape { channels: 2, delays: 5, rank: 2 };
//! const SETTINGS: CalibratorSettings = CalibratorSettings::new(SHAPE, 50.0);
//! const WINDOW: Window = Window::Blocks(6);
//! let mut subject = Rotation(0.0, 0.0, 1);
//! let mut calibrator =
//!     Calibrator::new_in(SETTINGS, &[0.0; 2], [0.0_f32; Calibrator::<f32, ()>::memory_len(SETTINGS)])?;
//! while !calibrator.is_complete() {
//!     calibrator.push(&subject.next(0.3))?;
//! }
//! let calibration = calibrator.finish_in([0.0; Calibration::<f32, ()>::memory_len(SHAPE, Scores::Operator)])?;
//!
//! let memory = [0.0; Monitor::<f32, ()>::memory_len(SHAPE, Scores::Operator, WINDOW)];
//! let mut monitor = Monitor::new_in(&calibration, MonitorSettings::new().window(WINDOW), memory)?;
//! let mut statuses = Vec::new();
//! for t in 0..30_000 {
//!     let angle = if t < 15_000 { 0.3 } else { 0.5 };
//!     monitor.push(&subject.next(angle))?;
//!     if let Some(report) = monitor.poll(20) {
//!         statuses.push(report.status);
//!     }
//! }
//! assert!(statuses[1..10].iter().all(|status| *status == Status::Ok));
//! assert_eq!(statuses.last(), Some(&Status::Alarm(Alarm::Both)));
//! # Ok::<(), dynamical_similarity::Error>(())
//! ```

mod analysis;
mod blocks;
mod calibration;
mod codec;
mod decision;
mod front_end;
mod input;
#[allow(clippy::module_inception)]
mod monitor;
mod operators;
mod poll;
mod push;
mod report;
mod saved_pages;
mod saved_state;
mod scores;
mod settings;
mod sizes;

pub use calibration::calibrator::{Calibrator, CalibratorSettings};
pub use calibration::{Calibration, NullBand};
pub use decision::{CUSUM_LIMIT, DYNAMICS_LIMIT, GATE_LIMIT};
pub use front_end::{FrontEnd, FrontEndSample};
pub use monitor::Monitor;
pub use report::{Alarm, Fault, Insufficient, Reading, Report, Status};
pub use saved_pages::{NextPage, SavedPages};
pub use scores::Scores;
pub use settings::{MonitorSettings, Window};
