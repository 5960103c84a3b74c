//! Remarks about distances: pairs for which an angle says little, and recordings without dynamics.

use super::recording::Checked;
use crate::arguments::MetricArgument;
use crate::text;
use dynamical_similarity::{Dmd, Error, LatentEvidence, MatRef, Recording};
use serde_json::{Value, json};

/// What remarks need to know of an operator.
pub(super) struct Operator {
    pub(super) label: String,
    pub(super) rank: usize,
    /// Frobenius norm.
    pub(super) norm: f64,
    /// Whether nothing can be predicted of the recording.
    pub(super) unpredictable: bool,
}

/// A pair: its operators, by their places in the list, and the distance between them.
pub(super) struct Pair {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) distance: f64,
}

/// Two operators whose norms differ by more than the angle between them explains.
struct Differing {
    left: String,
    right: String,
    norm_ratio: f64,
}

/// Remarks about a comparison: sentences, and the numbers in them.
pub(super) struct Remarks {
    pub(super) sentences: Vec<String>,
    norms: Vec<f64>,
    differing: Vec<Differing>,
    without_dynamics: Vec<String>,
}

/// The most names in a sentence.
const MOST_NAMES: usize = 5;

impl Remarks {
    /// About operators and the pairs that were compared.
    pub(super) fn of(metric: MetricArgument, operators: &[Operator], pairs: &[Pair]) -> Self {
        let of = |pair: &Pair| Some((operators.get(pair.left)?, operators.get(pair.right)?));
        let mut sentences = Vec::new();
        let one =
            |pair: &&Pair| of(pair).is_some_and(|(left, right)| left.rank == 1 && right.rank == 1);
        if angle(metric, 0.0).is_some() && pairs.iter().any(|pair| one(&pair)) {
            sentences.push(RANK_ONE.to_owned());
        }
        let without_dynamics: Vec<String> = operators
            .iter()
            .filter(|operator| operator.unpredictable)
            .map(|operator| operator.label.clone())
            .collect();
        if !without_dynamics.is_empty() {
            sentences.push(format!("{}: {NO_DYNAMICS}", listed(&without_dynamics)));
        }
        let differing: Vec<Differing> = pairs
            .iter()
            .filter_map(|pair| {
                let ((left, right), angle) = (of(pair)?, angle(metric, pair.distance)?);
                let norm_ratio = left.norm / right.norm;
                norms_differ(norm_ratio, angle).then(|| Differing {
                    left: left.label.clone(),
                    right: right.label.clone(),
                    norm_ratio,
                })
            })
            .collect();
        let most = |x: &&Differing| x.norm_ratio.max(1.0 / x.norm_ratio);
        let worst = differing.iter().max_by(|a, b| most(a).total_cmp(&most(b)));
        if let Some(Differing { left, right, norm_ratio }) = worst {
            sentences.push(format!(
                "In {} of {} pairs the norms of the operators differ by more than the angle between them explains (most of all {} and {}, with |A|/|B| = {norm_ratio:.3}). An angle does not depend on the norms, so it misses changes such as a slower decay; --metric frobenius and --metric wasserstein detect them.",
                differing.len(),
                pairs.len(),
                text::line(left),
                text::line(right),
            ));
        }
        let norms = operators.iter().map(|operator| operator.norm).collect();
        Self { sentences, norms, differing, without_dynamics }
    }

    /// Adds the remarks to a report.
    pub(super) fn report(&self, report: &mut Value) {
        let pairs = self.differing.iter().map(
            |pair| json!({ "left": pair.left, "right": pair.right, "norm_ratio": pair.norm_ratio }),
        );
        report["remarks"] = json!(self.sentences);
        report["norms"] = json!(self.norms);
        report["norms_differ"] = pairs.collect();
        report["without_dynamics"] = json!(self.without_dynamics);
    }
}

/// The remark about a recording that is white noise.
pub(super) const NO_DYNAMICS: &str = "no dynamics to compare. This is white noise: samples are neither correlated with earlier samples nor predicted by them, so a fitted operator and its distances mean nothing.";

const RANK_ONE: &str = "An angle between operators of rank 1 is 0 or pi: it only says whether two numbers have the same sign. Use --rank 2 or more, or --metric frobenius or --metric wasserstein, which \
     compare the numbers themselves.";

/// The angle that belongs to a distance; `None` for a distance that depends on the norms of the operators.
fn angle(metric: MetricArgument, distance: f64) -> Option<f64> {
    match metric {
        MetricArgument::Angular => Some(distance),
        MetricArgument::Chordal => Some(2.0 * (0.5 * distance).min(1.0).asin()),
        _ => None,
    }
}

/// Whether the norms differ by more than the angle explains. The rule and its derivation are those of
/// [`Comparison::norms_differ`](dynamical_similarity::Comparison::norms_differ), applied to an entry of a matrix.
fn norms_differ(norm_ratio: f64, angle: f64) -> bool {
    let (root, chord) = (norm_ratio.sqrt(), 2.0 * (0.5 * angle).sin());
    !((root - 1.0 / root).abs() <= chord.max(1e-2))
}

/// The longest lag at which an autocorrelation is tested.
const LONGEST_LAG: usize = 20;
/// How many standard errors an autocorrelation of white noise stays below, whatever the number of lags and channels.
const STANDARD_ERRORS: f64 = 5.0;

/// Whether a recording is white noise: no channel is correlated with itself at any lag within a window, and the
/// past predicts nothing. The second test takes a fit, so the first one comes before it.
pub(super) fn is_white(recording: &Checked<'_>, dmd: Dmd) -> bool {
    let (trials, lags) = (&recording.trials, dmd.embedding().window().min(LONGEST_LAG));
    let channels = trials.first().map_or(0, Recording::channels);
    (0..channels).all(|channel| is_uncorrelated(trials, channel, lags))
        && matches!(LatentEvidence::of(trials, &dmd), Err(Error::Unpredictable))
}

/// Whether the autocorrelations of a channel are within their standard errors, 1/sqrt(samples), of zero.
fn is_uncorrelated(trials: &[Recording<'_, f64>], channel: usize, lags: usize) -> bool {
    let of = |trial: &Recording<'_, f64>| -> Vec<f64> {
        (0..trial.samples()).filter_map(|t| trial.sample(t).get(channel).copied()).collect()
    };
    let mut trials: Vec<Vec<f64>> = trials.iter().map(of).collect();
    let count = trials.iter().map(Vec::len).sum::<usize>() as f64;
    let mean = trials.iter().flatten().sum::<f64>() / count;
    trials.iter_mut().flatten().for_each(|x| *x -= mean);
    let sum = |lag: usize| -> f64 {
        let products = |trial: &Vec<f64>| -> f64 {
            trial.iter().zip(trial.iter().skip(lag)).map(|(x, later)| x * later).sum()
        };
        trials.iter().map(products).sum()
    };
    let bound = STANDARD_ERRORS / count.sqrt() * sum(0);
    (1..=lags).all(|lag| sum(lag).abs() <= bound)
}

/// |A|, the root of the sum of squares.
pub(super) fn frobenius(matrix: MatRef<'_, f64>) -> f64 {
    let all = || matrix.columns().flatten().copied();
    let largest = all().fold(0.0, |most: f64, x| most.max(x.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    largest * all().map(|x| (x / largest) * (x / largest)).sum::<f64>().sqrt()
}

/// Names in a sentence, at most five of them.
pub(super) fn listed(names: &[String]) -> String {
    let mut list: Vec<String> =
        names.iter().take(MOST_NAMES).map(|name| text::line(name)).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    if more > 0 {
        list.push(format!("{more} more"));
    }
    match list.pop() {
        Some(last) if !list.is_empty() => format!("{} and {last}", list.join(", ")),
        last => last.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator(label: &str, rank: usize, norm: f64) -> Operator {
        Operator { label: label.to_owned(), rank, norm, unpredictable: false }
    }

    #[test]
    fn a_difference_in_size_is_said_when_the_angle_is_smaller() {
        let operators = [operator("a", 3, 2.0), operator("b", 3, 1.0), operator("c", 3, 0.95)];
        let pair = |left, right, distance| Pair { left, right, distance };
        let said = |metric, pairs: &[Pair]| Remarks::of(metric, &operators, pairs).differing.len();
        let angular = MetricArgument::Angular;
        // |q - 1/q| is 0.71 for a and b, the chord of 0.723 rad; 0.051 for b and c; 0.76 for a and c, that of 0.78.
        assert_eq!(said(angular, &[pair(0, 1, 0.1), pair(1, 2, 0.06), pair(0, 2, 0.8)]), 1);
        assert_eq!(said(angular, &[pair(1, 0, 0.71)]), 1);
        assert_eq!(said(angular, &[pair(1, 0, 0.73)]), 0);
        assert_eq!(said(MetricArgument::Chordal, &[pair(0, 1, 0.70)]), 1);
        assert_eq!(said(MetricArgument::Chordal, &[pair(0, 1, 0.71)]), 0);
        assert_eq!(said(MetricArgument::Frobenius, &[pair(0, 1, 0.0)]), 0);
        let found = Remarks::of(angular, &operators, &[pair(1, 0, 0.1)]);
        assert!(
            found.sentences[0].contains("b and a, with |A|/|B| = 0.500"),
            "{:?}",
            found.sentences
        );
    }

    #[test]
    fn a_pair_of_rank_one_is_said_once_and_only_of_an_angle() {
        let operators = [operator("a", 1, 1.0), operator("b", 1, 1.0), operator("c", 2, 1.0)];
        let pair = |left, right| Pair { left, right, distance: 0.0 };
        let said = |metric, pairs: &[Pair]| Remarks::of(metric, &operators, pairs).sentences;
        assert_eq!(
            said(MetricArgument::Angular, &[pair(0, 1), pair(1, 0), pair(0, 2)]),
            [RANK_ONE]
        );
        assert!(said(MetricArgument::Chordal, &[pair(0, 2)]).is_empty());
        assert!(said(MetricArgument::Wasserstein, &[pair(0, 1)]).is_empty());
    }

    #[test]
    fn a_list_of_names_is_short() {
        let names: Vec<String> = "abcdefg".chars().map(String::from).collect();
        assert_eq!(listed(&names), "a, b, c, d, e and 2 more");
        assert_eq!(
            (listed(&names[..1]), listed(&names[..2])),
            ("a".to_owned(), "a and b".to_owned())
        );
    }
}
