//! Tests, bands and intervals from distances.

use crate::errors::{Refusal, data};
use crate::settings::named;
use crate::work::briefly;
use clap::ValueEnum;
use dynamical_similarity::Error;
use dynamical_similarity::statistics::{
    self, Correlation, Distances, Groups, Interval, NullBand, Permutations,
};
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;

fn distances(array: &PyReadonlyArray2<'_, f64>) -> PyResult<Distances> {
    let count = array.as_array().nrows();
    Ok(Distances::new(array.as_slice()?, count).map_err(Refusal::from)?)
}

/// How labels are permuted: how often, from which seed, and within which strata.
#[derive(FromPyObject)]
pub(crate) struct Shuffle {
    #[pyo3(item)]
    permutations: usize,
    #[pyo3(item)]
    seed: u64,
    #[pyo3(item)]
    strata: Option<Vec<String>>,
}

impl Shuffle {
    fn permutations(&self) -> Result<Permutations, Error> {
        let made = Permutations::new().count(self.permutations).seed(self.seed);
        Ok(match &self.strata {
            Some(strata) => made.within(&Groups::new(strata)?),
            None => made,
        })
    }
}

/// A test for differences between groups of recordings.
macro_rules! test_of_groups {
    ($name:ident) => {
        #[pyfunction]
        pub(crate) fn $name<'py>(
            py: Python<'py>,
            distances: PyReadonlyArray2<'py, f64>,
            groups: Vec<String>,
            shuffle: Shuffle,
        ) -> PyResult<Bound<'py, PyAny>> {
            let distances = self::distances(&distances)?;
            let found = briefly(py, || -> Result<_, Error> {
                let (groups, permutations) = (Groups::new(&groups)?, shuffle.permutations()?);
                statistics::$name(&distances, &groups, &permutations)
            })?;
            data(py, &found)
        }
    };
}

test_of_groups!(permanova);
test_of_groups!(permanova_between_pairs);
test_of_groups!(dispersion);
test_of_groups!(nearest_neighbour_accuracy);
test_of_groups!(mean_silhouette);

#[derive(Clone, Copy, ValueEnum)]
enum CorrelationName {
    Pearson,
    Spearman,
}

#[pyfunction]
pub(crate) fn mantel<'py>(
    py: Python<'py>,
    one: PyReadonlyArray2<'py, f64>,
    other: PyReadonlyArray2<'py, f64>,
    correlation: &str,
    shuffle: Shuffle,
) -> PyResult<Bound<'py, PyAny>> {
    let correlation = match named("correlation", correlation)? {
        CorrelationName::Pearson => Correlation::Pearson,
        CorrelationName::Spearman => Correlation::Spearman,
    };
    let (one, other) = (distances(&one)?, distances(&other)?);
    let found = briefly(py, || -> Result<_, Error> {
        statistics::mantel(&one, &other, correlation, &shuffle.permutations()?)
    })?;
    data(py, &found)
}

#[pyfunction]
pub(crate) fn q_values(p: Vec<f64>) -> PyResult<Vec<f64>> {
    Ok(statistics::q_values(&p).map_err(Refusal::from)?)
}

/// From the distances among halves: first all first halves, then all second ones.
#[pyfunction]
pub(crate) fn reliability<'py>(
    py: Python<'py>,
    halves: PyReadonlyArray2<'py, f64>,
) -> PyResult<Bound<'py, PyAny>> {
    let halves = distances(&halves)?;
    data(py, &briefly(py, || statistics::reliability(&halves))?)
}

/// The edge of the null band of these draws at a share, and the p and z values of a distance.
#[pyfunction]
pub(crate) fn null_band(
    draws: Vec<Vec<f64>>,
    distance: f64,
    share: f64,
) -> PyResult<(f64, f64, Option<f64>)> {
    let draws: Vec<&[f64]> = draws.iter().map(Vec::as_slice).collect();
    let band = NullBand::of(&draws).map_err(Refusal::from)?;
    let test = band.test(distance).map_err(Refusal::from)?;
    Ok((band.quantile(share), test.p, test.z))
}

/// The interval of a distance, from those between resamples of both recordings.
#[pyfunction]
pub(crate) fn interval(distance: f64, draws: Vec<f64>, level: f64) -> PyResult<(f64, f64)> {
    let found = Interval::of(distance, &draws, level).map_err(Refusal::from)?;
    Ok((found.lower, found.upper))
}
