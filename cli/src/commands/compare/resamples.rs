//! `dsa compare --resamples`: how far apart would two recordings of one system be, and how sure is a distance?

use super::places::{Place, Places};
use super::recordings::{Refusal, refusal};
use crate::commands::recording::Source;
use crate::output::Contents;
use crate::problem::Problem;
use crate::show::progress::Progress;
use crate::show::table::number;
use crate::text;
use dynamical_similarity::Error;
use dynamical_similarity::statistics::{Interval, NullBand, q_values};
use rayon::prelude::*;
use serde_json::{Value, json};

/// The confidence of the intervals.
const LEVEL: f64 = 0.9;
/// A pair differs if its q value is at most this.
const DIFFERENT: f64 = 0.05;
/// The most pairs that are listed in the terminal.
const MOST_LISTED: usize = 15;

/// The operators of the resamples of every recording, twice as many as there are draws, or why there are none.
pub(super) struct Draws<O> {
    of_each: Vec<Result<Vec<O>, Refusal>>,
    count: usize,
}

impl<O: Send + Sync> Draws<O> {
    /// Draws resamples of all recordings; `draw` makes as many operators as it is asked for.
    pub(super) fn of(
        sources: &[&Source<'_>],
        count: usize,
        draw: impl Fn(usize, &Source<'_>) -> Result<Vec<O>, Problem> + Sync,
    ) -> Self {
        let progress = Progress::new("resampling", sources.len());
        let one = |(at, source): (usize, &&Source<'_>)| {
            let found = draw(at, source);
            progress.step();
            found.map_err(|problem| refusal(source.file, &problem))
        };
        let of_each = sources.par_iter().enumerate().map(one).collect();
        progress.finish();
        Self { of_each, count }
    }

    /// All operators that were drawn.
    pub(super) fn all(&self) -> impl Iterator<Item = &O> {
        self.of_each.iter().flatten().flatten()
    }

    /// The pairs of draws: the first half of the operators with the second half.
    fn pairs(&self) -> Vec<(usize, usize)> {
        (0..self.count).map(|draw| (draw, self.count + draw)).collect()
    }

    /// The null band, the p value and the interval of every pair of recordings.
    ///
    /// - `distances`: those of the pairs, in their order.
    /// - `compare`: the distances of some pairs of operators.
    pub(super) fn tested(
        self,
        places: Places,
        distances: &[f64],
        compare: impl Fn(&[&O], &[(usize, usize)]) -> Result<Vec<f64>, Error> + Sync,
    ) -> Resampled {
        let draws = self.pairs();
        let within: Vec<Option<Result<Vec<f64>, Error>>> = self
            .of_each
            .par_iter()
            .map(|found| {
                let of_one: Vec<&O> = found.as_ref().ok()?.iter().collect();
                Some(compare(&of_one, &draws))
            })
            .collect();
        let progress = Progress::new("comparing resamples", distances.len());
        let mut tested: Vec<PairTest> = Vec::new();
        let mut failed = None;
        for (place, distance) in places.pairs().zip(distances) {
            progress.step();
            let (i, j) = places.numbers(place);
            let (Some(Ok(left)), Some(Ok(right))) = (&self.of_each.get(i), &self.of_each.get(j))
            else {
                continue;
            };
            let halves = left.iter().take(self.count).chain(right.iter().take(self.count));
            let both: Vec<&O> = halves.collect();
            let found = compare(&both, &draws).and_then(|between| {
                let of = |at: usize| match within.get(at) {
                    Some(Some(Ok(found))) => Ok(found.as_slice()),
                    Some(Some(Err(error))) => Err(*error),
                    _ => Err(Error::Empty),
                };
                PairTest::of(place, *distance, NullBand::of(&[of(i)?, of(j)?])?, &between)
            });
            match found {
                Ok(found) => tested.push(found),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        progress.finish();
        let p: Vec<f64> = tested.iter().map(|pair| pair.p).collect();
        match q_values(&p) {
            Ok(q) => tested.iter_mut().zip(q).for_each(|(pair, q)| pair.q = q),
            Err(error) => failed = failed.or(Some(error)),
        }
        let left_out = self.of_each.into_iter().filter_map(Result::err).collect();
        Resampled { draws: self.count, pairs: tested, left_out, failed, members: None }
    }
}

/// A pair of recordings, its null band and its interval.
struct PairTest {
    row: usize,
    column: usize,
    distance: f64,
    /// The edge of the null band: 95 % of pairs of recordings of one system are nearer.
    edge: f64,
    p: f64,
    q: f64,
    z: Option<f64>,
    interval: Interval,
}

impl PairTest {
    fn of(place: Place, distance: f64, band: NullBand, between: &[f64]) -> Result<Self, Error> {
        let test = band.test(distance)?;
        Ok(Self {
            row: place.row,
            column: place.column,
            distance,
            edge: band.quantile(0.95),
            p: test.p,
            q: 1.0,
            z: test.z,
            interval: Interval::of(distance, between, LEVEL)?,
        })
    }
}

/// What resamples say of all pairs.
pub(super) struct Resampled {
    draws: usize,
    pairs: Vec<PairTest>,
    left_out: Vec<Refusal>,
    /// Why pairs are missing whose recordings could be resampled.
    failed: Option<Error>,
    /// The settings of a fan that resamples are compared with, and how many there are in all.
    pub(super) members: Option<(usize, usize)>,
}

impl Resampled {
    /// How many pairs differ.
    pub(super) fn summary(&self) -> String {
        if self.pairs.is_empty() {
            return "Resamples: no pair of recordings has blocks enough.".to_owned();
        }
        let different = self.pairs.iter().filter(|pair| pair.q <= DIFFERENT).count();
        format!(
            "Resamples ({} of each recording): {different} of {} pairs are farther apart than two recordings of one system would be (q <= {DIFFERENT}).",
            self.draws,
            self.pairs.len()
        )
    }

    /// Sentences for the terminal.
    pub(super) fn sentences(&self, rows: &[String], columns: &[String]) -> Vec<String> {
        let mut sentences = Vec::new();
        if !self.pairs.is_empty() {
            let members = self.members.filter(|(some, all)| some < all).map(|(some, all)| {
                format!(" Resamples are compared with {some} of the {all} settings, those with windows that are short enough.")
            });
            sentences.push(format!("{}{}", self.summary(), members.unwrap_or_default()));
        }
        if self.members.is_some_and(|(some, _)| some == 0) && self.left_out.is_empty() {
            let why = "Resamples were not compared: no window of the fan is short enough for blocks of these recordings.";
            sentences.push(why.to_owned());
        }
        if self.pairs.len() <= MOST_LISTED {
            sentences.extend(self.pairs.iter().map(|pair| pair.sentence(rows, columns)));
        }
        if let Some(first) = self.left_out.first() {
            sentences.push(format!(
                "{} of the recordings cannot be resampled, such as {}: {}",
                self.left_out.len(),
                text::line(&first.file),
                first.reason
            ));
        }
        if let Some(error) = self.failed {
            sentences.push(format!("Some pairs have no null band: {error}."));
        }
        sentences
    }

    /// The numbers for a report.
    pub(super) fn report(&self, rows: &[String], columns: &[String]) -> Value {
        let pair = |pair: &PairTest| {
            json!({
                "row": rows[pair.row],
                "column": columns[pair.column],
                "distance": pair.distance,
                "null_band_edge": pair.edge,
                "p": pair.p,
                "q": pair.q,
                "z": pair.z,
                "lower": pair.interval.lower,
                "upper": pair.interval.upper,
            })
        };
        json!({
            "draws": self.draws,
            "level": LEVEL,
            "members": self.members.map(|(some, _)| some),
            "pairs": self.pairs.iter().map(pair).collect::<Vec<_>>(),
            "left_out": self.left_out.iter().map(Refusal::report).collect::<Vec<_>>(),
        })
    }

    /// pairs.csv.
    pub(super) fn files(
        &self,
        rows: &[String],
        columns: &[String],
    ) -> Result<Vec<Contents>, Problem> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let head = ["row", "column", "distance", "null_band_edge", "p", "q", "z", "lower", "upper"];
        table.write_record(head).map_err(Problem::new)?;
        for pair in &self.pairs {
            let names = [rows[pair.row].clone(), columns[pair.column].clone()];
            let z = pair.z.map(|z| z.to_string()).unwrap_or_default();
            let before = [pair.distance, pair.edge, pair.p, pair.q].map(|x| x.to_string());
            let after = [pair.interval.lower, pair.interval.upper].map(|x| x.to_string());
            let line = names.into_iter().chain(before).chain([z]).chain(after);
            table.write_record(line).map_err(Problem::new)?;
        }
        let bytes = table.into_inner().map_err(|error| Problem::new(error.error()))?;
        Ok(vec![("pairs.csv".to_owned(), bytes)])
    }
}

impl PairTest {
    fn sentence(&self, rows: &[String], columns: &[String]) -> String {
        let (row, column) = (text::line(&rows[self.row]), text::line(&columns[self.column]));
        let interval = if self.interval.reaches_zero() {
            format!("at most {}", number(self.interval.upper))
        } else {
            format!("{} to {}", number(self.interval.lower), number(self.interval.upper))
        };
        format!(
            "{row} and {column}: {} (90 % interval: {interval}); one system gives up to {}; p {:.4}, q {:.4}",
            number(self.distance),
            number(self.edge),
            self.p,
            self.q
        )
    }
}
