//! Signals of the European Data Format (EDF, EDF+) and its form with 24 bits (BDF, BDF+), in physical units.
//!
//! The file is a head of text in fields of fixed widths, then data records of some seconds each, in which the samples
//! of one signal stand after those of another. Source: B. Kemp et al., A simple format for exchange of digitized
//! polygraphic recordings, Electroencephalogr. Clin. Neurophysiol. 82 (1992) 391-393, and B. Kemp and J. Olivan,
//! European data format 'plus', Clin. Neurophysiol. 114 (2003) 1755-1761. The crates `edfplus` and `edf-rs` open
//! paths only, and neither reads BDF.

use super::error::{ReadError, ReadErrorKind};
use super::reading::Reading;
use super::samples::{Axis, Gap, Samples};
use super::select::Channels;
use crate::quote::{listed, quoted};
use crate::text::counted;

/// Bytes of the head before the signals, and of each signal in it.
const HEAD: usize = 256;

/// Reads the signals of one rate.
pub(super) fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<Samples, ReadError> {
    let head = Head::of(bytes)?;
    let chosen = head.chosen(reading)?;
    let Some(first) = chosen.first() else {
        return Err(ReadError::new(
            ReadErrorKind::Empty,
            "the file holds annotations and no signal; a recording needs a signal",
        ));
    };
    let per_record = first.samples;
    let mut samples = Samples {
        channels: chosen.len(),
        channel_names: chosen.iter().map(|signal| signal.label.clone()).collect(),
        ..Samples::default()
    };
    let count = head.records.saturating_mul(per_record).saturating_mul(chosen.len());
    if count == 0 {
        return Err(ReadError::new(ReadErrorKind::Empty, "the file holds no sample"));
    }
    let mut values = Vec::new();
    let too_large =
        |_| ReadError::new(ReadErrorKind::TooLarge, "the signals are larger than the memory");
    values.try_reserve_exact(count).map_err(too_large)?;
    for record in bytes.get(head.bytes..).unwrap_or_default().chunks_exact(head.record_bytes) {
        for t in 0..per_record {
            for signal in &chosen {
                let at = signal.start + t * head.width;
                let stored = record.get(at..at + head.width).unwrap_or_default();
                values.push(signal.physical(stored));
            }
        }
    }
    samples.trials = vec![values];
    let rate = per_record as f64 / head.duration;
    samples.state_rate(rate, "the head of the file");
    samples.notes.extend(head.notes(&chosen));
    if head.gaps {
        samples.axis = Some(head.axis(bytes, per_record)?);
        let axis = samples.axis.iter().flat_map(|axis| &axis.gaps);
        if let Some(gap) = axis.clone().next() {
            samples.notes.push(format!(
                "the file was recorded with {}, the first before sample {}",
                counted(axis.count(), "interruption"),
                gap.sample
            ));
        }
    }
    Ok(samples)
}

/// What the head of the file says.
struct Head {
    signals: Vec<Signal>,
    /// Bytes of a stored number.
    width: usize,
    /// Bytes of the head.
    bytes: usize,
    record_bytes: usize,
    records: usize,
    /// Seconds of a record.
    duration: f64,
    /// Whether there may be gaps between records.
    gaps: bool,
}

/// One signal.
#[derive(Clone)]
struct Signal {
    label: String,
    unit: String,
    /// Samples in a record.
    samples: usize,
    /// Its first byte in a record.
    start: usize,
    gain: f64,
    offset: f64,
    /// Whether it holds annotations or triggers.
    is_annotation: bool,
}

impl Signal {
    /// In the order of operations of EDFlib.
    fn physical(&self, stored: &[u8]) -> f64 {
        let digital = match *stored {
            [low, high] => f64::from(i16::from_le_bytes([low, high])),
            [low, middle, high] => f64::from(i32::from_le_bytes([0, low, middle, high]) >> 8),
            _ => f64::NAN,
        };
        (digital + self.offset) * self.gain
    }
}

fn damaged(message: impl Into<String>) -> ReadError {
    ReadError::new(ReadErrorKind::Damaged, message)
}

/// A field of text.
fn text(bytes: &[u8], at: usize, length: usize) -> Result<String, ReadError> {
    let field = bytes
        .get(at..at.saturating_add(length))
        .ok_or_else(|| damaged("the head of the file is cut off"))?;
    Ok(field
        .iter()
        .map(|x| char::from(*x))
        .collect::<String>()
        .trim_matches([' ', '\0'])
        .to_owned())
}

/// A field with a number.
fn number(bytes: &[u8], at: usize, what: &str) -> Result<f64, ReadError> {
    let field = text(bytes, at, 8)?;
    match field.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(damaged(format!(
            "{what} must be a number in the head of the file and is {}",
            quoted(&field)
        ))),
    }
}

/// A field with a number of things.
fn size(bytes: &[u8], at: usize, what: &str) -> Result<usize, ReadError> {
    match number(bytes, at, what)? {
        found if (0.0..=99_999_999.0).contains(&found) && found.fract() == 0.0 => {
            Ok(found as usize)
        }
        found => Err(damaged(format!(
            "{what} must be a whole number in the head of the file and is {found}"
        ))),
    }
}

impl Head {
    fn of(bytes: &[u8]) -> Result<Self, ReadError> {
        let width = match bytes.get(..8) {
            Some(b"0       ") => 2,
            Some(b"\xffBIOSEMI") => 3,
            _ => {
                return Err(damaged(
                    "this is not a file of the European Data Format: it begins neither with 0 nor with BIOSEMI",
                ));
            }
        };
        let kind = text(bytes, 192, 44)?;
        let count = text(bytes, 252, 4)?;
        let count: usize =
            count.parse().ok().filter(|count| (1..=9999).contains(count)).ok_or_else(|| {
                damaged(format!(
                    "the number of signals must be 1 to 9999 and is {}",
                    quoted(&count)
                ))
            })?;
        let (mut signals, mut start) = (Vec::new(), 0);
        for k in 0..count {
            let signal = Self::signal(bytes, k, count, start)?;
            start = start.saturating_add(signal.samples.saturating_mul(width));
            signals.push(signal);
        }
        let head = HEAD * (count + 1);
        if size(bytes, 184, "the length of the head")? != head {
            return Err(damaged(format!(
                "the head of {count} signals takes {head} bytes, and the file states another length"
            )));
        }
        let duration = number(bytes, 244, "the duration of a record")?;
        let body = bytes.len().saturating_sub(head);
        if start == 0 || !(duration > 0.0) {
            return Err(ReadError::new(
                ReadErrorKind::Empty,
                "the records of the file are empty or take no time",
            ));
        }
        // -1 while it is recorded, and where the recording broke off.
        let records = match number(bytes, 236, "the number of records")? {
            -1.0 => body / start,
            _ => size(bytes, 236, "the number of records")?,
        };
        if body != records.saturating_mul(start) {
            return Err(damaged(format!(
                "the file is cut off or damaged: {records} records of {start} bytes are stated, and {body} bytes are there"
            )));
        }
        let gaps = kind.starts_with("EDF+D") || kind.starts_with("BDF+D");
        Ok(Self { signals, width, bytes: head, record_bytes: start, records, duration, gaps })
    }

    fn signal(bytes: &[u8], k: usize, count: usize, start: usize) -> Result<Signal, ReadError> {
        // All fields of one kind stand together; this many bytes a signal come before.
        let at = |before: usize, length: usize| HEAD + count * before + k * length;
        let label = text(bytes, at(0, 16), 16)?;
        let name = format!("signal {}", quoted(&label));
        let field = |before: usize, what: &str| {
            number(bytes, at(before, 8), &format!("the {what} of {name}"))
        };
        let samples = size(bytes, at(216, 8), &format!("the number of samples of {name}"))?;
        let is_annotation =
            label == "EDF Annotations" || label == "BDF Annotations" || label == "Status";
        let physical = (field(104, "physical minimum")?, field(112, "physical maximum")?);
        let digital = (field(120, "digital minimum")?, field(128, "digital maximum")?);
        if !is_annotation && (physical.0 == physical.1 || !(digital.0 < digital.1)) {
            return Err(damaged(format!(
                "{name} has no units: its physical range is {} to {} and its digital range {} to {}",
                physical.0, physical.1, digital.0, digital.1
            )));
        }
        let gain = (physical.1 - physical.0) / (digital.1 - digital.0);
        let offset = physical.1 / gain - digital.1;
        Ok(Signal {
            label,
            unit: text(bytes, at(96, 8), 8)?,
            samples,
            start,
            gain,
            offset,
            is_annotation,
        })
    }

    /// The signals that were named, or all, if they have one rate.
    fn chosen(&self, reading: &Reading<'_>) -> Result<Vec<&Signal>, ReadError> {
        let all = self.signals.iter().filter(|signal| !signal.is_annotation);
        let refused = |message| Err(ReadError::new(ReadErrorKind::Dataset, message));
        if reading.axes.is_some_and(|axes| axes.to_string() != "time,channels") {
            return Err(ReadError::new(
                ReadErrorKind::Axes,
                "a file of this format states its axes; leave out --axes",
            ));
        }
        let chosen: Vec<&Signal> = match reading.select {
            None => all.collect(),
            Some(channels) => {
                let known: Vec<&Signal> = all.collect();
                let labels: Vec<&str> = known.iter().map(|signal| signal.label.as_str()).collect();
                let places = Channels::places(channels, &labels, known.len())?;
                places.into_iter().filter_map(|at| known.get(at).copied()).collect()
            }
        };
        let mut rates: Vec<(usize, Vec<&str>)> = Vec::new();
        for signal in &chosen {
            match rates.iter_mut().find(|(samples, _)| *samples == signal.samples) {
                Some((_, labels)) => labels.push(&signal.label),
                None => rates.push((signal.samples, vec![&signal.label])),
            }
        }
        if rates.len() > 1 {
            let shown = |(samples, labels): &(usize, Vec<&str>)| {
                format!(
                    "{} Hz in {}",
                    *samples as f64 / self.duration,
                    listed(labels.iter().copied())
                )
            };
            let list: Vec<String> = rates.iter().take(8).map(shown).collect();
            return refused(format!(
                "the signals have different sampling rates: {}; choose signals of one rate with --select NAME,...",
                list.join("; ")
            ));
        }
        Ok(chosen)
    }

    fn notes(&self, chosen: &[&Signal]) -> Vec<String> {
        let mut notes = Vec::new();
        let mut units: Vec<&str> = chosen.iter().map(|signal| signal.unit.as_str()).collect();
        units.dedup();
        if let [first, _, ..] = units.as_slice() {
            notes.push(format!(
                "the signals have different units, of which the first is {}",
                quoted(first)
            ));
        }
        let left: Vec<&str> = self
            .signals
            .iter()
            .filter(|x| x.is_annotation)
            .map(|signal| signal.label.as_str())
            .collect();
        if !left.is_empty() {
            notes.push(format!(
                "annotations and triggers were left out: {}",
                listed(left.iter().copied())
            ));
        }
        notes
    }

    /// Where records do not follow one another. Each begins its annotations with its time, such as `+1.5` and a byte
    /// of 20.
    fn axis(&self, bytes: &[u8], per_record: usize) -> Result<Axis, ReadError> {
        let step = self.duration / per_record as f64;
        let mut axis =
            Axis { name: "time".to_owned(), unit: Some("s".to_owned()), step, ..Axis::default() };
        let lost = || {
            damaged(
                "the times of the records are missing, which a file with interruptions must state",
            )
        };
        let clock = self
            .signals
            .iter()
            .find(|signal| signal.is_annotation && signal.label != "Status")
            .ok_or_else(lost)?;
        let mut expected = None::<f64>;
        for (k, record) in
            bytes.get(self.bytes..).unwrap_or_default().chunks_exact(self.record_bytes).enumerate()
        {
            let note = record.get(clock.start..).unwrap_or_default();
            let digits: String =
                note.iter().take(40).take_while(|x| **x != 20).map(|x| char::from(*x)).collect();
            let onset: f64 =
                digits.parse().ok().filter(|x: &f64| x.is_finite()).ok_or_else(lost)?;
            if let Some(expected) = expected {
                let missing = ((onset - expected) / step).round();
                if missing != 0.0 {
                    axis.gaps.push(Gap {
                        trial: 0,
                        sample: k * per_record,
                        missing: missing.max(0.0) as u64,
                    });
                }
            }
            expected = Some(onset + self.duration);
        }
        Ok(axis)
    }
}
