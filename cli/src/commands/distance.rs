//! `dsa distance`: the distance between two operators.

use super::remarks::{Operator, Pair, Remarks, frobenius};
use crate::arguments::Distance;
use crate::files::model::{read_operator, read_spectrum};
use crate::output::{note, show};
use crate::problem::Problem;
use crate::show::table::number;
use crate::text;
use dynamical_similarity::{DistanceMatrix, MatRef};
use serde_json::json;
use std::path::Path;

pub(super) fn run(options: &Distance) -> Result<(), Problem> {
    options.measure.check_cleaned(options.dsa_metric).map_err(Problem::new)?;
    let read = |file: &Path| match options.measure.cleaned {
        None => read_operator(file),
        Some(cleaned) => cleaned
            .of(&read_spectrum(file)?)
            .and_then(|kept| kept.operator())
            .map_err(|_| Problem::about(file, "no eigenvalue is left by --cleaned")),
    };
    let (left, right) = (read(&options.left)?, read(&options.right)?);
    let measure = options.measure.measure(options.dsa_metric);
    let found = DistanceMatrix::between(&[left.as_ref()], &[right.as_ref()], &measure, None)
        .map_err(|error| {
            let pair = format!("{} and {}", text::name(&options.left), text::name(&options.right));
            Problem::new(format!("{pair}: {error}"))
        })?;
    let metric = options.measure.metric(options.dsa_metric).name();
    let (distance, lower_bound) = (found.distance(0, 0), found.lower_bound(0, 0));
    let certified = found.certified() == 1;
    let said = |label: &str, operator: MatRef<'_, f64>| Operator {
        label: label.to_owned(),
        rank: operator.rows(),
        norm: frobenius(operator),
        unpredictable: false,
    };
    let names = [&options.left, &options.right].map(|file| file.display().to_string());
    let operators = [said(&names[0], left.as_ref()), said(&names[1], right.as_ref())];
    let pair = Pair { left: 0, right: 1, distance };
    let remarks = Remarks::of(options.measure.metric(options.dsa_metric), &operators, &[pair]);
    if options.json {
        let mut result = json!({
            "metric": metric,
            "distance": distance,
            "lower_bound": lower_bound,
            "certified": certified,
        });
        remarks.report(&mut result);
        show(format_args!("{result}\n"))
    } else {
        remarks.sentences.iter().for_each(note);
        let proof = if certified { ", certified" } else { "" };
        show(format_args!(
            "{metric} distance {} (lower bound {}{proof})\n",
            number(distance),
            number(lower_bound)
        ))
    }
}
