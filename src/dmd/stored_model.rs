//! Models as data: the numbers of a model and one list of scalars, checked when they are read.

use super::model::{Model, ModelNumbers};
use crate::error::Error;
use crate::matrix::{Layout, area};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;

/// What is written of a model. Everything that follows from these numbers is found again when it is read.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename = "Model")]
pub(super) struct StoredModel<T> {
    numbers: ModelNumbers<T>,
    has_mean: bool,
    has_intercept: bool,
    singular_values: usize,
    data: Vec<T>,
}

impl<T: Scalar> From<Model<T>> for StoredModel<T> {
    fn from(model: Model<T>) -> Self {
        let view = model.as_ref();
        Self {
            has_mean: !view.mean.is_empty(),
            has_intercept: !view.intercept.is_empty(),
            singular_values: view.spectrum.len(),
            numbers: model.numbers,
            data: model.data,
        }
    }
}

impl<T: Scalar> TryFrom<StoredModel<T>> for Model<T> {
    type Error = Error;

    /// # Errors
    /// [`Error::Corrupted`] where sizes do not fit each other or a number is not finite; [`Error::InvalidSetting`].
    fn try_from(stored: StoredModel<T>) -> Result<Self, Error> {
        let damaged = |what| Err(Error::Corrupted { what });
        let numbers = stored.numbers;
        numbers.dmd.validate()?;
        let width = numbers.dmd.embedding().width(numbers.channels);
        let sizes = [numbers.rank, numbers.channels, numbers.order, numbers.kept];
        if sizes.contains(&0) || numbers.kept > width || stored.singular_values < numbers.kept {
            return damaged("a size of the model");
        }
        let there = |is: bool, length: usize| if is { length } else { 0 };
        let layout = Layout::new([
            area(numbers.order, numbers.order),
            area(width, numbers.kept),
            there(numbers.reduced, area(numbers.kept, numbers.rank)),
            stored.singular_values,
            there(stored.has_mean, width),
            there(stored.has_intercept, numbers.order),
            numbers.channels,
            numbers.channels,
        ]);
        if layout.len() != stored.data.len() {
            return damaged("the number of scalars of the model");
        }
        let scalars = [numbers.residual, numbers.unit];
        if !stored.data.iter().chain(&scalars).all(|x| Real::is_finite(*x)) {
            return damaged("a number of the model that is not finite");
        }
        Ok(Self { data: stored.data, layout, numbers })
    }
}
