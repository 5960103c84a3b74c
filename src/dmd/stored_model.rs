//! Models as data: the numbers of a model and one list of scalars, checked when they are read.

use super::model::{FitPath, Model, ModelNumbers, Warnings};
use super::settings::Dmd;
use crate::error::Error;
use crate::matrix::{Layout, area};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;

/// What is written of a model. Everything that follows from these numbers is found again when it is read.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename = "Model")]
pub(super) struct StoredModel<T> {
    settings: Dmd,
    rank: usize,
    path: FitPath,
    rows: usize,
    pairs: usize,
    residual: T,
    warnings: Warnings,
    unit: T,
    channels: usize,
    order: usize,
    kept: usize,
    reduced: bool,
    /// Whether there is a mean window, and whether there is an intercept.
    centred: [bool; 2],
    singular_values: usize,
    data: Vec<T>,
}

impl<T: Scalar> From<Model<T>> for StoredModel<T> {
    fn from(model: Model<T>) -> Self {
        let view = model.as_ref();
        let centred = [!view.mean.is_empty(), !view.intercept.is_empty()];
        let singular_values = view.spectrum.len();
        let ModelNumbers {
            dmd: settings,
            rank,
            path,
            rows,
            pairs,
            residual,
            warnings,
            unit,
            channels,
            order,
            kept,
            reduced,
        } = model.numbers;
        Self {
            settings,
            rank,
            path,
            rows,
            pairs,
            residual,
            warnings,
            unit,
            channels,
            order,
            kept,
            reduced,
            centred,
            singular_values,
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
        let settings = stored.settings;
        settings.embedding().validate()?;
        let width = settings.embedding().width(stored.channels);
        let sizes = [stored.rank, stored.channels, stored.order, stored.kept];
        if sizes.contains(&0) || stored.kept > width || stored.singular_values < stored.kept {
            return damaged("a size of the model");
        }
        let there = |is: bool, length: usize| if is { length } else { 0 };
        let [mean, intercept] = stored.centred;
        let layout = Layout::new([
            area(stored.order, stored.order),
            area(width, stored.kept),
            there(stored.reduced, area(stored.kept, stored.rank)),
            stored.singular_values,
            there(mean, width),
            there(intercept, stored.order),
            stored.channels,
            stored.channels,
        ]);
        if layout.len() != stored.data.len() {
            return damaged("the number of scalars of the model");
        }
        let numbers = [stored.residual, stored.unit];
        if !stored.data.iter().chain(&numbers).all(|x| Real::is_finite(*x)) {
            return damaged("a number of the model that is not finite");
        }
        let numbers = ModelNumbers {
            dmd: settings,
            rank: stored.rank,
            path: stored.path,
            rows: stored.rows,
            pairs: stored.pairs,
            residual: stored.residual,
            warnings: stored.warnings,
            unit: stored.unit,
            channels: stored.channels,
            order: stored.order,
            kept: stored.kept,
            reduced: stored.reduced,
        };
        Ok(Self { data: stored.data, layout, numbers })
    }
}
