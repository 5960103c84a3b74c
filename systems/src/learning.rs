//! The hidden activity of a small network while it learns ten digits, under six rules.
//!
//! Network 10 -> H (tanh) -> 25 (sigmoid), H ~ U{15..39}, from one-hot inputs to ten hand-drawn 5 x 5 digits;
//! W1 ~ N(0, 1.5²/10), W2 ~ N(0, 1/H); full batch, output error delta = o - y, gradients divided by 10; learning
//! rates jittered by U(0.8, 1.2). Recorded are the hidden activations on all ten inputs at every step
//! (10 H numbers), centred, 10 principal components, unit norm: steps x 10.
//!
//! Our own re-creation of Ostrow et al. 2023, figure 5.

use crate::observe::{centre, principal_components, unit_norm};
use crate::random::Random;
use crate::simulated::Simulated;
use std::str::FromStr;

/// A learning rule, with its learning rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Gradient descent, 0.5.
    GradientDescent,
    /// Momentum 0.9, 0.1.
    Momentum,
    /// Adam, 0.01.
    Adam,
    /// Errors go back through fixed random weights, 0.5 (Lillicrap et al. 2016).
    FeedbackAlignment,
    /// Backward weights learn like the forward ones, with decay 0.002, 0.5 (Kolen & Pollack 1994).
    KolenPollack,
    /// Output weights keep one sign a hidden unit, 80 % positive, 0.5.
    Dale,
}

impl Rule {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 6] = [
        ("gradient-descent", Self::GradientDescent),
        ("momentum", Self::Momentum),
        ("adam", Self::Adam),
        ("feedback-alignment", Self::FeedbackAlignment),
        ("kolen-pollack", Self::KolenPollack),
        ("dale", Self::Dale),
    ];
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, rule)| *rule).ok_or_else(|| {
            let known = Self::ALL.map(|(name, _)| name).join(", ");
            format!("there is no rule `{name}`; there are {known}")
        })
    }
}

/// One network.
#[derive(Debug, Clone, PartialEq)]
pub struct Learning {
    /// The rule (default gradient descent).
    pub rule: Rule,
    /// Steps of learning, each a sample (default 600).
    pub steps: usize,
    /// A recording that is not aligned with the others: from a random step (0 .. 200) on, with a random
    /// stride (1 .. 3), as many samples as every such recording has (133 of 600 steps). Centring,
    /// components and norm come after the cut. Default no.
    pub unaligned: bool,
}

impl Default for Learning {
    fn default() -> Self {
        Self { rule: Rule::GradientDescent, steps: 600, unaligned: false }
    }
}

const INPUTS: usize = 10;
const OUTPUTS: usize = 25;
const COMPONENTS: usize = 10;
const FEWEST_HIDDEN: usize = 15;
const HIDDEN_SIZES: usize = 25;
const LATEST_START: usize = 200;
const LARGEST_STRIDE: usize = 3;
pub(super) const MOST_NUMBERS_PER_STEP: usize = INPUTS * (FEWEST_HIDDEN + HIDDEN_SIZES);

/// The digits, drawn by hand.
#[rustfmt::skip]
const DIGITS: [[&str; 5]; INPUTS] = [
    [".###.", "#...#", "#...#", "#...#", ".###."],
    ["..#..", ".##..", "..#..", "..#..", ".###."],
    [".###.", "#...#", "..##.", ".#...", "#####"],
    ["####.", "....#", "..##.", "....#", "####."],
    ["#..#.", "#..#.", "#####", "...#.", "...#."],
    ["#####", "#....", "####.", "....#", "####."],
    [".###.", "#....", "####.", "#...#", ".###."],
    ["#####", "...#.", "..#..", ".#...", ".#..."],
    [".###.", "#...#", ".###.", "#...#", ".###."],
    [".###.", "#...#", ".####", "....#", ".###."],
];

/// Weights and what the rules remember of them.
struct Network {
    hidden: usize,
    /// H x 10, row after row.
    first: Weights,
    /// 25 x H.
    second: Weights,
    /// H x 25, the weights that errors go back through where these are not the transposed `second`.
    back: Option<Weights>,
    /// Sign of the outgoing weights of each hidden unit.
    signs: Option<Vec<f64>>,
}

/// A weight matrix with its moments.
struct Weights {
    values: Vec<f64>,
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Weights {
    fn new(values: Vec<f64>) -> Self {
        let zeros = vec![0.0; values.len()];
        Self { values, mean: zeros.clone(), square: zeros }
    }

    fn update(&mut self, rule: Rule, rate: f64, step: usize, gradient: &[f64]) {
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for ((w, (m, s)), g) in self.values.iter_mut().zip(moments).zip(gradient) {
            match rule {
                Rule::Momentum => {
                    *m = 0.9 * *m + g;
                    *w -= rate * *m;
                }
                Rule::Adam => {
                    *m = 0.9 * *m + 0.1 * g;
                    *s = 0.999 * *s + 0.001 * g * g;
                    let t = (step + 1) as f64;
                    let (m, s) = (*m / (1.0 - libm::pow(0.9, t)), *s / (1.0 - libm::pow(0.999, t)));
                    *w -= rate * m / (s.sqrt() + 1e-8);
                }
                Rule::KolenPollack => *w -= rate * g + 0.002 * *w,
                _ => *w -= rate * g,
            }
        }
    }
}

impl Learning {
    /// The hidden activity of one network.
    ///
    /// # Errors
    /// A sentence if the components are not found.
    pub fn simulate(&self, seed: u64) -> Result<Simulated, String> {
        let (activity, _) = self.learn(seed);
        let channels = activity.len() / self.steps.max(1);
        let mut data = if self.unaligned { self.cut(&activity, channels, seed)? } else { activity };
        centre(&mut data, channels);
        let samples = data.len() / channels.max(1);
        let mut data = principal_components(&data, channels, COMPONENTS)?;
        unit_norm(&mut data);
        Ok(Simulated { trials: 1, samples, channels: COMPONENTS, data })
    }

    /// Every stride-th step from a random one on.
    fn cut(&self, activity: &[f64], channels: usize, seed: u64) -> Result<Vec<f64>, String> {
        let mut random = Random::new(seed, 1);
        let start = random.index(LATEST_START + 1);
        let stride = 1 + random.index(LARGEST_STRIDE);
        let samples = self.steps.saturating_sub(LATEST_START) / LARGEST_STRIDE;
        if samples == 0 {
            return Err(format!(
                "a recording that is not aligned needs more than {LATEST_START} steps"
            ));
        }
        let steps = activity.chunks(channels).skip(start).step_by(stride).take(samples);
        Ok(steps.flatten().copied().collect())
    }

    /// Hidden activations, steps x (10 H), and the loss at every step.
    fn learn(&self, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut random = Random::new(seed, 0);
        let mut network = Network::new(self.rule, &mut random);
        let rate = random.uniform(0.8, 1.2)
            * match self.rule {
                Rule::Momentum => 0.1,
                Rule::Adam => 0.01,
                _ => 0.5,
            };
        let targets: Vec<f64> = DIGITS
            .iter()
            .flat_map(|digit| digit.iter().flat_map(|row| row.chars()))
            .map(|pixel| if pixel == '#' { 1.0 } else { 0.0 })
            .collect();
        let (mut activity, mut losses) = (Vec::new(), Vec::new());
        for step in 0..self.steps {
            losses.push(network.step(self.rule, rate, step, &targets, &mut activity));
        }
        (activity, losses)
    }
}

impl Network {
    fn new(rule: Rule, random: &mut Random) -> Self {
        let hidden = FEWEST_HIDDEN + random.index(HIDDEN_SIZES);
        let scaled = |values: Vec<f64>, scale: f64| values.into_iter().map(|x| x * scale).collect();
        let first = Weights::new(scaled(random.normals(hidden * INPUTS), 1.5 / 10.0_f64.sqrt()));
        let scale = 1.0 / (hidden as f64).sqrt();
        let mut second: Vec<f64> = scaled(random.normals(OUTPUTS * hidden), scale);
        let back = matches!(rule, Rule::FeedbackAlignment | Rule::KolenPollack)
            .then(|| Weights::new(scaled(random.normals(hidden * OUTPUTS), scale)));
        let signs = (rule == Rule::Dale).then(|| {
            (0..hidden).map(|k| if 5 * k < 4 * hidden { 1.0 } else { -1.0 }).collect::<Vec<f64>>()
        });
        if let Some(signs) = &signs {
            second.iter_mut().enumerate().for_each(|(at, w)| *w = w.abs() * signs[at % hidden]);
        }
        Self { hidden, first, second: Weights::new(second), back, signs }
    }

    /// One step on the whole batch; appends the hidden activations, returns the loss.
    fn step(
        &mut self,
        rule: Rule,
        rate: f64,
        step: usize,
        targets: &[f64],
        activity: &mut Vec<f64>,
    ) -> f64 {
        let h = self.hidden;
        let mut first = vec![0.0; h * INPUTS];
        let mut second = vec![0.0; OUTPUTS * h];
        let mut loss = 0.0;
        for (input, target) in targets.chunks(OUTPUTS).enumerate() {
            let active: Vec<f64> =
                (0..h).map(|k| libm::tanh(self.first.values[k * INPUTS + input])).collect();
            let errors: Vec<f64> = (0..OUTPUTS)
                .map(|o| {
                    let row = &self.second.values[o * h..(o + 1) * h];
                    let sum: f64 = row.iter().zip(&active).map(|(w, a)| w * a).sum();
                    1.0 / (1.0 + libm::exp(-sum)) - target[o]
                })
                .collect();
            loss += errors.iter().map(|e| e * e).sum::<f64>();
            for (o, error) in errors.iter().enumerate() {
                (0..h).for_each(|k| second[o * h + k] += error * active[k] / INPUTS as f64);
            }
            for k in 0..h {
                let back: f64 = match &self.back {
                    Some(back) => {
                        (0..OUTPUTS).map(|o| back.values[k * OUTPUTS + o] * errors[o]).sum()
                    }
                    None => (0..OUTPUTS).map(|o| self.second.values[o * h + k] * errors[o]).sum(),
                };
                first[k * INPUTS + input] += back * (1.0 - active[k] * active[k]) / INPUTS as f64;
            }
            activity.extend(active);
        }
        // Decay belongs to the weights that learn from each other, not to the first layer.
        let plain = if rule == Rule::KolenPollack { Rule::GradientDescent } else { rule };
        self.first.update(plain, rate, step, &first);
        self.second.update(rule, rate, step, &second);
        if let (Some(back), Rule::KolenPollack) = (&mut self.back, rule) {
            let transposed: Vec<f64> =
                (0..h * OUTPUTS).map(|at| second[at % OUTPUTS * h + at / OUTPUTS]).collect();
            back.update(rule, rate, step, &transposed);
        }
        if let Some(signs) = &self.signs {
            let weights = self.second.values.iter_mut().enumerate();
            weights.for_each(|(at, w)| *w = (*w * signs[at % h]).max(0.0) * signs[at % h]);
        }
        loss
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_learns() {
        for (name, rule) in Rule::ALL {
            let learning = Learning { rule, ..Learning::default() };
            let (activity, losses) = learning.learn(7);
            assert!(losses[599] < 0.6 * losses[0], "{name}: {} {}", losses[0], losses[599]);
            assert!(activity.iter().all(|x| x.abs() <= 1.0));
        }
    }

    #[test]
    fn recordings_that_are_not_aligned_are_cut_before_they_are_centred() {
        let learning = Learning { unaligned: true, ..Learning::default() };
        let mut seen = Vec::new();
        for seed in 0..4 {
            let made = learning.simulate(seed).unwrap();
            assert_eq!((made.samples, made.data.len()), (133, 1330));
            let mean = made.data.iter().step_by(10).sum::<f64>() / 133.0;
            assert!(mean.abs() < 1e-12, "{mean}");
            seen.push(made.data[0]);
        }
        seen.dedup();
        assert_eq!(seen.len(), 4);
        assert!(Learning { steps: 200, ..learning }.simulate(0).is_err());
    }
}
