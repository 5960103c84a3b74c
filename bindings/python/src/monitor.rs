//! Calibrations and monitors, in the precision of a device.

use crate::arrays::array;
use crate::errors::{Refusal, data, dictionary};
use crate::work::briefly;
use dynamical_similarity::monitor::{MonitorSettings, Report, Window};
use dynamical_similarity::{Error, monitor};
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

/// What is normal: the bytes that `dsa calibrate` writes.
#[pyclass(frozen, module = "dynamical_similarity._native")]
pub(crate) struct Calibration(monitor::Calibration<f32, Vec<f32>>);

#[pymethods]
impl Calibration {
    #[new]
    fn new(bytes: &[u8]) -> PyResult<Self> {
        let kept = dsa::files::calibration::of_bytes(bytes).map_err(Refusal::new)?;
        Ok(Self(kept))
    }

    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (kept, shape) = (&self.0, self.0.shape());
        let made = PyDict::new(py);
        made.set_item("channels", shape.channels)?;
        made.set_item("delays", shape.delays)?;
        made.set_item("rank", shape.rank)?;
        made.set_item("directions", kept.directions())?;
        made.set_item("rate", kept.sampling_rate())?;
        made.set_item("decimation", kept.decimation())?;
        made.set_item("samples", kept.samples())?;
        made.set_item("null_median", kept.null_band().median)?;
        made.set_item("null_deviation", kept.null_band().deviation)?;
        Ok(made)
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = dsa::files::calibration::to_bytes(&self.0).map_err(Refusal::new)?;
        Ok(PyBytes::new(py, &bytes))
    }
}

/// The settings of a monitor; lengths are in samples.
#[derive(serde::Deserialize)]
struct Settings {
    window: usize,
    block: usize,
    report_every: usize,
    least_pairs: usize,
    artefact: f32,
    most_rejected: f32,
    stuck: usize,
    limits: Option<(f32, f32)>,
    margin: f32,
}

/// Watches a stream.
#[pyclass(module = "dynamical_similarity._native")]
pub(crate) struct Monitor(monitor::Monitor<f32, Vec<f32>>);

#[pymethods]
impl Monitor {
    #[new]
    fn new(calibration: &Calibration, settings: &Bound<'_, PyAny>) -> PyResult<Self> {
        let from: Settings = pythonize::depythonize(settings)?;
        let window = Window::Blocks(from.window);
        let limited = match from.limits {
            Some((lowest, highest)) => MonitorSettings::new().limits(lowest, highest),
            None => MonitorSettings::new(),
        };
        let settings = limited
            .window(window)
            .block(from.block)
            .report_every(from.report_every)
            .least_pairs(from.least_pairs)
            .artefact(from.artefact)
            .most_rejected(from.most_rejected)
            .stuck(from.stuck)
            .margin(from.margin);
        let kept = &calibration.0;
        let length = monitor::Monitor::<f32, ()>::memory_len(kept.shape(), kept.scores(), window);
        let memory = dsa::files::calibration::zeros(length).map_err(Refusal::new)?;
        Ok(Self(monitor::Monitor::new_in(kept, settings, memory).map_err(Refusal::from)?))
    }

    /// Takes samples, time x channels; a row of NaN is a missing sample. The reports that fell due.
    fn push<'py>(
        &mut self,
        py: Python<'py>,
        samples: PyReadonlyArray2<'py, f32>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let (channels, values) = (samples.as_array().ncols(), samples.as_slice()?);
        let reports = briefly(py, || -> Result<Vec<Report<f32>>, Error> {
            let mut reports = Vec::new();
            for sample in values.chunks(channels.max(1)) {
                if sample.iter().all(|x| x.is_nan()) {
                    self.0.push_missing();
                } else {
                    self.0.push(sample)?;
                }
                reports.extend(self.0.poll(usize::MAX));
            }
            Ok(reports)
        })?;
        reports.iter().map(|report| data(py, report)).collect()
    }

    /// The operators of the calibration and of the window of the last report; none if there are not both.
    fn operators<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some((reference, window)) = self.0.operators() else { return Ok(None) };
        let named = [
            ("reference", array(py, reference)?.into_any()),
            ("window", array(py, window)?.into_any()),
        ];
        dictionary(py, named).map(Some)
    }
}
