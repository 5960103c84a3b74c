//! A recording in two halves.

use super::recording::{Recording, common_channels};
use crate::error::Error;
use crate::matrix::try_reserve;
use crate::scalar::Scalar;
use alloc::vec::Vec;

/// Two halves of one recording, as trials that borrow its samples. Fitted with the same settings, they show how far apart
/// two operators of one recording are: the yardstick of every distance between recordings of that length. See
/// [`reliability`](crate::statistics::reliability()).
///
/// Of several trials the first, third, .. are the first half, and the second, fourth, .. the second half, so that a slow
/// drift is in both. Of an odd number of trials the first half has one more. If conditions alternate from trial to trial,
/// each half has the trials of one condition: sort the trials by condition first.
///
/// A single trial is cut in the middle, and `span` samples between the halves are left out, so that no sample of one half
/// is in a window or a pair of windows of the other. Two consecutive halves of a recording that is not stationary differ.
///
/// ```
/// use dynamical_similarity::{Dmd, Halves, Recording};
/// let samples: Vec<f64> = (0..100).map(|t| f64::from(t * t % 17)).collect();
/// let trial = [Recording::new(&samples, 1)?];
/// let dmd = Dmd::new().delays(3);
/// let halves = Halves::of(&trial, dmd.span())?;
/// // A window spans 2 samples beyond its newest one, and a pair one more: 3 samples are left out.
/// assert_eq!(halves.first()[0].samples(), 49);
/// assert_eq!((halves.second()[0].samples(), halves.second()[0].sample(0)[0]), (48, samples[52]));
/// let first = dmd.fit(halves.first())?;
/// # assert_eq!(first.rank(), 3);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Halves<'a, T> {
    first: Vec<Recording<'a, T>>,
    second: Vec<Recording<'a, T>>,
}

impl<'a, T: Scalar> Halves<'a, T> {
    /// Both halves of the trials of a recording. `span`: [`Dmd::span`](crate::Dmd::span), the largest one if the halves
    /// are fitted with several settings.
    ///
    /// Cost: nothing is copied but the list of trials.
    ///
    /// # Errors
    /// [`Error::Empty`] without trials; [`Error::ShapeMismatch`] if the trials have different channels;
    /// [`Error::TooShort`] if a half of a single trial would not have a pair of windows, and with the first trial of several
    /// that has none; [`Error::OutOfMemory`].
    pub fn of(trials: &[Recording<'a, T>], span: usize) -> Result<Self, Error> {
        common_channels(trials)?;
        let pair = span.saturating_add(1);
        let mut halves = Self { first: Vec::new(), second: Vec::new() };
        if let [trial] = trials {
            let (needed, got) = (span.saturating_add(pair).saturating_add(pair), trial.samples());
            let too_short = Error::TooShort { trial: 0, needed, got };
            if got < needed {
                return Err(too_short);
            }
            let left = got.saturating_sub(span);
            let end = left.div_ceil(2);
            halves.first = one(trial.part(0, end).ok_or(too_short)?)?;
            halves.second = one(trial.part(end.saturating_add(span), got).ok_or(too_short)?)?;
            return Ok(halves);
        }
        halves.first = try_reserve(trials.len().div_ceil(2))?;
        halves.second = try_reserve(trials.len() / 2)?;
        for (index, trial) in trials.iter().enumerate() {
            if trial.samples() < pair {
                return Err(Error::TooShort { trial: index, needed: pair, got: trial.samples() });
            }
            let half = if index % 2 == 0 { &mut halves.first } else { &mut halves.second };
            half.push(*trial);
        }
        Ok(halves)
    }

    /// The trials of the first half.
    #[must_use]
    pub fn first(&self) -> &[Recording<'a, T>] {
        &self.first
    }

    /// The trials of the second half.
    #[must_use]
    pub fn second(&self) -> &[Recording<'a, T>] {
        &self.second
    }
}

fn one<T>(item: T) -> Result<Vec<T>, Error> {
    let mut list = try_reserve(1)?;
    list.push(item);
    Ok(list)
}
