//! The README beside the networks: how they are made, and what each took.

use crate::Wanted;
use crate::network::HIDDEN;
use crate::task::{PULSE, TRIALS, Task};
use crate::training::{
    JUDGED_STEPS, LEARNING_RATE, LONGEST_GRADIENT, MOST_UPDATES, PATIENCE, SEED, STEPS,
};
use candle_core::{Result, Tensor};
use std::fmt::Write;
use std::path::Path;

/// Writes it for the networks that are in the folder.
///
/// # Errors
/// candle's, if a file cannot be read or written.
pub fn write(folder: &Path, wanted: &[Wanted]) -> Result<()> {
    let mut text = head();
    let mut networks: Vec<&Wanted> = wanted.iter().collect();
    networks.sort_by(|a, b| a.name.cmp(&b.name));
    for network in networks {
        let file = network.file(folder);
        let _ = if file.exists() {
            let (updates, score) = (number(&file, "updates")?, number(&file, "score")?);
            writeln!(text, "| {} | {updates:.0} | {score:.4} |", network.name)
        } else {
            writeln!(text, "| {} | | not accepted, or not trained to the end |", network.name)
        };
    }
    std::fs::write(folder.join("README.md"), text)?;
    Ok(())
}

fn number(file: &Path, name: &str) -> Result<f32> {
    Tensor::read_npz_by_name(file, &[name])?.first().map_or(Ok(f32::NAN), |x| x.get(0)?.to_scalar())
}

fn head() -> String {
    let (bits, sums) = (Task::FlipFlop.accepted_from(), Task::Integrator.accepted_from());
    format!(
        "# Trained networks of study A2

Written, as this text is, by the program in `../training`, a package of its own. Run there:

    cargo run --release

trains whatever is not here yet; names, or beginnings of names, after `--` choose. A file that is deleted is trained again.

Recurrent networks with {HIDDEN} units and a linear readout, as float32. Three inputs, on each a pulse of 1 or -1 with
probability {PULSE} a step. Targets: *flip-flop*, the sign of the last pulse of each input, 0 before the first
(3-bit flip-flop, Sussillo & Barak 2013, Neural Computation 25, 626-649); *integrator*, the leaky sum of study A1 at gain 1,
q <- 0.5 q + 3 u, x <- x + 0.2 (-0.5 x + 0.35 q).

- tanh, relu, softplus: h <- phi(W h + U u + b) from h = 0; gru: gated recurrent units, equations and names of PyTorch.
- Arrays: `weight_ih_l0` (U), `weight_hh_l0` (W), `bias_ih_l0` (b), `bias_hh_l0` (gru), `readout_weight`, `readout_bias`.
- First weights uniform with variance 1 / columns, biases 0; ChaCha8, seed {SEED}, one stream a network and use.
- Mean squared error, {TRIALS} new trials of {STEPS} steps an update, Adam at {LEARNING_RATE}, gradient no longer than {LONGEST_GRADIENT}.
- Every {PATIENCE} updates {TRIALS} fresh trials of {JUDGED_STEPS} steps are drawn. A flip-flop is accepted at a bit accuracy (sign of the
  output, wherever the bit is set) of {bits}, an integrator at R2 of {sums}, and is written as it then is; after {MOST_UPDATES} updates it is given up.

The same seed gives the same weights on the same processor; another may round its sums of products differently.

| network | updates | bit accuracy, or R2 |
| --- | ---: | ---: |
"
    )
}
