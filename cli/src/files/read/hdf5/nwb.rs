//! Series and spike times of Neurodata Without Borders.

use super::super::array::shown;
use super::super::choice::{Leaf, Listing};
use super::super::error::{ReadError, ReadErrorKind};
use super::super::reading::Reading;
use super::super::samples::{Axis, Gap, Samples};
use super::container::Container;
use super::error::{damaged, refused};
use super::series::Series as Parts;
use super::store::{count, stored};
use super::units;
use super::walk::{Folder, folders};
use crate::text::counted;
use hdf5_reader::Dataset;
use hdf5_reader::group::Group;

/// What may be the recording.
enum Part {
    Series(Folder),
    Units(Folder),
}

pub(super) fn read(
    file: &Container,
    root: &Group,
    reading: &Reading<'_>,
) -> Result<Samples, ReadError> {
    let found = listing(file, root)?;
    let chosen = found.choose(&Reading { dataset: dataset(reading), ..*reading })?;
    let [Leaf { path, parts, .. }] = chosen.as_slice() else {
        return Err(ReadError::new(ReadErrorKind::Dataset, "choose one series with --dataset"));
    };
    let read = match parts.first() {
        Some(Part::Series(folder)) => series(file, folder, reading),
        Some(Part::Units(folder)) => units::read(file, folder, reading),
        None => Err(damaged("there is no series")),
    };
    read.map_err(|error| error.in_array(path))
}

/// The recording, if it is a series of even rate that can be read in parts.
pub(super) fn in_parts(
    file: &Container,
    root: &Group,
    reading: &Reading<'_>,
) -> Result<Option<Parts>, ReadError> {
    let found = listing(file, root)?;
    let chosen = found.choose(&Reading { dataset: dataset(reading), ..*reading })?;
    let [Leaf { path, parts, .. }] = chosen.as_slice() else { return Ok(None) };
    let Some(Part::Series(folder)) = parts.first() else { return Ok(None) };
    let (Some(data), Some(start)) = (folder.array("data"), folder.array("starting_time")) else {
        return Ok(None);
    };
    let Some(mut found) = Parts::of(data) else { return Ok(None) };
    let units =
        Units::of(file, folder, data, found.channels()).map_err(|error| error.in_array(path))?;
    found.convert(units.scales, units.offset);
    let rate = start.attributes().into_iter().find(|x| x.name == "rate");
    if let Some(rate) = rate.and_then(|rate| rate.read_as_f64().ok()) {
        found.state_rate(rate, "the rate of the series");
    }
    Ok(Some(found))
}

/// A path may name the array itself.
fn dataset<'a>(reading: &Reading<'a>) -> Option<&'a str> {
    reading.dataset.map(|x| x.trim_end_matches('/').trim_end_matches("/data"))
}

/// All series and units.
fn listing(file: &Container, root: &Group) -> Result<Listing<Part>, ReadError> {
    let mut found = Listing { may_be_trials: false, ..Listing::new('/', file.memory) };
    for folder in folders(root, |_| true)? {
        let path = folder.path.trim_end_matches('/').to_owned();
        if let (Some(times), Some(ends)) =
            (folder.array("spike_times"), folder.array("spike_times_index"))
        {
            let shape = format!("({} spikes of {} units, with --bin)", count(times), count(ends));
            let numbers = count(times);
            found.leaves.push(Leaf { path, shape, numbers, parts: vec![Part::Units(folder)] });
        } else if let Some(data) = folder.array("data")
            && (folder.array("starting_time").is_some() || folder.array("timestamps").is_some())
        {
            match (stored(data), count(data)) {
                (Err(why), _) => found.refused.push((path, why.to_owned())),
                (_, 0) => found.refused.push((path, "holds no data".to_owned())),
                (_, numbers) => {
                    let shape = shown(data.shape());
                    let parts = vec![Part::Series(folder)];
                    found.leaves.push(Leaf { path, shape, numbers, parts });
                }
            }
        }
    }
    Ok(found)
}

/// What makes numbers of a series values in its unit: x scale + offset.
struct Units {
    /// Of each channel.
    scales: Vec<f64>,
    offset: f64,
}

impl Units {
    fn of(
        file: &Container,
        folder: &Folder,
        data: &Dataset,
        channels: usize,
    ) -> Result<Self, ReadError> {
        let attribute = |name: &str, usual: f64| {
            let found = data.attributes().into_iter().find(|x| x.name == name);
            found.map_or(Ok(usual), |x| x.read_as_f64().map_err(refused))
        };
        let (conversion, offset) = (attribute("conversion", 1.0)?, attribute("offset", 0.0)?);
        let each = folder.array("channel_conversion").map(|x| file.numbers(x)).transpose()?;
        if let Some(each) = each.as_ref().filter(|each| each.len() != channels) {
            return Err(damaged(format!(
                "there are {} conversions of channels for {channels} channels",
                each.len(),
            )));
        }
        let each = each.unwrap_or_else(|| vec![1.0; channels]);
        let scales = each.into_iter().map(|one| conversion * one).collect();
        Ok(Self { scales, offset })
    }
}

/// Data in their units, with the rate or the times of the samples.
fn series(file: &Container, folder: &Folder, reading: &Reading<'_>) -> Result<Samples, ReadError> {
    let data = folder.array("data").ok_or_else(|| damaged("there are no data"))?;
    if data.ndim() > 2 && reading.axes.is_none() {
        return Err(ReadError::new(
            ReadErrorKind::UnsupportedShape,
            format!(
                "the shape of the data is {}, of which time is the first axis; name the axes with --axes, such as \
                 time,channels,trials, if this is a recording",
                shown(data.shape())
            ),
        ));
    }
    let mut samples = file.array(data)?.into_samples(reading.axes)?;
    let Units { scales, offset } = Units::of(file, folder, data, samples.channels)?;
    // In this order pynwb computes them, so that not a bit differs.
    for trial in &mut samples.trials {
        for row in trial.chunks_mut(scales.len().max(1)) {
            row.iter_mut().zip(&scales).for_each(|(x, scale)| *x = *x * scale + offset);
        }
    }
    if let Some(start) = folder.array("starting_time") {
        let rate = start.attributes().into_iter().find(|x| x.name == "rate");
        if let Some(rate) = rate.and_then(|rate| rate.read_as_f64().ok()) {
            samples.state_rate(rate, "the rate of the series");
        }
    } else if let Some(times) = folder.array("timestamps") {
        let times = file.numbers(times)?;
        let longest = samples.lengths().1;
        if samples.trials.len() > 1 || times.len() != longest {
            return Err(damaged(format!("there are {} times for {longest} samples", times.len())));
        }
        time_axis(&mut samples, &times);
    }
    Ok(samples)
}

/// The axis that times in seconds make, and where they jump.
fn time_axis(samples: &mut Samples, times: &[f64]) {
    let mut steps: Vec<f64> = times.iter().zip(times.iter().skip(1)).map(|(a, b)| b - a).collect();
    let mut sorted: Vec<f64> = steps.iter().copied().filter(|x| x.is_finite()).collect();
    if sorted.is_empty() {
        return;
    }
    let middle = sorted.len() / 2;
    let step = *sorted.select_nth_unstable_by(middle, f64::total_cmp).1;
    // Times are rounded, and rates are not known to more digits than these.
    let rate = format!("{:.8e}", 1.0 / step).parse().unwrap_or(1.0 / step);
    if !(step > 0.0 && f64::is_finite(rate)) {
        samples.notes.push("the times of the samples do not rise, and were ignored".to_owned());
        return;
    }
    let mut axis =
        Axis { name: "timestamps".to_owned(), unit: Some("s".to_owned()), step, ..Axis::default() };
    for (k, found) in steps.drain(..).enumerate() {
        let missing =
            if found > 1.5 * step { ((found / step).round() as u64).saturating_sub(1) } else { 0 };
        if missing > 0 || found < -0.01 * step {
            axis.gaps.push(Gap { trial: 0, sample: k + 1, missing });
        }
    }
    samples.state_rate(rate, "the median step of its times");
    if let Some(gap) = axis.gaps.first() {
        samples.notes.push(format!(
            "the times of the samples jump at {}, first before sample {}",
            counted(axis.gaps.len(), "place"),
            gap.sample
        ));
    }
    samples.axis = Some(axis);
}
