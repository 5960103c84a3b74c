//! Simulated recordings as the library takes them.

pub(crate) mod program;

use dsa::simulate::{Options, Simulated, System, simulate};
use dynamical_similarity::{ConditionMeans, Recording};

/// The trials of a simulation.
pub(crate) fn trials(made: &Simulated) -> Vec<Recording<'_, f64>> {
    let trial = made.samples * made.channels;
    made.data.chunks(trial).map(|x| Recording::new(x, made.channels).unwrap()).collect()
}

/// A recording of a system of the generators; attractors without the means of their two conditions.
pub(crate) fn made(system: System, options: &Options, seed: u64) -> Simulated {
    let mut made = simulate(system, options, seed).unwrap();
    if matches!(system, System::Bistable | System::Line | System::Point) {
        // The first half of the trials is one condition, the second the other.
        let conditions: Vec<usize> = (0..made.trials).map(|k| 2 * k / made.trials).collect();
        let means = ConditionMeans::of(&trials(&made), &conditions).unwrap();
        let left = means.residuals().unwrap();
        let data = left.iter().flat_map(|trial| trial.as_matrix().columns().flatten().copied());
        made.data = data.collect();
    }
    made
}
