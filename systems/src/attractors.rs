//! Same geometry, different dynamics: three systems whose condition averages agree.
//!
//! The state x in R² starts at 0; Euler steps of dt = 0.01,
//! x_i = x_{i-1} + dt (f(x_{i-1}) + u_i + 0.05 xi), xi ~ N(0, I) (the noise is multiplied by dt),
//! in two conditions coh = -0.1 and 0.1; every 10th sample is kept.
//!
//! - bistable: f = (a x³ + b x + coh, c y + coh), u = 0, a ~ U(-5, -4), b ~ U(4, 5), c ~ U(-4, -3). Its
//!   averages over the trials of a condition are m(t).
//! - line: f = A x, A = [[e/2, -e/√2], [-e/2, e/√2]], e ~ U(-3, -2).
//! - point: f = diag(-a, -b) x, a ~ U(4, 5), b ~ U(8, 9).
//!
//! The last two get the inputs u_i = (m_i - mean x_{i-1}) / dt - A mean x_{i-1}, the mean over their own
//! trials of the condition, so that their averages follow m(t). The same seed gives the three systems of one
//! triplet.
//!
//! Source: Ostrow et al. 2023, figure 3 (equations of the authors' notebook), after Galgali, Sahani &
//! Mante 2023.

use crate::random::Random;
use crate::simulated::Simulated;
use crate::system::System;

/// One triplet of systems.
#[derive(Debug, Clone, PartialEq)]
pub struct Attractors {
    /// Trials of each condition (default 100); those of coh = -0.1 come first.
    pub trials_per_condition: usize,
    /// Samples kept of a trial (default 1000).
    pub samples: usize,
}

impl Default for Attractors {
    fn default() -> Self {
        Self { trials_per_condition: 100, samples: 1000 }
    }
}

const STEP: f64 = 0.01;
const EVERY: usize = 10;
/// The averages are kept at every step, two numbers each.
pub(super) const NUMBERS_PER_SAMPLE: usize = 2 * EVERY;
const NOISE: f64 = 0.05;
const COHERENCES: [f64; 2] = [-0.1, 0.1];

type State = [f64; 2];

impl Attractors {
    /// All trials of one system of the triplet.
    #[must_use]
    pub fn simulate(&self, system: System, seed: u64) -> Simulated {
        let mut data = Vec::new();
        for (condition, coherence) in COHERENCES.into_iter().enumerate() {
            let mut random = Random::new(seed, 1 + condition as u64);
            let (trials, means) = self.bistable(seed, coherence, &mut random);
            let trials = match system {
                System::Line | System::Point => {
                    let mut random = Random::new(
                        seed,
                        11 + condition as u64 + if system == System::Line { 0 } else { 10 },
                    );
                    self.driven(&linear_part(system, seed), &means, &mut random)
                }
                _ => trials,
            };
            trials.iter().for_each(|trial| data.extend(trial.iter().flatten()));
        }
        let trials = COHERENCES.len() * self.trials_per_condition;
        Simulated { trials, samples: self.samples, channels: 2, data }
    }

    /// The kept samples of each trial, and the averages at every step.
    fn bistable(
        &self,
        seed: u64,
        coherence: f64,
        random: &mut Random,
    ) -> (Vec<Vec<State>>, Vec<State>) {
        let mut parameters = Random::new(seed, 0);
        let a = parameters.uniform(-5.0, -4.0);
        let b = parameters.uniform(4.0, 5.0);
        let c = parameters.uniform(-4.0, -3.0);
        self.run(random, |_, _| {
            move |[x, y]: State| [a * x * x * x + b * x + coherence, c * y + coherence]
        })
    }

    fn driven(&self, map: &[State; 2], targets: &[State], random: &mut Random) -> Vec<Vec<State>> {
        let product =
            |x: State| -> State { std::array::from_fn(|i| map[i][0] * x[0] + map[i][1] * x[1]) };
        let (trials, _) = self.run(random, |step, mean| {
            let pull = product(mean);
            let input: State =
                std::array::from_fn(|i| (targets[step][i] - mean[i]) / STEP - pull[i]);
            move |x: State| {
                let flow = product(x);
                std::array::from_fn(|i| flow[i] + input[i])
            }
        });
        trials
    }

    /// Steps all trials together; `flow` is given the number of the step and the mean of the states.
    fn run<F: Fn(State) -> State>(
        &self,
        random: &mut Random,
        flow: impl Fn(usize, State) -> F,
    ) -> (Vec<Vec<State>>, Vec<State>) {
        let count = self.trials_per_condition;
        let average = |states: &[State]| -> State {
            std::array::from_fn(|i| states.iter().map(|x| x[i]).sum::<f64>() / count.max(1) as f64)
        };
        let mut states = vec![[0.0; 2]; count];
        let mut kept = vec![Vec::with_capacity(self.samples); count];
        let mut means = Vec::with_capacity(self.samples * EVERY);
        for step in 0..self.samples * EVERY {
            let flow = flow(step, average(&states));
            for (state, kept) in states.iter_mut().zip(&mut kept) {
                let slope = flow(*state);
                let noise: State = std::array::from_fn(|_| random.normal());
                *state = std::array::from_fn(|i| state[i] + STEP * (slope[i] + NOISE * noise[i]));
                if step % EVERY == EVERY - 1 {
                    kept.push(*state);
                }
            }
            means.push(average(&states));
        }
        (kept, means)
    }
}

/// A of the line or of the point attractor.
fn linear_part(system: System, seed: u64) -> [State; 2] {
    if system == System::Line {
        let e = Random::new(seed, 10).uniform(-3.0, -2.0);
        let root = e * std::f64::consts::FRAC_1_SQRT_2;
        [[e / 2.0, -root], [-e / 2.0, root]]
    } else {
        let mut random = Random::new(seed, 20);
        let (a, b) = (random.uniform(4.0, 5.0), random.uniform(8.0, 9.0));
        [[-a, 0.0], [0.0, -b]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_averages_of_all_three_agree_and_the_bistable_system_leaves_the_middle() {
        let settings = Attractors { trials_per_condition: 20, samples: 150 };
        let mean = |system, condition: usize| -> Vec<f64> {
            let made = settings.simulate(system, 4);
            let trial = 2 * made.samples;
            (0..trial)
                .map(|at| {
                    (0..20).map(|k| made.data[(20 * condition + k) * trial + at]).sum::<f64>()
                        / 20.0
                })
                .collect()
        };
        for condition in 0..2 {
            let target = mean(System::Bistable, condition);
            for system in [System::Line, System::Point] {
                let follows = mean(system, condition);
                for (x, y) in follows.iter().zip(&target) {
                    assert!((x - y).abs() < 1e-3, "{system:?} {x} {y}");
                }
            }
            let sign = if condition == 0 { -1.0 } else { 1.0 };
            assert!(sign * target[2 * 149] > 0.8, "{}", target[2 * 149]);
        }
    }
}
