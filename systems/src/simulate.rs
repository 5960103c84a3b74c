//! Simulating a system by name, with the options of a command line.

use crate::simulated::{Simulated, fits};
use crate::system::System;
use crate::{attractors, bits, controlled, learning, linear, lorenz, motor_cortex, ring};

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
    /// Observation noise of [`linear`]; noise of [`controlled`].
    pub noise: Option<f64>,
    /// Autoregression of the inputs of [`controlled::Rotations`].
    pub colour: Option<f64>,
    /// Spectral radius of [`controlled::DrivenNetwork`].
    pub radius: Option<f64>,
    /// Gain of the input of [`controlled::DrivenNetwork`].
    pub gain: Option<f64>,
    /// Length of a recording of [`motor_cortex`].
    pub seconds: Option<f64>,
    /// What changes in [`motor_cortex`].
    pub scenario: Option<String>,
    /// When it changes, in seconds.
    pub at: Option<f64>,
    /// Which recording of the same subject of [`motor_cortex`], or of the same network of [`controlled`].
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
            ("colour", self.colour.is_some()),
            ("radius", self.radius.is_some()),
            ("gain", self.gain.is_some()),
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
        System::Rotations | System::DrivenNetwork => {
            simulate_driven(system, options, seed).map(|driven| driven.outputs)
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

/// Simulates a system that is driven by known inputs: inputs and outputs.
///
/// # Errors
/// A sentence that says which option is wrong, or that the system has no inputs.
pub fn simulate_driven(
    system: System,
    options: &Options,
    seed: u64,
) -> Result<controlled::Driven, String> {
    match system {
        System::Rotations => {
            options.only(&["trials", "samples", "noise", "colour"])?;
            let mut settings = controlled::Rotations::default();
            settings.trials = options.trials.unwrap_or(settings.trials);
            settings.samples = options.samples.unwrap_or(settings.samples);
            settings.noise = options.noise.unwrap_or(settings.noise);
            settings.colour = options.colour.unwrap_or(settings.colour);
            settings.simulate(seed)
        }
        System::DrivenNetwork => {
            options.only(&["samples", "noise", "radius", "gain", "session"])?;
            let mut settings = controlled::DrivenNetwork::default();
            settings.samples = options.samples.unwrap_or(settings.samples);
            settings.noise = options.noise.unwrap_or(settings.noise);
            settings.radius = options.radius.unwrap_or(settings.radius);
            settings.gain = options.gain.unwrap_or(settings.gain);
            settings.session = options.session.unwrap_or(settings.session);
            settings.simulate(seed)
        }
        _ => Err("this system has no inputs; rotations and driven-network have".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::NAMES;

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
