//! `dsa distance`: two operators, one number.

use crate::arguments::Distance;
use crate::model_file::read_operator;
use crate::output::show;
use crate::problem::Problem;
use crate::table::number;
use dynamical_similarity::DistanceMatrix;
use serde_json::json;

pub(super) fn run(options: &Distance) -> Result<(), Problem> {
    let (left, right) = (read_operator(&options.left)?, read_operator(&options.right)?);
    let measure = options.measure.measure(options.parity);
    let found = DistanceMatrix::between(&[left.as_ref()], &[right.as_ref()], &measure, || {})
        .map_err(|error| {
            let pair = format!("{} and {}", options.left.display(), options.right.display());
            Problem::new(format!("{pair}: {error}"))
        })?;
    let metric = options.measure.metric(options.parity).name();
    let (distance, lower_bound) = (found.distance(0, 0), found.lower_bound(0, 0));
    let certified = found.certified() == 1;
    if options.json {
        let result = json!({
            "metric": metric,
            "distance": distance,
            "lower_bound": lower_bound,
            "certified": certified,
        });
        show(format_args!("{result}\n"))
    } else {
        let proof = if certified { ", certified" } else { "" };
        show(format_args!(
            "{metric} distance {} (at least {}{proof})\n",
            number(distance),
            number(lower_bound)
        ))
    }
}
