//! The trained networks that are kept here: our forward equations are those that they were trained with.

use crate::network::{KINDS, Network, TASKS, pulses};
use systems::Random;

const STEPS: usize = 250;

/// Fresh pulses, no noise: what a network must reach to be accepted by the training program is .98.
#[test]
fn every_network_does_its_task_on_fresh_pulses() {
    let networks = Network::all().unwrap();
    let pulses = pulses(100, STEPS, 77);
    for network in &networks {
        let states = network.states(&pulses, STEPS, 0.0, &mut Random::new(0, 0));
        let score = network.task.score(&pulses, &network.outputs(&states), STEPS);
        assert!(score >= 0.97, "{}: {score}", network.name);
    }
    for ((_, task), (_, kind)) in TASKS.into_iter().flat_map(|task| KINDS.map(|kind| (task, kind)))
    {
        let same = networks.iter().filter(|network| network.task == task && network.kind == kind);
        assert!(same.count() >= 3, "{task:?}, {kind:?}");
    }
}

#[test]
fn a_file_that_is_no_network_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (name, word) in [("flip-flop-lstm-1.npz", "KIND"), ("flip-flop-gru-1.npz", "no such file")]
    {
        let refused = Network::read(&folder.path().join(name)).unwrap_err().to_string();
        assert!(refused.contains(name) && refused.contains(word), "{refused}");
    }
}
