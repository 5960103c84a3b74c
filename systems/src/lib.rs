//! Recordings out of equations: the systems of the case studies, two benchmarks, and a motor cortex.
//!
//! | system | what it is | source |
//! | --- | --- | --- |
//! | bistable, line, point | three attractors whose condition averages are the same | [`attractors`] |
//! | ring | a ring attractor that carries a bump, or a line cut from it | [`ring`] |
//! | flip-flop, integrator | three bits, or three leaky sums, seen through a random layer | [`bits`] |
//! | learning | the hidden activity of a network while it learns | [`learning`] |
//! | lorenz | clips of the Lorenz attractor | [`lorenz`] |
//! | linear | a random stable linear system | [`linear`] |
//! | rotations, driven-network | systems with known inputs | [`controlled`] |
//! | motor-cortex | Poisson units that see rotations, and what may change in them | [`motor_cortex`] |
//!
//! The same seed gives the same bytes everywhere: the generator is ChaCha8, and transcendental
//! functions are libm's.

pub mod attractors;
pub mod bits;
pub mod controlled;
pub mod learning;
pub mod linear;
pub mod lorenz;
pub mod motor_cortex;
pub mod observe;
mod random;
pub mod ring;
mod simulate;
mod simulated;
mod system;

pub use random::Random;
pub use simulate::{Options, simulate, simulate_driven};
pub use simulated::Simulated;
pub use system::System;
