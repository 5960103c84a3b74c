//! Reliability: are the two halves of a recording closer to each other than to those of other recordings?

use super::distances::Distances;
use crate::error::Error;
use crate::linalg::ranking::median;
use crate::matrix::try_reserve;
use alloc::vec::Vec;

/// What the distances among the halves of recordings say.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Reliability {
    /// The distance between the two halves of each recording.
    pub within: Vec<f64>,
    /// The median distance of the halves of each recording to those of the others: first halves to first halves, and
    /// second halves to second ones.
    pub between: Vec<f64>,
    /// The median of `within`.
    pub median_within: f64,
    /// The median distance between halves of different recordings, first halves to first halves and second halves to second
    /// ones. It is the distance to compare `median_within` with: distances between whole recordings are smaller, because
    /// they have less noise.
    pub median_between: f64,
    /// The discriminability R, from 0 to 1: how often a half is closer to the other half of its own recording than to a half
    /// of another one. 0.5 is chance.
    pub discriminability: f64,
    /// The share of the halves whose nearest other half is the one of their own recording.
    pub nearest_is_own: f64,
    /// What chance gives for `nearest_is_own`: 1 / (2 N - 1) for N recordings.
    pub nearest_is_own_by_chance: f64,
    /// The recordings, counted from 0, whose `within` is above their `between`: not stationary, too short, or fitted with
    /// settings that see mostly noise.
    pub not_repeatable: Vec<usize>,
}

/// The reliability of N recordings from the distances among their 2 N halves: the first halves of all recordings, then the
/// second halves, in the same order ([`Halves`](crate::Halves)). With d(i_s, j_t) the distance between half s of recording i
/// and half t of recording j, the discriminability is
///
/// R = P(d(i_s, i_s') < d(i_s, j_t)) over all recordings i and j != i, and all halves s and t, s' the half that s is not;
///
/// equal distances count half. In the same way a half with several nearest ones counts as the share of them that is its own.
///
/// A setting under which R is near 0.5 measures nothing that a recording has of its own. The reverse does not hold: R is
/// high for everything that is repeatable, such as where the electrodes were, whether or not the question asks for it.
///
/// Cost: 4 N² comparisons, and medians of N² numbers; N² scalars.
///
/// Source: Bridgeford et al., PLoS Comput. Biol. 17 (2021) e1009279, for two measurements of each item.
///
/// # Errors
/// [`Error::ShapeMismatch`] for an odd number of halves; [`Error::TooFewRecordings`] unless there are two recordings;
/// [`Error::OutOfMemory`].
///
/// ```
/// use dynamical_similarity::statistics::{Distances, reliability};
/// // Halves at places on a line: those of the third recording are far apart.
/// let places = [0.0_f64, 5.0, 9.0, 1.0, 5.5, 2.5];
/// let distances: Vec<f64> =
///     places.iter().flat_map(|x| places.map(|y| (x - y).abs())).collect();
/// let found = reliability(&Distances::new(&distances, 6)?)?;
/// assert_eq!(found.within, [1.0, 0.5, 6.5]);
/// assert_eq!(found.median_within, 1.0);
/// // Of the distances 5, 9, 4 between first halves and 4.5, 1.5, 3 between second ones.
/// assert_eq!(found.median_between, 4.25);
/// assert_eq!(found.not_repeatable, [2]);
/// assert_eq!(found.nearest_is_own, 4.0 / 6.0);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
pub fn reliability(halves: &Distances) -> Result<Reliability, Error> {
    let recordings = halves.count() / 2;
    crate::matrix::check("the number of halves", recordings.saturating_mul(2), halves.count())?;
    if recordings < 2 {
        return Err(Error::TooFewRecordings { needed: 2, got: recordings });
    }
    let own = |half: usize| {
        if half < recordings {
            half.saturating_add(recordings)
        } else {
            half.saturating_sub(recordings)
        }
    };
    let mut within = try_reserve(recordings)?;
    within.extend((0..recordings).map(|i| halves.at(i, own(i))));
    let mut between = try_reserve(recordings)?;
    let mut all = try_reserve(recordings.saturating_mul(recordings.saturating_sub(1)))?;
    for i in 0..recordings {
        let mut of_one = try_reserve(recordings.saturating_mul(2))?;
        for j in (0..recordings).filter(|j| *j != i) {
            let distances = [halves.at(i, j), halves.at(own(i), own(j))];
            of_one.extend(distances);
            if i < j {
                all.extend(distances);
            }
        }
        between.push(median(&mut of_one).unwrap_or(0.0));
    }
    let (mut closer, mut nearest) = (0.0, 0.0);
    for half in 0..halves.count() {
        let to_own = halves.at(half, own(half));
        let is_other = |other: &usize| *other != half && *other != own(half);
        let others = || (0..halves.count()).filter(is_other).map(|other| halves.at(half, other));
        let ties = others().filter(|distance| *distance == to_own).count() as f64;
        closer += others().filter(|distance| *distance > to_own).count() as f64 + 0.5 * ties;
        if others().all(|distance| distance >= to_own) {
            nearest += 1.0 / (1.0 + ties);
        }
    }
    let count = halves.count() as f64;
    let not_repeatable = within.iter().zip(&between).enumerate();
    let not_repeatable =
        not_repeatable.filter(|(_, (within, between))| within > between).map(|(i, _)| i).collect();
    Ok(Reliability {
        median_within: median(&mut within.clone()).unwrap_or(0.0),
        median_between: median(&mut all).unwrap_or(0.0),
        within,
        between,
        discriminability: closer / (count * (count - 2.0)),
        nearest_is_own: nearest / count,
        nearest_is_own_by_chance: 1.0 / (count - 1.0),
        not_repeatable,
    })
}
