//! Calibrations and monitors, in the precision of a device.

use crate::arrays::array;
use crate::errors::{Refusal, data, dictionary};
use crate::work::briefly;
use dsa::files::calibration::{Front, Stored, of_bytes, to_bytes, zeros};
use dynamical_similarity::monitor::{FrontEndSample, MonitorSettings, Report, Window};
use dynamical_similarity::{Error, monitor};
use numpy::PyReadonlyArray2;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

/// What is normal: the bytes that `dsa calibrate` writes.
#[pyclass(frozen, module = "dynamical_similarity._native")]
pub(crate) struct Calibration(Stored);

#[pymethods]
impl Calibration {
    #[new]
    fn new(bytes: &[u8]) -> PyResult<Self> {
        Ok(Self(of_bytes(bytes).map_err(Refusal::new)?))
    }

    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let Stored { front_end, calibration: kept } = &self.0;
        let shape = kept.shape();
        let made = PyDict::new(py);
        made.set_item("channels", front_end.as_ref().map_or(shape.channels, Front::channels))?;
        made.set_item("components", front_end.as_ref().map(Front::components))?;
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
        let bytes = to_bytes(&self.0).map_err(Refusal::new)?;
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
pub(crate) struct Monitor {
    front_end: Option<Front>,
    monitor: monitor::Monitor<f32, Vec<f32>>,
}

impl Monitor {
    /// Takes a sample, or `None` for a missing one, through the front end if there is one.
    fn take(&mut self, sample: Option<&[f32]>) -> Result<(), Error> {
        let found = match (&mut self.front_end, sample) {
            (None, Some(sample)) => FrontEndSample::Ready(sample),
            (None, None) => FrontEndSample::Missing,
            (Some(front_end), Some(sample)) => front_end.push(sample)?,
            (Some(front_end), None) => front_end.push_missing(),
        };
        match found {
            FrontEndSample::Pending => {}
            FrontEndSample::Ready(sample) => self.monitor.push(sample)?,
            FrontEndSample::Missing => self.monitor.push_missing(),
        }
        Ok(())
    }
}

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
        let Stored { front_end, calibration: kept } = &calibration.0;
        let length = monitor::Monitor::<f32, ()>::memory_len(kept.shape(), kept.scores(), window);
        let memory = zeros(length).map_err(Refusal::new)?;
        let monitor = monitor::Monitor::new_in(kept, settings, memory).map_err(Refusal::from)?;
        Ok(Self { front_end: front_end.clone(), monitor })
    }

    /// Takes samples, time x channels, of the front end if there is one; a row of NaN is a missing sample. The reports that fell
    /// due.
    fn push<'py>(
        &mut self,
        py: Python<'py>,
        samples: PyReadonlyArray2<'py, f32>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let (channels, values) = (samples.as_array().ncols(), samples.as_slice()?);
        let reports = briefly(py, || -> Result<Vec<Report<f32>>, Error> {
            let mut reports = Vec::new();
            for sample in values.chunks(channels.max(1)) {
                self.take(sample.iter().any(|x| !x.is_nan()).then_some(sample))?;
                reports.extend(self.monitor.poll(usize::MAX));
            }
            Ok(reports)
        })?;
        reports.iter().map(|report| data(py, report)).collect()
    }

    /// The operators of the calibration and of the window of the last report; none if there are not both.
    fn operators<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some((reference, window)) = self.monitor.operators() else { return Ok(None) };
        let named = [
            ("reference", array(py, reference)?.into_any()),
            ("window", array(py, window)?.into_any()),
        ];
        dictionary(py, named).map(Some)
    }
}
