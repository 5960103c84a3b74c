//! What every reader promises, whatever the bytes.

use dsa::files::read::{Axes, Format, Gaps, Reading, Samples, read_bytes_as};
use std::num::NonZeroUsize;

/// Memory that an array of so many bytes may take: eight bytes a number for the file, and for an archive, MATLAB and
/// HDF5 1 GiB, or 32 times the length.
fn most_values(format: Format, bytes: usize) -> usize {
    match format {
        Format::Npz | Format::Mat | Format::Hdf5 => (1_usize << 27).max(4 * bytes),
        // One more cell than there are separators and ends of lines.
        _ => bytes + 1,
    }
}

/// A file with some of its bytes changed, and perhaps its end cut off: bytes that are random from the first on are seldom
/// a file at all. The first number chooses the file, or the bytes themselves.
pub fn edited(files: &[&[u8]], data: &[u8]) -> Vec<u8> {
    let Some(([choice, cut, low, high], edits)) = data.split_first_chunk() else {
        return data.to_vec();
    };
    let Some(file) = files.get(usize::from(*choice) % (files.len() + 1)) else {
        return edits.to_vec();
    };
    let mut bytes = file.to_vec();
    for [low, high, value] in edits.as_chunks().0 {
        let at = usize::from(u16::from_le_bytes([*low, *high]));
        if let Some(byte) = bytes.get_mut(at) {
            *byte = *value;
        }
    }
    if *cut < 32 {
        bytes.truncate(usize::from(u16::from_le_bytes([*low, *high])));
    }
    bytes
}

/// Reads the bytes in every way and checks what comes of it.
///
/// # Panics
/// If a promise is broken.
pub fn check(format: Format, bytes: &[u8]) {
    check_named(format, bytes, &[]);
}

/// The same, and each array of these names.
///
/// # Panics
/// If a promise is broken.
pub fn check_named(format: Format, bytes: &[u8], names: &[&str]) {
    // One way for each input, by its length, and always the usual one.
    let axes = ["time,channels", "channels,time", "trials,channels,time", "time,trials"];
    let axes = axes.get(bytes.len() % 8).and_then(|axes| axes.parse::<Axes>().ok());
    let usual = Reading {
        bin: "20ms".parse().ok(),
        raw_channels: NonZeroUsize::new(1 + bytes.len() % 4),
        rate: Some(100.0),
        ..Reading::default()
    };
    let other = Reading { axes, gaps: Gaps::Cut, trials: bytes.len().is_multiple_of(2), ..usual };
    let named = names.iter().map(|name| Reading { dataset: Some(name), ..usual });
    for reading in [usual, other].into_iter().chain(named) {
        match read_bytes_as(format, bytes, &reading) {
            Ok(samples) => check_samples(&samples, most_values(format, bytes.len()), reading.gaps),
            Err(error) => check_text(&error.to_string()),
        }
    }
}

fn check_text(text: &str) {
    assert!(!text.is_empty() && !text.chars().any(char::is_control), "{text:?}");
}

fn check_samples(samples: &Samples, most: usize, gaps: Gaps) {
    let channels = samples.channels;
    assert!(channels > 0 && !samples.trials.is_empty());
    let mut count = 0;
    for trial in &samples.trials {
        assert!(!trial.is_empty() && trial.len() % channels == 0);
        count += trial.len();
    }
    assert!(count <= most, "{count} values");
    let (shortest, longest) = samples.lengths();
    assert!(1 <= shortest && shortest <= longest);
    samples.notes.iter().for_each(|note| check_text(note));
    assert!(samples.rate.is_none_or(|rate| rate > 0.0 && rate.is_finite()));
    assert!(samples.channel_names.is_empty() || samples.channel_names.len() == channels);
    let finite = samples.trials.iter().flatten().all(|x| x.is_finite());
    assert_eq!(samples.recordings().is_ok(), finite);
    match samples.check_finite() {
        Ok(()) => assert!(finite),
        Err(error) => {
            assert!(!finite);
            check_text(&error.to_string());
        }
    }
    if gaps == Gaps::Cut {
        assert!(!samples.trials.iter().flatten().any(|x| x.is_nan()));
    }
    if let Some(origin) = &samples.origin {
        assert_eq!((origin.rows.len(), origin.columns.len()), (samples.trials.len(), channels));
    }
    let Some(axis) = &samples.axis else { return };
    assert!(axis.step > 0.0 && axis.step.is_finite(), "{axis:?}");
    for gap in &axis.gaps {
        let trial = samples.trials.get(gap.trial).expect("a gap lies in a trial");
        assert!(0 < gap.sample && gap.sample < trial.len() / channels, "{gap:?}");
    }
    assert!(axis.gaps.is_sorted_by_key(|gap| (gap.trial, gap.sample)));
    let missing = axis.gaps.iter().fold(0_u64, |sum, gap| sum.saturating_add(gap.missing));
    if missing < 1_000_000
        && let Ok(filled) = samples.clone().with_missing_rows()
    {
        let now: usize = filled.trials.iter().map(Vec::len).sum();
        assert_eq!(now, count + missing as usize * channels);
    }
}
