//! Systems that are driven by known inputs: identification, prediction, and distances.
//!
//! A controlled system follows
//!
//! ```text
//! x[t+1] = A x[t] + B u[t] + w[t],     y[t] = C x[t] + v[t]
//! ```
//!
//! with a hidden state x (n entries), known inputs u (m), observed outputs y (p), and noise w and v. Where inputs differ, a
//! fit of the outputs alone takes a difference in input for a difference in dynamics. [`Subspace`] and [`Dmdc`] find A, B
//! and C from inputs and outputs together, [`ControlledModel::filter`] predicts outputs and finds latent states, and
//! [`ControlledSystem::distance`] measures how far two such systems are apart, and whether they differ in A or in B.
//!
//! ```
//! use dynamical_similarity::Recording;
//! use dynamical_similarity::controlled::{ControlledRecording, Order, Subspace};
//! # let mut state = 1_u64;
//! # let mut noise = move || {
//! #     state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
//! #     (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
//! # };
//! # let inputs: Vec<f64> = (0..500).map(|_| noise()).collect();
//! # let (mut outputs, mut x) = (Vec::new(), 0.0);
//! # for u in &inputs {
//! #     outputs.push(x);
//! #     x = 0.8 * x + u;
//! # }
//! // `inputs` and `outputs` hold time x channels; here x[t+1] = 0.8 x[t] + u[t] and y = x.
//! let trial = ControlledRecording::new(Recording::new(&inputs, 1)?, Recording::new(&outputs, 1)?)?;
//! let model = Subspace::new(5).order(Order::Fixed(1)).fit(&[trial])?;
//! assert!((model.state_matrix().at(0, 0) - 0.8).abs() < 1e-10);
//! let distance = model.system().distance(&model.system())?;
//! assert_eq!(distance.joint, 0.0);
//! # Ok::<(), dynamical_similarity::Error>(())
//! ```
//!
//! Everything here is computed in `f64`, whatever the scalar of the recordings. (InputDSA: Huang, Ostrow, Singh, Kozachkov,
//! Fiete & Rajan 2025, arXiv 2510.25943.)

mod blocks;
mod distance;
#[cfg(feature = "std")]
mod distance_matrix;
mod dmdc;
mod kalman;
mod model;
mod moments;
mod order;
mod recording;
mod regression;
#[cfg(feature = "serde")]
mod stored_model;
mod subspace;
mod triangle;

pub use distance::{ControlledDistance, ControlledSystem};
#[cfg(feature = "std")]
pub use distance_matrix::{ControlledDistanceMatrix, Part};
pub use dmdc::Dmdc;
pub use kalman::Filtered;
pub use model::ControlledModel;
pub use moments::WindowMoments;
pub use order::Order;
pub use recording::ControlledRecording;
pub use subspace::Subspace;
