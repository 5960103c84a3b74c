//! Whether the classes of a comparison differ, and by more than chance.

use crate::arguments::GroupArguments;
use crate::text;
use dynamical_similarity::Error;
use dynamical_similarity::statistics::{
    Classification, Dispersion, Distances, Groups, PairOfGroups, Permanova, PermutationTest,
    Permutations, dispersion, mean_silhouette, nearest_neighbour_accuracy, permanova,
    permanova_between_pairs,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Above this p or q value a difference is called chance.
const LEVEL: f64 = 0.05;
/// The most pairs of classes that are named in a sentence.
const MOST_PAIRS: usize = 5;

/// What the distances say of the classes, or why nothing can be said.
pub(super) struct GroupTests {
    /// The classes and how many recordings each has, in the order of their numbers.
    classes: Vec<(String, usize)>,
    within_strata: bool,
    found: Result<Found, Error>,
}

struct Found {
    permanova: Permanova,
    /// Of every two classes, where there are more than two.
    pairs: Vec<PairOfGroups>,
    dispersion: Dispersion,
    nearest: Classification,
    silhouette: Classification,
}

impl GroupTests {
    /// Tests the classes of the rows of a square matrix of distances.
    pub(super) fn of(
        distances: &[f64],
        classes: &[String],
        strata: Option<&[String]>,
        options: &GroupArguments,
    ) -> Self {
        let mut sizes = BTreeMap::new();
        for class in classes {
            *sizes.entry(class.clone()).or_insert(0) += 1;
        }
        let classes_and_sizes = sizes.into_iter().collect();
        Self {
            classes: classes_and_sizes,
            within_strata: strata.is_some(),
            found: tests(distances, classes, strata, options),
        }
    }

    /// Sentences for the terminal.
    pub(super) fn sentences(&self) -> Vec<String> {
        let found = match &self.found {
            Err(reason) => return vec![format!("The classes were not tested: {reason}.")],
            Ok(found) => found,
        };
        let (between, spread) = (&found.permanova, &found.dispersion);
        let verdict = if between.test.p <= LEVEL {
            "The classes differ"
        } else {
            "No difference between the classes was found"
        };
        let mut sentences = vec![format!(
            "{verdict}: PERMANOVA pseudo-F {}, {:.0} % of the squared distances lie between classes, {}.",
            large(between.pseudo_f),
            100.0 * between.r_squared,
            chance(&between.test)
        )];
        if spread.test.p <= LEVEL {
            sentences.push(format!(
                "The classes also differ in their spread ({}), so part of the difference may be one of spread.",
                chance(&spread.test)
            ));
        }
        let least = self.least_p_of_all(&between.test);
        if least > LEVEL {
            sentences.push(format!(
                "No distances could give a p below {least:.2} with so few arrangements: these recordings are too few for a test."
            ));
        }
        sentences.push(format!(
            "The nearest other recording is of the same class for {:.0} % of the recordings (by chance {:.0} %, {}); the mean silhouette is {:.2} (by chance {:.2}, {}).",
            100.0 * found.nearest.score,
            100.0 * found.nearest.chance,
            p_of(&found.nearest.test),
            found.silhouette.score,
            found.silhouette.chance,
            p_of(&found.silhouette.test)
        ));
        sentences.append(&mut self.about_pairs(&found.pairs));
        sentences
    }

    /// Which of more than two classes differ.
    fn about_pairs(&self, pairs: &[PairOfGroups]) -> Vec<String> {
        let name = |class: usize| text::line(self.class(class).0);
        let (testable, small): (Vec<&PairOfGroups>, Vec<_>) =
            pairs.iter().partition(|pair| self.least_p(pair) <= LEVEL);
        let alike: Vec<&&PairOfGroups> = testable.iter().filter(|pair| pair.q > LEVEL).collect();
        let largest = testable.iter().map(|pair| pair.q).fold(0.0, f64::max);
        let mut sentences = Vec::new();
        match (testable.len(), alike.len()) {
            (0, _) => {}
            (count, 0) if small.is_empty() && count > 0 => {
                sentences.push(format!("Every two classes differ (largest q {largest:.4})."));
            }
            (count, 0) => {
                sentences.push(format!("{count} pairs of classes differ (largest q {largest:.4})."))
            }
            (count, few) => {
                let named = alike.iter().take(MOST_PAIRS).map(|pair| {
                    format!("{} and {} (q {:.4})", name(pair.first), name(pair.second), pair.q)
                });
                let more = if few > MOST_PAIRS { ", .." } else { "" };
                let named = named.collect::<Vec<_>>().join(", ");
                sentences.push(format!(
                    "{few} of {count} pairs of classes cannot be told from chance: {named}{more}."
                ));
            }
        }
        if !small.is_empty() {
            sentences.push(format!(
                "{} of {} pairs of classes have too few recordings to be compared on their own.",
                small.len(),
                pairs.len()
            ));
        }
        sentences
    }

    /// The name of a class, and how many recordings it has.
    fn class(&self, class: usize) -> (&str, usize) {
        self.classes.get(class).map_or(("", 0), |(name, size)| (name, *size))
    }

    /// The least p that any distances could give: of two classes of one size, exchanging them changes nothing.
    fn least_p(&self, pair: &PairOfGroups) -> f64 {
        let test = &pair.found.test;
        let same_size = self.class(pair.first).1 == self.class(pair.second).1;
        let alike = if test.exact && same_size { 2.0 } else { 1.0 };
        alike / test.permutations as f64
    }

    /// The least p that any distances could give to all classes: with two of one size, exchanging their names changes
    /// nothing.
    fn least_p_of_all(&self, test: &PermutationTest) -> f64 {
        let two_alike = matches!(&*self.classes, [(_, a), (_, b)] if a == b);
        let alike = if test.exact && two_alike && !self.within_strata { 2.0 } else { 1.0 };
        alike / test.permutations as f64
    }

    /// The numbers, for a report.
    pub(super) fn report(&self) -> Value {
        let found = match &self.found {
            Err(reason) => return json!({ "refused": reason.to_string() }),
            Ok(found) => found,
        };
        let test = |test: &PermutationTest| json!({ "p": test.p, "permutations": test.permutations, "exact": test.exact });
        let classification = |of: &Classification| json!({ "score": of.score, "chance": of.chance, "test": test(&of.test) });
        let analysis = |of: &Permanova| json!({ "pseudo_f": of.pseudo_f, "r_squared": of.r_squared, "test": test(&of.test) });
        let pair = |pair: &PairOfGroups| {
            json!({
                "first": self.class(pair.first).0,
                "second": self.class(pair.second).0,
                "permanova": analysis(&pair.found),
                "q": pair.q,
            })
        };
        json!({
            "classes": self.classes.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "permanova": analysis(&found.permanova),
            "dispersion": {
                "f": found.dispersion.f,
                "mean_distance_to_centroid": found.dispersion.mean_distance_to_centroid,
                "test": test(&found.dispersion.test),
            },
            "nearest_neighbour_accuracy": classification(&found.nearest),
            "mean_silhouette": classification(&found.silhouette),
            "pairs": found.pairs.iter().map(pair).collect::<Vec<_>>(),
        })
    }
}

fn tests(
    distances: &[f64],
    classes: &[String],
    strata: Option<&[String]>,
    options: &GroupArguments,
) -> Result<Found, Error> {
    let distances = Distances::new(distances, classes.len())?;
    let groups = Groups::new(classes)?;
    let mut permutations =
        Permutations::new().count(options.permutations as usize).seed(options.seed);
    if let Some(strata) = strata {
        permutations = permutations.within(&Groups::new(strata)?);
    }
    let pairs = if groups.sizes().len() > 2 {
        permanova_between_pairs(&distances, &groups, &permutations)
    } else {
        Ok(Vec::new())
    };
    Ok(Found {
        permanova: permanova(&distances, &groups, &permutations)?,
        pairs: pairs.or_else(|error| {
            // Strata may fix the labels of two classes and not of all.
            if error == Error::NothingToPermute { Ok(Vec::new()) } else { Err(error) }
        })?,
        dispersion: dispersion(&distances, &groups, &permutations)?,
        nearest: nearest_neighbour_accuracy(&distances, &groups, &permutations)?,
        silhouette: mean_silhouette(&distances, &groups, &permutations)?,
    })
}

/// A statistic that can be of any size.
fn large(x: f64) -> String {
    if x < 1e6 { format!("{x:.1}") } else { format!("{x:.0e}") }
}

fn p_of(test: &PermutationTest) -> String {
    format!("p {:.4}", test.p)
}

fn chance(test: &PermutationTest) -> String {
    let p = p_of(test);
    if test.exact {
        format!("{p} by all {} arrangements of the labels", test.permutations)
    } else {
        format!("{p} by {} random permutations of the labels", test.permutations)
    }
}
