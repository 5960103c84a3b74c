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
//! | motor-cortex | Poisson units that see rotations, and what may change in them | [`motor_cortex`] |
//!
//! The same seed gives the same bytes everywhere: the generator is ChaCha8, and transcendental
//! functions are libm's.

pub mod attractors;
pub mod bits;
pub mod learning;
pub mod linear;
pub mod lorenz;
pub mod motor_cortex;
pub mod observe;
mod random;
pub mod ring;

pub use random::Random;
use std::str::FromStr;

/// A simulated recording: `data[(trial * samples + t) * channels + c]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// Trials.
    pub trials: usize,
    /// Samples of each trial.
    pub samples: usize,
    /// Channels of each sample.
    pub channels: usize,
    /// All of it, in C order. NaN where a sample is missing.
    pub data: Vec<f64>,
}

/// A system by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// A bistable system.
    Bistable,
    /// A line attractor driven to the same averages.
    Line,
    /// A point attractor driven to the same averages.
    Point,
    /// A ring attractor.
    Ring,
    /// Three bits of memory.
    FlipFlop,
    /// Three leaky integrators.
    Integrator,
    /// A network that learns.
    Learning,
    /// Lorenz's system.
    Lorenz,
    /// A random linear system.
    Linear,
    /// A motor cortex.
    MotorCortex,
}

const NAMES: [(&str, System); 10] = [
    ("bistable", System::Bistable),
    ("line", System::Line),
    ("point", System::Point),
    ("ring", System::Ring),
    ("flip-flop", System::FlipFlop),
    ("integrator", System::Integrator),
    ("learning", System::Learning),
    ("lorenz", System::Lorenz),
    ("linear", System::Linear),
    ("motor-cortex", System::MotorCortex),
];

impl FromStr for System {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, system)| *system).ok_or_else(|| {
            let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            format!("there is no system `{name}`; there are {}", known.join(", "))
        })
    }
}

/// What can be chosen; each system has defaults of its own and refuses what does not concern it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// Trials.
    pub trials: Option<usize>,
    /// Samples of a trial.
    pub samples: Option<usize>,
    /// Parameter of [`lorenz`].
    pub rho: Option<f64>,
    /// Topology of [`ring`]: 1 a ring, 0 a line.
    pub alpha: Option<f64>,
    /// Activation function of [`bits`].
    pub activation: Option<String>,
    /// Learning rule of [`learning`].
    pub rule: Option<String>,
    /// State dimension of [`linear`].
    pub dimension: Option<usize>,
    /// Channels that see the state of [`linear`] through a random map; principal components of
    /// [`motor_cortex`].
    pub channels: Option<usize>,
    /// Observation noise of [`linear`].
    pub noise: Option<f64>,
    /// Length of a recording of [`motor_cortex`].
    pub seconds: Option<f64>,
    /// What changes in [`motor_cortex`].
    pub scenario: Option<String>,
    /// When it changes, in seconds.
    pub at: Option<f64>,
    /// Which recording of the same subject of [`motor_cortex`].
    pub session: Option<u64>,
}

impl Options {
    /// # Errors
    /// A sentence for the first option that is given and not among `known`.
    fn only(&self, known: &[&str]) -> Result<(), String> {
        let given = [
            ("trials", self.trials.is_some()),
            ("samples", self.samples.is_some()),
            ("rho", self.rho.is_some()),
            ("alpha", self.alpha.is_some()),
            ("activation", self.activation.is_some()),
            ("rule", self.rule.is_some()),
            ("dimension", self.dimension.is_some()),
            ("channels", self.channels.is_some()),
            ("noise", self.noise.is_some()),
            ("seconds", self.seconds.is_some()),
            ("scenario", self.scenario.is_some()),
            ("at", self.at.is_some()),
            ("session", self.session.is_some()),
        ];
        match given.iter().find(|(name, given)| *given && !known.contains(name)) {
            Some((name, _)) => Err(format!("--{name} does not concern this system")),
            None => Ok(()),
        }
    }
}

/// The most numbers that a simulation holds at once: 2 GiB.
const MOST_NUMBERS: usize = 1 << 28;

/// # Errors
/// A sentence if the product of these sizes is more than fits, or than the memory that is free.
fn fits(sizes: &[usize]) -> Result<(), String> {
    // The numbers and their bytes in a file.
    let is_free = |numbers: usize| Vec::<[f64; 2]>::new().try_reserve_exact(numbers).is_ok();
    match sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size)) {
        Some(numbers) if numbers <= MOST_NUMBERS && is_free(numbers) => Ok(()),
        Some(numbers) if numbers <= MOST_NUMBERS => Err(format!(
            "there is no memory for {numbers} numbers; ask for fewer trials or samples"
        )),
        _ => Err(format!(
            "this would hold more than {MOST_NUMBERS} numbers in memory; ask for fewer trials or samples"
        )),
    }
}

/// Simulates a system.
///
/// # Errors
/// A sentence that says which option is wrong.
pub fn simulate(system: System, options: &Options, seed: u64) -> Result<Simulated, String> {
    if options.trials == Some(0) || options.samples == Some(0) {
        return Err("trials and samples must be at least 1".to_owned());
    }
    match system {
        System::Bistable | System::Line | System::Point => {
            options.only(&["trials", "samples"])?;
            let mut settings = attractors::Attractors::default();
            if let Some(trials) = options.trials {
                if trials % 2 == 1 {
                    return Err(
                        "two conditions share the trials: their number must be even".to_owned()
                    );
                }
                settings.trials_per_condition = trials / 2;
            }
            settings.samples = options.samples.unwrap_or(settings.samples);
            fits(&[settings.trials_per_condition, 4, settings.samples])?;
            fits(&[attractors::NUMBERS_PER_SAMPLE, settings.samples])?;
            Ok(settings.simulate(system, seed))
        }
        System::Ring => {
            options.only(&["samples", "alpha"])?;
            let mut settings = ring::Ring::default();
            settings.samples = options.samples.unwrap_or(settings.samples);
            settings.alpha = options.alpha.unwrap_or(settings.alpha);
            fits(&[settings.units, settings.samples])?;
            settings.simulate(seed)
        }
        System::FlipFlop | System::Integrator => {
            options.only(&["trials", "samples", "activation"])?;
            let mut settings = bits::Bits::default();
            settings.trials = options.trials.unwrap_or(settings.trials);
            settings.samples = options.samples.unwrap_or(settings.samples);
            fits(&[settings.trials, settings.samples, bits::LAYER])?;
            if let Some(name) = &options.activation {
                settings.activation = name.parse()?;
            }
            settings.leaky = system == System::Integrator;
            settings.simulate(seed)
        }
        System::Learning => {
            options.only(&["samples", "rule"])?;
            let mut settings = learning::Learning::default();
            settings.steps = options.samples.unwrap_or(settings.steps);
            fits(&[settings.steps, learning::MOST_NUMBERS_PER_STEP])?;
            if let Some(name) = &options.rule {
                settings.rule = name.parse()?;
            }
            settings.simulate(seed)
        }
        System::Lorenz => {
            options.only(&["samples", "rho"])?;
            let mut settings = lorenz::Lorenz::default();
            settings.samples = options.samples.unwrap_or(settings.samples);
            settings.rho = options.rho.unwrap_or(settings.rho);
            settings.simulate(seed)
        }
        System::Linear => {
            options.only(&["trials", "samples", "dimension", "channels", "noise"])?;
            let mut settings =
                linear::Linear { channels: options.channels, ..linear::Linear::default() };
            settings.trials = options.trials.unwrap_or(settings.trials);
            settings.samples = options.samples.unwrap_or(settings.samples);
            settings.dimension = options.dimension.unwrap_or(settings.dimension);
            settings.noise = options.noise.unwrap_or(settings.noise);
            let widest = settings.dimension.max(settings.channels.unwrap_or(0));
            fits(&[settings.trials, settings.samples, widest])?;
            settings.simulate(seed)
        }
        System::MotorCortex => {
            options.only(&["channels", "seconds", "scenario", "at", "session"])?;
            let mut settings = motor_cortex::MotorCortex::default();
            settings.channels = options.channels.unwrap_or(settings.channels);
            settings.seconds = options.seconds.unwrap_or(settings.seconds);
            settings.at = options.at.unwrap_or(settings.at);
            if let Some(name) = &options.scenario {
                settings.scenario = name.parse()?;
            }
            settings.simulate(seed, options.session.unwrap_or(0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_beyond_memory_are_refused_before_anything_is_reserved() {
        for (name, system) in NAMES {
            for size in [10_000_000_000, usize::MAX - 1] {
                let mut samples = Options { samples: Some(size), ..Options::default() };
                if system == System::MotorCortex {
                    samples = Options { seconds: Some(size as f64), ..Options::default() };
                }
                let refused = simulate(system, &samples, 0).unwrap_err();
                assert!(refused.contains("more than") || refused.contains("at most"), "{refused}");
                let trials = Options { trials: Some(size), ..Options::default() };
                assert!(simulate(system, &trials, 0).is_err(), "{name}");
            }
        }
    }
}
