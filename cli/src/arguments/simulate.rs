//! `dsa simulate` on the command line.

use clap::Args;
use std::path::PathBuf;

/// `dsa simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// The system: bistable, line, point, ring, flip-flop, integrator, learning, lorenz, linear, rotations,
    /// driven-network or motor-cortex.
    pub system: String,
    /// Where to write the recording: a .npy file or, for a single trial, a .csv file.
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// rotations, driven-network: where to write the known inputs, for `dsa compare --inputs`.
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// Seed of the random numbers. The same seed gives the same recording.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Write float32 instead of float64.
    #[arg(long)]
    pub float32: bool,
    /// Number of trials.
    #[arg(long, value_name = "N")]
    pub trials: Option<usize>,
    /// Number of samples per trial.
    #[arg(long, value_name = "N")]
    pub samples: Option<usize>,
    /// lorenz: the parameter rho.
    #[arg(long)]
    pub rho: Option<f64>,
    /// ring: the shape of the attractor, from a line (0) to a ring (1).
    #[arg(long)]
    pub alpha: Option<f64>,
    /// flip-flop, integrator: the activation function, which is identity, tanh, relu, sigmoid or softplus.
    #[arg(long)]
    pub activation: Option<String>,
    /// learning: the learning rule, which is gradient-descent, momentum, adam, feedback-alignment, kolen-pollack
    /// or dale.
    #[arg(long)]
    pub rule: Option<String>,
    /// linear: dimension of the state.
    #[arg(long, value_name = "N")]
    pub dimension: Option<usize>,
    /// linear: number of channels, each a random linear combination of the state [default: the state itself];
    /// motor-cortex: number of principal components [default: 8].
    #[arg(long, value_name = "N")]
    pub channels: Option<usize>,
    /// linear: standard deviation of the observation noise; with --channels, as a fraction of each channel's
    /// standard deviation, and so for rotations; driven-network: of the noise of states and channels [default: 0.01].
    #[arg(long)]
    pub noise: Option<f64>,
    /// rotations: autoregression of the inputs, which are white at 0.
    #[arg(long)]
    pub colour: Option<f64>,
    /// driven-network: spectral radius of the dynamics [default: 0.92].
    #[arg(long)]
    pub radius: Option<f64>,
    /// driven-network: gain of the input [default: 0.5].
    #[arg(long)]
    pub gain: Option<f64>,
    /// motor-cortex: length of the recording in seconds, at 50 samples per second [default: 600].
    #[arg(long, value_name = "S")]
    pub seconds: Option<f64>,
    /// motor-cortex: the change during the recording, such as general-remix, unit-turnover:0.3, time-scale:1.5 or
    /// dropped:0.05 [default: none]. An unknown name prints the list of all changes. Missing samples are written
    /// as rows of NaN.
    #[arg(long, value_name = "NAME[:F]")]
    pub scenario: Option<String>,
    /// motor-cortex: the time of the change [default: 0].
    #[arg(long, value_name = "SECONDS")]
    pub at: Option<f64>,
    /// motor-cortex, driven-network: number of the recording session of a subject or network, which --seed chooses
    /// [default: 0].
    #[arg(long, value_name = "N")]
    pub session: Option<u64>,
}
