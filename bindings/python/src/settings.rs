//! Names and numbers from Python as settings of the library, by the names that the program `dsa` has for them.

use crate::errors::Refusal;
use clap::ValueEnum;
use dsa::arguments::{
    CentreArgument, EffortArgument, MeasureArguments, MetricArgument, RankArgument, ScaleArgument,
    UnequalRanksArgument,
};
use dynamical_similarity::{Centre, Dmd, Measure, Scale};
use pyo3::prelude::*;

/// The settings of a fit.
pub(crate) struct Model(pub(crate) Dmd);

impl<'a, 'py> FromPyObject<'a, 'py> for Model {
    type Error = PyErr;

    fn extract(settings: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        #[derive(serde::Deserialize)]
        struct Settings {
            delays: usize,
            interval: usize,
            steps_ahead: usize,
            rank: String,
            ridge: f64,
            centre: String,
            scale: String,
            reduced_rank: bool,
            dsa_metric: bool,
        }
        let from: Settings = pythonize::depythonize(&settings)?;
        let defaults = if from.dsa_metric { Dmd::dsa_metric() } else { Dmd::new() };
        let rank: RankArgument =
            from.rank.parse().map_err(|what| Refusal::new(format!("rank: {what}")))?;
        let dmd = defaults
            .delays(from.delays)
            .interval(from.interval)
            .steps_ahead(from.steps_ahead)
            .rank(rank.0)
            .ridge(from.ridge)
            .reduced_rank(from.reduced_rank)
            .centre(match named("centre", &from.centre)? {
                CentreArgument::Mean => Centre::Mean,
                CentreArgument::None => Centre::None,
                CentreArgument::Condition => Centre::Condition,
            })
            .scale(match named("scale", &from.scale)? {
                ScaleArgument::None => Scale::None,
                ScaleArgument::UnitVariance => Scale::UnitVariance,
                ScaleArgument::UnitNorm => Scale::UnitNorm,
            });
        Ok(Self(dmd))
    }
}

/// What is measured between two operators.
pub(crate) struct Distance(pub(crate) Measure);

impl<'a, 'py> FromPyObject<'a, 'py> for Distance {
    type Error = PyErr;

    fn extract(settings: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        #[derive(serde::Deserialize)]
        struct Settings {
            metric: String,
            effort: String,
            unequal_ranks: String,
            certify: bool,
        }
        let from: Settings = pythonize::depythonize(&settings)?;
        let arguments = MeasureArguments {
            metric: Some(named::<MetricArgument>("metric", &from.metric)?),
            effort: named::<EffortArgument>("effort", &from.effort)?,
            unequal_ranks: Some(named::<UnequalRanksArgument>(
                "unequal_ranks",
                &from.unequal_ranks,
            )?),
            certify: from.certify,
            cleaned: None,
        };
        Ok(Self(arguments.measure(false)))
    }
}

/// A value by its name, which is refused with the names that there are.
pub(crate) fn named<V: ValueEnum>(setting: &str, name: &str) -> Result<V, Refusal> {
    V::from_str(name, false).map_err(|_| {
        let known = V::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let known: Vec<String> = known.map(|value| format!("{:?}", value.get_name())).collect();
        Refusal::new(format!("{setting} is {name:?}, and must be one of {}", known.join(", ")))
    })
}
