//! A motor cortex that changes in known ways, for judging monitors.
//!
//! A subject is drawn from a seed. Bins are 20 ms; the latent state x in R⁸ follows
//!
//! x_{t+1} = A x_t + g sigma xi_t + g k_t, xi ~ N(0, I), A = M Lambda M⁻¹.
//!
//! | part | value |
//! | --- | --- |
//! | Lambda | three rotations exp(-dt/tau) R(2 pi f dt), f = (2.2, 3.6, 5.5) Hz x U(0.9, 1.1), tau ~ U(0.25, 0.6) s; two slow modes exp(-dt/tau), tau = (0.8, 2.5) s x U(0.8, 1.2) |
//! | M | I + 0.7 N / √8, N standard normal: the modes are not orthogonal, A is not normal |
//! | sigma | 0.12, for a time scale F 0.12 √F |
//! | k | at cues, every U{75 .. 174} bins (1.5 s to 3.48 s), one of 8 directions of unit length; else 0 |
//! | g | 1, or the modulation of the drive: g <- 1 + 0.999 (g - 1) + F √(1 - 0.999²) xi, for the noise at least 0.2 |
//! | units | 96, counts ~ Poisson(min(4, gain exp(b + C z))), z = x over its standard deviation in 600 s, C ~ N(0, 0.35²), b ~ ln 0.3 + N(0, 0.5²): a median of 0.3 spikes a bin (15 Hz) at x = 0 |
//! | channels | y = W (counts - m): the leading principal components of (counts - m) / √(m + 0.02), smoothed over 5 bins, of the first 120 s of the subject's calibration recording; W is applied to counts that are not smoothed |
//!
//! Other systems, observed without the division by standard deviations, through components of their own
//! references (ring and bistable) by the same units; v <- 0.96 v + 0.09 xi:
//!
//! | system | first two latents | steps |
//! | --- | --- | --- |
//! | ring | (cos theta, sin theta) + 0.05 xi | theta <- theta + v |
//! | line | x_1 = l + 0.05 xi, x_2 decays at 6/s with noise 0.2 xi | l <- l + v, sent back by walls at ±1.3; v goes on as it was, so l stays near a wall until v turns |
//! | bistable | x_1 <- x_1 + 4 dt (x_1 - x_1³) + 0.16 xi, x_2 as above | from ±1 |
//! | point | x_1 <- x_1 - 4 dt x_1 + 0.38 xi, x_2 as above | |
//!
//! and in all four x_3 .. x_6 are rotations at 2.5 and 4.5 Hz, tau 0.35 s, noise 0.2, and x_7, x_8 decay with 0.8
//! and 0.5 s, noise 0.12.
//!
//! The changes are [`Scenario`]s. A subject has one calibration; every recording has noise of its own, out of
//! the subject's and the recording's seed. With equal seeds scenarios share the noise: where a change does
//! not reach, the numbers are the same.
//!
//! Our own construction, with parameters that are assumed, not fitted. What it imitates: rotations of the
//! population state of motor cortex at a few Hz during reaching (Churchland et al. 2012, Nature 487,
//! doi:10.1038/nature11129), driven from a preparatory state by a cue; units that fire Poisson numbers at
//! exponential rates of a linear dynamical system (Macke et al. 2011, NIPS 24). Real recordings are less
//! stationary: numbers of false alarms found here are a lower bound.

mod latent;
mod observation;
mod scenario;
#[cfg(test)]
mod tests;

pub use latent::Modes;
pub use scenario::Scenario;

use crate::random::Random;
use crate::simulated::{Simulated, fits};
use latent::{Latent, Law};
use observation::{Projection, Units, disturb};
use scenario::System;

/// Bins per second.
pub const RATE: usize = 50;
/// Length of a bin, s.
const STEP: f64 = 0.02;
/// Latent states.
pub const LATENTS: usize = 8;
/// Units of a population.
pub const UNITS: usize = 96;
/// Bins of the calibration: of the standard deviations, and of the principal components.
const CALIBRATION: usize = 600 * RATE;
const COMPONENTS: usize = 120 * RATE;
/// Streams of a recording beside the three of [`Latent`].
const COUNTS: u64 = 3;
const SCENARIO: u64 = 4;
/// Sets the keys of recordings apart from those of the subjects themselves.
const RECORDINGS: u64 = 0x5265_636f_7264;

type State = [f64; LATENTS];

/// A recording with what is missing in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Channels of a sample.
    pub channels: usize,
    /// Samples x channels, row after row; NaN in all channels where a sample is missing.
    pub data: Vec<f64>,
    /// Which samples are missing.
    pub missing: Vec<bool>,
}

/// A subject: dynamics, units, and the principal components of its calibration.
///
/// ```
/// use systems::motor_cortex::{Scenario, Subject};
/// let subject = Subject::new(1, 8)?;
/// let session = subject.record(Scenario::Dropped(0.2), 2.0, 5)?;
/// assert_eq!(session.data.len(), 100 * 8);
/// assert_eq!(session.data[..8].iter().all(|y| y.is_nan()), session.missing[0]);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    seed: u64,
    modes: Modes,
    units: Units,
    linear: Reference,
    ring: Reference,
    bistable: Reference,
}

/// What calibration fixes for one system.
#[derive(Debug, Clone, PartialEq)]
struct Reference {
    /// Standard deviations of the latent states; 1 where they are not divided.
    deviations: State,
    projection: Projection,
}

impl Subject {
    /// Draws a subject and calibrates it, seen through `channels` principal components (1 to 96; 8 is the
    /// dimension of the state). Costs about as much as recording 6 minutes.
    ///
    /// # Errors
    /// A sentence if `channels` is outside its range.
    pub fn new(seed: u64, channels: usize) -> Result<Self, String> {
        if !(1..=UNITS).contains(&channels) {
            return Err(format!("channels must be from 1 to {UNITS}, the number of units"));
        }
        let mut random = Random::new(seed, 0);
        let modes = Modes::draw(&mut random)?;
        let units = Units::draw(&mut random);
        let reference = |scenario| Reference::calibrate(seed, scenario, &modes, &units, channels);
        let (linear, ring) = (reference(Scenario::None)?, reference(Scenario::Ring)?);
        let bistable = reference(Scenario::Bistable)?;
        Ok(Self { seed, modes, units, linear, ring, bistable })
    }

    /// The frequencies and time constants that were drawn.
    #[must_use]
    pub fn modes(&self) -> &Modes {
        &self.modes
    }

    /// A recording of `seconds` under `scenario` from its beginning to its end.
    ///
    /// # Errors
    /// A sentence if the value of the scenario or the length is outside its range.
    pub fn record(&self, scenario: Scenario, seconds: f64, seed: u64) -> Result<Session, String> {
        self.record_change(scenario, 0.0, seconds, seed)
    }

    /// A recording of `seconds` that begins as the scenario's [reference](Scenario::reference) and changes
    /// `at` seconds after its beginning. The state goes on from where it is.
    ///
    /// # Errors
    /// A sentence if the value of the scenario or a time is outside its range.
    pub fn record_change(
        &self,
        scenario: Scenario,
        at: f64,
        seconds: f64,
        seed: u64,
    ) -> Result<Session, String> {
        scenario.check()?;
        let (samples, at) = (bins("seconds", seconds)?, bins("at", at)?);
        let channels = self.linear.projection.channels;
        fits(&[samples, channels])?;
        if samples == 0 || at >= samples {
            return Err(
                "a recording has samples, and what changes in it changes before its end".to_owned()
            );
        }
        let key = self.key(seed);
        let mut random = Random::new(key, SCENARIO);
        let reference = self.reference(scenario);
        let units = self.units.after(scenario, &mut random);
        let projection = match scenario {
            Scenario::UnitTurnover { refit: true, .. } => {
                let states =
                    states(&self.modes, Scenario::None, random.seed(), &reference.deviations);
                Projection::fit(&units, &states, channels, &mut random)?
            }
            _ => reference.projection.clone(),
        };
        let mut counts = Random::new(key, COUNTS);
        let mut data = vec![0.0; samples * channels];
        let mut rows = data.chunks_mut(channels);
        self.walk(scenario, at, samples, key, |bin, state| {
            let Some(row) = rows.next() else { return };
            if bin < at {
                reference.projection.observe(&self.units, state, &mut counts, row);
            } else {
                projection.observe(&units, state, &mut counts, row);
            }
        });
        let mut missing = vec![false; samples];
        let changed = &mut data[at * channels..];
        disturb(scenario, &projection, changed, &mut missing[at..], &mut random);
        Ok(Session { channels, data, missing })
    }

    /// The latent states of [`record`](Self::record), samples x 8, as the units see them.
    ///
    /// # Errors
    /// A sentence if the value of the scenario or the length is outside its range.
    pub fn latent(&self, scenario: Scenario, seconds: f64, seed: u64) -> Result<Vec<f64>, String> {
        scenario.check()?;
        let samples = bins("seconds", seconds)?;
        fits(&[samples, LATENTS])?;
        let mut states = Vec::with_capacity(samples * LATENTS);
        self.walk(scenario, 0, samples, self.key(seed), |_, state| states.extend(state));
        Ok(states)
    }

    /// The states of the bins 0 .. `samples`, the reference's before bin `at`.
    fn walk(
        &self,
        scenario: Scenario,
        at: usize,
        samples: usize,
        key: u64,
        mut see: impl FnMut(usize, &State),
    ) {
        let before = Law::of(scenario.reference(), &self.modes);
        let after = Law::of(scenario, &self.modes);
        let first = if at == 0 { &after } else { &before };
        let mut latent = Latent::new(&self.modes, first, key);
        let deviations = &self.reference(scenario).deviations;
        for bin in 0..samples {
            latent.step(if bin < at { &before } else { &after });
            see(bin, &divided(&latent.state, deviations));
        }
    }

    fn reference(&self, scenario: Scenario) -> &Reference {
        match scenario.system() {
            System::Linear => &self.linear,
            System::Ring => &self.ring,
            System::Bistable => &self.bistable,
        }
    }

    /// The key of a recording's streams.
    fn key(&self, seed: u64) -> u64 {
        Random::new(self.seed ^ RECORDINGS, seed).seed()
    }
}

impl Reference {
    fn calibrate(
        seed: u64,
        scenario: Scenario,
        modes: &Modes,
        units: &Units,
        channels: usize,
    ) -> Result<Self, String> {
        let key = Random::new(seed, 1 + scenario.system() as u64).seed();
        let mut deviations = [1.0; LATENTS];
        if scenario.system() == System::Linear {
            let law = Law::of(scenario, modes);
            deviations = standard_deviations(Latent::new(modes, &law, key), &law);
        }
        let states = states(modes, scenario, key, &deviations);
        let mut counts = Random::new(key, COUNTS);
        let projection = Projection::fit(units, &states, channels, &mut counts)?;
        Ok(Self { deviations, projection })
    }
}

/// 120 s of states as the units see them.
fn states(modes: &Modes, scenario: Scenario, key: u64, deviations: &State) -> Vec<State> {
    let law = Law::of(scenario, modes);
    let mut latent = Latent::new(modes, &law, key);
    let mut next = || {
        latent.step(&law);
        divided(&latent.state, deviations)
    };
    (0..COMPONENTS).map(|_| next()).collect()
}

/// Of 600 s.
fn standard_deviations(mut latent: Latent<'_>, law: &Law) -> State {
    let (mut sums, mut squares) = ([0.0; LATENTS], [0.0; LATENTS]);
    for _ in 0..CALIBRATION {
        latent.step(law);
        for ((sum, square), x) in sums.iter_mut().zip(&mut squares).zip(&latent.state) {
            *sum += x;
            *square += x * x;
        }
    }
    let count = CALIBRATION as f64;
    std::array::from_fn(|k| (squares[k] / count - (sums[k] / count).powi(2)).sqrt())
}

fn divided(state: &State, deviations: &State) -> State {
    std::array::from_fn(|k| state[k] / deviations[k])
}

/// # Errors
/// A sentence if this is no length of a recording.
fn bins(name: &str, seconds: f64) -> Result<usize, String> {
    if seconds >= 0.0 && seconds.is_finite() {
        Ok((seconds * RATE as f64).round() as usize)
    } else {
        Err(format!("{name} must be a number that is not negative, not {seconds}"))
    }
}

/// One recording of one subject, for the command line.
#[derive(Debug, Clone, PartialEq)]
pub struct MotorCortex {
    /// Seconds at 50 Hz (default 600).
    pub seconds: f64,
    /// What changes (default nothing).
    pub scenario: Scenario,
    /// When, in seconds (default 0: from the beginning).
    pub at: f64,
    /// Channels (default 8).
    pub channels: usize,
}

impl Default for MotorCortex {
    fn default() -> Self {
        Self { seconds: 600.0, scenario: Scenario::None, at: 0.0, channels: 8 }
    }
}

impl MotorCortex {
    /// `seed` is the subject's; `session` tells recordings of one subject apart.
    ///
    /// # Errors
    /// A sentence if a setting is outside its range.
    pub fn simulate(&self, seed: u64, session: u64) -> Result<Simulated, String> {
        let subject = Subject::new(seed, self.channels)?;
        let made = subject.record_change(self.scenario, self.at, self.seconds, session)?;
        let samples = made.missing.len();
        Ok(Simulated { trials: 1, samples, channels: made.channels, data: made.data })
    }
}
