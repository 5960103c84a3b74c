//! Signals of EDF, EDF+ and BDF.

use super::*;

#[test]
fn signals_are_in_physical_units() {
    for (file, name) in
        [("plain.edf", "plain_edf"), ("plus.edf", "plus_edf"), ("plus.bdf", "plus_bdf")]
    {
        let read = read_with(file, &Reading::default());
        same_bits(&read, &expected(name), file);
        assert_eq!(read.rate, Some(200.0), "{file}");
        assert_eq!(read.notes[0], "the sampling rate is 200 Hz by the head of the file");
    }
    let read = read_with("plus.edf", &Reading::default());
    assert_eq!(read.channel_names, ["EEG Fp1", "EEG Fp2", "EEG Cz"]);
    assert_eq!(read.notes[1], "annotations and triggers were left out: `EDF Annotations`");
}

#[test]
fn signals_of_several_rates_are_refused_until_they_are_selected() {
    refused(
        "rates.edf",
        &Reading::default(),
        ReadErrorKind::Dataset,
        "the signals have different sampling rates: 200 Hz in `EEG Fp1`, `EEG Fp2`; 50 Hz in `EEG Cz`; choose signals of one \
         rate with --select NAME,...",
    );
    let names = ["EEG Fp2", "EEG Fp1"];
    let chosen = names.map(|name| name.parse().unwrap());
    let read = read_with("rates.edf", &Reading { select: Some(&chosen), ..Reading::default() });
    assert_eq!((read.channels, read.rate), (2, Some(200.0)));
    assert_eq!(read.channel_names, names);
    let names = ["EEG Oz".parse().unwrap()];
    refused(
        "rates.edf",
        &Reading { select: Some(&names), ..Reading::default() },
        ReadErrorKind::Dataset,
        "there is no channel `EEG Oz` in the file, which holds `EEG Fp1`, `EEG Fp2`, `EEG Cz`",
    );
}

/// An EDF+ file of one signal of four samples a second, whose records begin at these times.
fn with_interruptions(onsets: &[&str]) -> Vec<u8> {
    let field = |text: &str, width: usize| format!("{text:<width$}").into_bytes();
    let mut file = Vec::new();
    file.extend(field("0", 8));
    file.extend(field("", 160));
    file.extend(field("01.01.2401.01.01", 16));
    file.extend(field("768", 8));
    file.extend(field("EDF+D", 44));
    file.extend(field(&onsets.len().to_string(), 8));
    file.extend(field("1", 8));
    file.extend(field("2", 4));
    for (one, two, width) in [
        ("Cz", "EDF Annotations", 16),
        ("", "", 80),
        ("uV", "", 8),
        ("-32768", "-1", 8),
        ("32767", "1", 8),
        ("-32768", "-32768", 8),
        ("32767", "32767", 8),
        ("", "", 80),
        ("4", "8", 8),
        ("", "", 32),
    ] {
        file.extend(field(one, width));
        file.extend(field(two, width));
    }
    for (k, onset) in onsets.iter().enumerate() {
        (0..4).for_each(|t| file.extend((10 * k as i16 + t).to_le_bytes()));
        let mut note = format!("{onset}\u{14}\u{14}\0").into_bytes();
        note.resize(16, 0);
        file.extend(note);
    }
    file
}

#[test]
fn interruptions_are_gaps() {
    let read =
        read_bytes_as(Format::Edf, &with_interruptions(&["+0", "+1", "+4.5"]), &Reading::default())
            .unwrap();
    let axis = read.axis.unwrap();
    assert_eq!(read.trials, [[0.0, 1.0, 2.0, 3.0, 10.0, 11.0, 12.0, 13.0, 20.0, 21.0, 22.0, 23.0]]);
    assert_eq!(
        axis.gaps.iter().map(|gap| (gap.sample, gap.missing)).collect::<Vec<_>>(),
        [(8, 10)]
    );
    let lost = read_bytes_as(Format::Edf, &with_interruptions(&["+0", "now"]), &Reading::default())
        .unwrap_err();
    assert_eq!(
        lost.to_string(),
        "the times of the records are missing, which a file with interruptions must state"
    );
}
