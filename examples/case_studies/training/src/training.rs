//! One network, from its first weights until it is accepted.

use crate::network::{Kind, Network};
use crate::task::{Task, Trials};
use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};
use candle_nn::{AdamW, Optimizer, ParamsAdamW, loss};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What all random numbers begin with.
pub const SEED: u64 = 2013;
/// Of Adam.
pub const LEARNING_RATE: f64 = 1e-3;
/// Longest gradient, over all weights.
pub const LONGEST_GRADIENT: f64 = 1.0;
/// Steps of a trial that is learnt.
pub const STEPS: usize = 100;
/// Steps of a trial that is judged: as long as those of the study.
pub const JUDGED_STEPS: usize = 250;
/// Updates between two judgements.
pub const PATIENCE: usize = 50;
/// Updates at most.
pub const MOST_UPDATES: usize = 4000;

/// A network that was accepted.
#[derive(Debug)]
pub struct Accepted {
    /// Its weights by name.
    pub weights: Vec<(&'static str, Tensor)>,
    /// Updates that it took.
    pub updates: usize,
    /// Bit accuracy or R² on fresh trials.
    pub score: f64,
}

/// Trains network `number` of a kind on a task; none if it is not accepted in [`MOST_UPDATES`].
///
/// # Errors
/// candle's.
pub fn train(task: Task, kind: Kind, number: usize) -> Result<Option<Accepted>> {
    let stream = 1000 * task as u64 + 100 * kind as u64 + number as u64;
    let [mut first, mut learnt, mut judged] = [0, 1, 2].map(|use_of| {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        random.set_stream(10 * stream + use_of);
        random
    });
    let weights = kind.weights(&mut first)?;
    let variables: Vec<Var> = weights.iter().map(|(_, variable)| variable.clone()).collect();
    // Without decay of weights AdamW is Adam.
    let settings = ParamsAdamW { lr: LEARNING_RATE, weight_decay: 0.0, ..Default::default() };
    let mut adam = AdamW::new(variables.clone(), settings)?;
    for update in 1..=MOST_UPDATES {
        let trials = Trials::draw(task, STEPS, &mut learnt)?;
        let network = Network::new(kind, named(&weights, |x| x.as_tensor().clone()))?;
        let error = loss::mse(&network.outputs(&trials.inputs)?, &trials.targets)?;
        let mut gradients = error.backward()?;
        clip(&variables, &mut gradients)?;
        adam.step(&gradients)?;
        if update % PATIENCE != 0 {
            continue;
        }
        let trials = Trials::draw(task, JUDGED_STEPS, &mut judged)?;
        let network = Network::new(kind, named(&weights, Var::as_detached_tensor))?;
        let score = trials.score(task, &network.outputs(&trials.inputs)?)?;
        println!("  {update} updates: error {:.4}, {score:.4}", error.to_scalar::<f32>()?);
        if score >= task.accepted_from() {
            let weights = weights.iter().map(|(name, x)| (*name, x.as_detached_tensor()));
            return Ok(Some(Accepted { weights: weights.collect(), updates: update, score }));
        }
    }
    Ok(None)
}

fn named(
    weights: &[(&'static str, Var)],
    tensor: impl Fn(&Var) -> Tensor,
) -> std::collections::HashMap<String, Tensor> {
    weights.iter().map(|(name, variable)| ((*name).to_owned(), tensor(variable))).collect()
}

/// Shortens the gradient of all weights together to [`LONGEST_GRADIENT`].
fn clip(variables: &[Var], gradients: &mut GradStore) -> Result<()> {
    let mut square = 0.0;
    for gradient in variables.iter().filter_map(|variable| gradients.get(variable)) {
        square += f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?);
    }
    let shorter = LONGEST_GRADIENT / square.sqrt();
    if shorter < 1.0 {
        for variable in variables {
            if let Some(gradient) = gradients.remove(variable) {
                gradients.insert(variable, (gradient * shorter)?);
            }
        }
    }
    Ok(())
}
