//! The monitor: are the dynamics of a stream still those that a decoder was trained on?
//!
//! A [`Calibrator`] takes ten minutes of normal samples and makes a [`Calibration`] from them: the lag spectra of the
//! dynamics, an autoregression, and the null band of each score. A [`Monitor`] takes samples and reports every
//! half minute how far the last minute is from the calibration. Nothing allocates, nothing panics, and all memory is
//! the caller's. The work between samples is done in bounded units, and the same samples give the same bits however
//! the units are spread.
//!
//! # States
//!
//! | [`Status`] | what it means | begins | ends |
//! | --- | --- | --- | --- |
//! | `Ok` | nothing has changed | | |
//! | `Warning` | the score of the dynamics is outside its null band | CUSUM above 8, or z > 3 three times in a row | z < 1.5 twice in a row |
//! | `Alarm(Dynamics)` | in addition, the score has exceeded the margin (2.5) | the score is above the margin during a warning | with the warning |
//! | `Alarm(Open)` | something has changed, and its cause is not known yet | gate z > 4 three times in a row | when a cause is named, or gate z < 1.5 twice in a row |
//! | `Alarm(Geometry)` | the channels see other mixtures of the same dynamics | the gate has fired, four reports have passed since it first was above 4, and z < 2 in the last two | when the score leaves its null band, or with the gate |
//! | `Alarm(Noise)` | the channels have more noise of single samples, or less signal | as geometry, and the z of the noise level is above 4 in the last two | as geometry |
//! | `InsufficientData(Pairs)` | some lag has fewer than 1500 pairs | | with the next report that has enough |
//! | `InsufficientData(Excitation)` | the window is no more predictable than white noise: less than 2 n d / N | | |
//! | `InsufficientData(Rank)` | the channels have fewer directions than the calibration | | |
//! | `InvalidInput(NonFinite, Saturated, Stuck, Artefact)` | more than 10 % of the samples were discarded, most of them for this reason | | |
//! | `InvalidInput(Dead)` | some channels have less than 1e-4 of their variance in the calibration | | |
//! | `InvalidInput(Clock)` | the sample numbers went back, or jumped by more than a block | | one report interval later |
//!
//! The gate sees changes of any kind, so that a gate that has fired does not say which. The cause is named only when the score
//! of the dynamics has had its say: dynamics beyond the margin win over all else; geometry and noise need a score that stays
//! in its band while the gate has fired; until then the cause is open. A warning whose gate has fired is open, too: a full
//! turnover of the recorded units looks like that. [`Report::warned`] says whether the score has left its null band.
//!
//! The checks run in the order input, data, rank, scores. When one fails, the decision is frozen: neither the CUSUM nor
//! the runs change, and [`Report::standing`] still gives the last decision.
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
//! 3. *Excitation*: 1 - (det E / det R_0)^(1/n), where E is the error covariance of the window's own autoregression
//!    and R_k are the covariances of the window. White noise gives n d / N.
//! 4. *Whitening*: R_k <- R_0^{-1/2} R_k R_0^{-1/2}, after each channel has been scaled to variance one. An invertible
//!    mixture of the channels then leaves only a rotation.
//! 5. *Lag spectra*: let w be the eigenvalues of the symmetric part of R_1, and T the r directions with the largest |w|,
//!    each divided by sqrt(|w|). The features f are the eigenvalues of the symmetric parts (k = 2 .. d) and the singular values
//!    of the skew parts (k = 1 .. d) of B_k = T' R_k T, sorted. A remix turns all B_k alike and leaves their spectra as they
//!    are. Lengths are measured at lag 1, where noise of single samples is not, and several lags at once see the time scale.
//!    r is found once, in the calibration: the directions with |w| > 0.15, at least two.
//! 6. *Score*: q² = mean of W_i (f_i - f_ref,i - g m_i)² / v. Each of the K = 20 blocks of the calibration differs from all
//!    others by d. The bias m is the mean of d (sorted spectra of short records spread farther apart), g its part that is left
//!    at the window's length, and W_i = (K + 5) / (K var_i + 5 median(var)) the inverse of the variance of d. v is how much
//!    wider covariances spread in a window with more noise (Bartlett). q is near 1 for one block of the calibration, and does
//!    not grow with the window.
//! 7. *Noise level*: t, the mean of 1 / |w| over the r directions, compared with that of the calibration.
//! 8. *Null band*: each block against all others gives a score s_i, with bias and weights from the other blocks. Let mu be the
//!    mean of ln s_i and sd their standard deviation, shrunk to sqrt(((K - 1) sd² + K prior²) / (2 K - 1)) (prior 0.7 /
//!    sqrt(r), gate 0.2). Then z = (ln s - mu - shift) / sd. A distance falls with the length of the windows as
//!    sqrt(1/N + 1/N_ref), and the gate as 1/N + 1/N_ref, so the shift is 1/2 ln((1/N + 1/N_ref) / (1/N_b + 1/(N_ref -
//!    N_b))) for the score and twice that for the gate. N is the effective number of samples or pairs in the window, after
//!    losses and weights: (sum w)² / sum w².
//! 9. *Decision*: a CUSUM S <- min(2 h, max(0, S + clip(z, -4, 4) - k)) with k = 1 and h = 8 (Page, Biometrika 41 (1954)
//!    100), or three reports in a row above the limit; then the cause.
//!
//! With [`Scores::SpectraAndOperator`] the delay operator of the white channels is computed, too, by a subspace iteration:
//! A = T' G_1 T with the Gram matrix G_1 of delay windows one step apart and the r leading directions T of that of the windows
//! themselves, scaled to length one. It is the DMD operator up to O(r / N). [`Monitor::operators`]
//! gives it on request, beside that of the calibration, for the Procrustes angle. No decision depends on them.
//!
//! # Cost
//!
//! | n, d, r | sample, multiply-adds | report, units | bytes in `f32`, 6 blocks | with forgetting |
//! | --- | --- | --- | --- | --- |
//! | 4, 5, 4 | 96 | 190 | 5 368 | 3 108 |
//! | 8, 5, 8 | 384 | 270 | 18 744 | 10 644 |
//! | 16, 5, 8 | 1 536 | 480 | 70 008 | 38 708 |
//!
//! Bytes are [`Monitor::memory_len`] without the operator, and so are the units. [`Monitor::poll`] says
//! what a unit is. Instructions on a Cortex-M4F (`tests/on_target/costs/cortex-m4f-f32-monitor.tsv`; a simulated
//! stream, without the operator); the most expensive sample is one that also adds a block to a window:
//!
//! | n, d, r | most expensive sample | most expensive unit | report | stack, bytes |
//! | --- | --- | --- | --- | --- |
//! | 4, 5, 4 | 2 200 | 6 900 | 0.36 million | 1 500 |
//! | 8, 5, 8 | 3 800 | 19 300 | 1.3 million | 1 400 |
//! | 16, 5, 8 | 10 900 | 90 700 | 5.7 million | 1 400 |
//! | 16, 20, 16 | 29 400 | 90 700 | 106 million | 1 400 |
//!
//! # Accuracy
//!
//! Features in `f32` against the definition in `f64` with whole matrices (simulated streams, windows of 3000 samples,
//! offsets of 100 standard deviations, gains over three decades): 3e-5 of the largest for n = 4 to 16; z of a stream with four
//! channels within 2e-4. Sums over a million samples: 4e-6 in blocks. Gate: 4e-5 of its value.
//!
//! # What it does not see
//!
//! - One slow mode of many, or a whole relaxation that changes by a fifth: the lags reach 100 ms. Longer windows help, or fewer
//!   samples per second.
//! - What leaves the covariances at all lags alone: nonlinear changes, other distributions.
//! - Directions that are nearly white at this sampling rate are left out on purpose. A process that gains a direction keeps
//!   the r of the calibration.
//! - Coloured noise, and a drive whose spectrum changes, are dynamics to it.
//! - A full turnover of the recorded units moves the score as much as a change of 10 % in the time scale: the margin lets
//!   both pass as open. It belongs to a simulated motor cortex; measure it on your own recordings.
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
//! let calibration = calibrator.finish_in([0.0; Calibration::<f32, ()>::memory_len(SHAPE, Scores::Spectra)])?;
//!
//! let memory = [0.0; Monitor::<f32, ()>::memory_len(SHAPE, Scores::Spectra, WINDOW)];
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
//! assert_eq!(statuses.last(), Some(&Status::Alarm(Alarm::Dynamics)));
//! # Ok::<(), dynamical_similarity::Error>(())
//! ```

mod analysis;
mod band;
mod blocks;
mod calibration;
mod cause;
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
