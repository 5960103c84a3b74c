//! Any pointers into one arena, null, misaligned or overlapping, any sizes and settings: a status, nothing written
//! but what may be, and no result with a refusal.

use core::ops::Range;
use dynamical_similarity_c::*;

/// Scalars of the arena; all memory that is handed over lies in it.
const LENGTH: usize = 1 << 13;

/// splitmix64: the same numbers on every run.
struct Dice(u64);

impl Dice {
    /// A size from 0 to `most`.
    fn size(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % (most as u64 + 1)) as usize
    }

    /// A size from 1 to `most`, rarely 0.
    fn some(&mut self, most: usize) -> usize {
        if self.size(31) == 0 { 0 } else { 1 + self.size(most - 1) }
    }

    /// A choice from 0 to `most`, rarely one more.
    fn choice(&mut self, most: u32) -> u32 {
        if self.size(31) == 0 { most + 1 } else { self.size(most as usize) as u32 }
    }
}

struct Arena {
    scalars: Vec<f32>,
    before: Vec<u32>,
}

impl Arena {
    /// A place for `length` values of T, mostly aligned, sometimes null; and its bytes.
    fn place<T>(&mut self, dice: &mut Dice, length: usize) -> (*mut T, Range<usize>) {
        let needed = length.saturating_mul(size_of::<T>());
        let room = (LENGTH * size_of::<f32>()).saturating_sub(needed);
        let choice = dice.size(255);
        let shift = if choice > 250 { dice.size(7) } else { 0 };
        let start = (dice.size(room / 8) * 8 + shift).min(room);
        if choice == 1 || needed > LENGTH * size_of::<f32>() {
            return (core::ptr::null_mut(), 0..0);
        }
        (self.scalars.as_mut_ptr().wrapping_byte_add(start).cast(), start..start + needed)
    }

    fn keep(&mut self) {
        self.before = self.scalars.iter().map(|x| x.to_bits()).collect();
    }

    /// Nothing has changed but in these bytes.
    fn check_unchanged(&self, written: &[Range<usize>]) {
        for (index, (now, before)) in self.scalars.iter().zip(&self.before).enumerate() {
            let bytes = index * 4..index * 4 + 4;
            let may = |range: &Range<usize>| range.start < bytes.end && bytes.start < range.end;
            assert!(now.to_bits() == *before || written.iter().any(may), "byte {}", bytes.start);
        }
    }
}

/// Room for a result outside the arena, unlike any result.
const UNTOUCHED: [u64; 128] = [0x5A5A_5A5A_5A5A_5A5A; 128];
const _: () = assert!(
    size_of::<ds_model_f32_t>() <= size_of_val(&UNTOUCHED)
        && size_of::<ds_comparison_f32_t>() <= size_of_val(&UNTOUCHED)
        && size_of::<ds_stream_f32_t>() <= size_of_val(&UNTOUCHED)
);

fn settings(dice: &mut Dice) -> ds_dmd_t {
    ds_dmd_t {
        delays: dice.some(5),
        interval: dice.some(3),
        steps_ahead: dice.some(3),
        rank: dice.size(8),
        ridge: if dice.size(31) > 0 { 1e-8 } else { -1.0 },
        centre: dice.choice(1),
        scale: dice.choice(2),
    }
}

fn run(dice: &mut Dice) -> bool {
    let mut arena = Arena { scalars: vec![0.0; LENGTH], before: Vec::new() };
    for to in &mut arena.scalars {
        *to = dice.size(1000) as f32 - 500.0;
    }
    if dice.size(31) == 0 {
        arena.scalars.fill(f32::NAN);
    }
    let (dmd, count) = (settings(dice), dice.some(2));
    let mut trials = Vec::new();
    let mut channels = dice.some(3);
    for _ in 0..count {
        if dice.size(31) == 0 {
            channels = dice.size(3);
        }
        let count = dice.some(60);
        let (samples, _) = arena.place::<f32>(dice, channels * count);
        trials.push(ds_recording_f32_t { samples, count, channels });
    }
    let memory_len = dice.size(LENGTH / 2);
    let (memory, memory_bytes) = arena.place::<f32>(dice, memory_len);
    let (error, error_bytes) = arena.place::<ds_error_t>(dice, 1);
    let mut model = UNTOUCHED;
    arena.keep();
    // SAFETY: what is not null has room for as much as its length says.
    let status = unsafe {
        ds_fit_f32(
            &dmd,
            trials.as_ptr(),
            trials.len(),
            memory,
            memory_len,
            model.as_mut_ptr().cast(),
            error,
        )
    };
    arena.check_unchanged(&[memory_bytes.clone(), error_bytes]);
    if status != ds_status_t::DS_OK {
        assert_eq!(model, UNTOUCHED);
        return false;
    }
    // SAFETY: written with success.
    let model = unsafe { model.as_ptr().cast::<ds_model_f32_t>().read() };
    distance(dice, &mut arena, &model.operator_matrix);
    stream(dice, &mut arena);
    true
}

fn distance(dice: &mut Dice, arena: &mut Arena, a: &ds_matrix_f32_t) {
    let order = if dice.size(3) == 0 { dice.some(8) } else { a.rows };
    let (entries, _) = arena.place::<f32>(dice, order * order);
    let b = ds_matrix_f32_t { entries, rows: order, columns: order };
    let memory_len = dice.size(LENGTH / 2);
    let (memory, memory_bytes) = arena.place::<f32>(dice, memory_len);
    let (error, error_bytes) = arena.place::<ds_error_t>(dice, 1);
    let [metric, unequal_ranks] = [dice.choice(2), dice.choice(2)];
    let solver = ds_procrustes_t { metric, effort: DS_EFFORT_FAST, unequal_ranks };
    let mut found = UNTOUCHED;
    arena.keep();
    // SAFETY: as above.
    let status = unsafe {
        ds_distance_f32(&solver, a, &b, memory, memory_len, found.as_mut_ptr().cast(), error)
    };
    arena.check_unchanged(&[memory_bytes, error_bytes]);
    if status == ds_status_t::DS_OK {
        // SAFETY: written with success.
        let found = unsafe { found.as_ptr().cast::<ds_comparison_f32_t>().read() };
        assert!(found.lower_bound <= found.distance && found.distance.is_finite());
    } else {
        assert_eq!(found, UNTOUCHED);
    }
}

fn stream(dice: &mut Dice, arena: &mut Arena) {
    let (channels, delays, interval) = (dice.some(3), dice.some(4), dice.some(3));
    let memory_len = dice.size(40);
    let (memory, memory_bytes) = arena.place::<f32>(dice, memory_len);
    let mut stream = UNTOUCHED;
    let (begin, none) = (ds_stream_begin_f32, core::ptr::null_mut());
    // SAFETY: as above.
    let status = unsafe {
        begin(stream.as_mut_ptr().cast(), channels, delays, interval, memory, memory_len, none)
    };
    if status != ds_status_t::DS_OK {
        return;
    }
    // SAFETY: written with success.
    let mut stream = unsafe { stream.as_ptr().cast::<ds_stream_f32_t>().read() };
    for _ in 0..20 {
        let (sample, _) = arena.place::<f32>(dice, channels);
        let (window, window_bytes) = arena.place::<f32>(dice, channels * delays);
        let mut ready = false;
        arena.keep();
        // SAFETY: as above.
        unsafe {
            ds_stream_push_f32(&mut stream, sample, channels, none);
            ds_stream_window_f32(&stream, window, channels * delays, &mut ready, none);
        }
        arena.check_unchanged(&[memory_bytes.clone(), window_bytes]);
    }
}

/// A state of C, zero at first.
fn zero<T>() -> T {
    // SAFETY: states are arrays of numbers.
    unsafe { core::mem::zeroed() }
}

/// A calibration of two channels that was made where nothing can go wrong, as words.
fn calibration_words() -> &'static [u32] {
    static WORDS: std::sync::OnceLock<Vec<u32>> = std::sync::OnceLock::new();
    WORDS.get_or_init(|| {
        use dynamical_similarity::Shape;
        use dynamical_similarity::monitor::{Calibration, Calibrator, CalibratorSettings};
        let shape = Shape { channels: 2, delays: 2, rank: 2 };
        let settings = CalibratorSettings::new(shape, 50.0).blocks(5).block(60);
        let memory = vec![0.0_f32; Calibrator::<f32, ()>::memory_len(settings)];
        let mut calibrator = Calibrator::new_in(settings, &[0.0; 2], memory).unwrap();
        let mut dice = Dice(7);
        let mut x = [0.0_f32; 2];
        while !calibrator.is_complete() {
            x = x.map(|x| 0.7 * x + dice.size(1000) as f32 - 500.0);
            calibrator.push(&x).unwrap();
        }
        let scores = Default::default();
        let length = Calibration::<f32, ()>::memory_len(shape, scores);
        let calibration = calibrator.finish_in(vec![0.0; length]).unwrap();
        let mut words = vec![0; Calibration::<f32, ()>::words_len(shape, scores)];
        calibration.to_words(&mut words).unwrap();
        words
    })
}

fn monitor_settings(dice: &mut Dice) -> ds_monitor_settings_t {
    ds_monitor_settings_t {
        window: ds_window_t {
            kind: dice.choice(1),
            blocks: dice.some(3),
            factor: if dice.size(15) == 0 { f32::NAN } else { 0.5 },
        },
        block: 10,
        report_every: dice.some(2),
        least_pairs: dice.some(20),
        most_rejected: 0.9,
        ..ds_monitor_default()
    }
}

/// Pushes what lies about, polls, saves and restores; how many reports.
fn monitor(dice: &mut Dice, arena: &mut Arena) -> usize {
    let (mut calibration, mut monitor) =
        (zero::<ds_calibration_f32_t>(), zero::<ds_monitor_f32_t>());
    let words = calibration_words();
    let count = if dice.size(15) == 0 { dice.size(words.len()) } else { words.len() };
    let lengths = [dice.size(15), dice.size(15)].map(|short| if short == 0 { 30 } else { 600 });
    let (kept, kept_bytes) = arena.place::<f32>(dice, lengths[0]);
    let (memory, memory_bytes) = arena.place::<f32>(dice, lengths[1]);
    let (error, error_bytes) = arena.place::<ds_error_t>(dice, 1);
    let settings = monitor_settings(dice);
    let (load, begin) = (ds_calibration_load_f32, ds_monitor_begin_f32);
    arena.keep();
    // SAFETY: what is not null has room for as much as its length says.
    unsafe {
        load(&mut calibration, words.as_ptr(), count, kept, lengths[0], error);
        arena.check_unchanged(&[kept_bytes.clone(), error_bytes.clone()]);
        arena.keep();
        begin(&mut monitor, &calibration, &settings, memory, lengths[1], error);
    }
    arena.check_unchanged(&[memory_bytes.clone(), error_bytes.clone()]);
    let mut reports = 0;
    for number in 0..60 {
        let channels = if dice.size(31) == 0 { dice.size(4) } else { 2 };
        let (sample, _) = arena.place::<f32>(dice, channels);
        let (report, report_bytes) = arena.place::<ds_report_f32_t>(dice, 1);
        let (error, error_bytes) = arena.place::<ds_error_t>(dice, 1);
        let (saved, saved_bytes) = arena.place::<u32>(dice, 300);
        let (again, again_bytes) = arena.place::<f32>(dice, lengths[1]);
        let (mut ready, mut written) = (false, 0);
        let mut may = vec![memory_bytes.clone(), error_bytes];
        arena.keep();
        // SAFETY: as above.
        unsafe {
            match dice.size(15) {
                0 => ds_monitor_push_missing_f32(&mut monitor, error),
                1 => ds_monitor_push_numbered_f32(&mut monitor, number, sample, channels, error),
                _ => ds_monitor_push_f32(&mut monitor, sample, channels, error),
            };
            arena.check_unchanged(&may);
            arena.keep();
            may.push(report_bytes);
            ds_monitor_poll_f32(&mut monitor, dice.size(99), report, &mut ready, error);
            arena.check_unchanged(&may);
            let (entries, entries_bytes) = arena.place::<f32>(dice, 9);
            let (reference, reference_bytes) = arena.place::<ds_matrix_f32_t>(dice, 1);
            let (window, window_bytes) = arena.place::<ds_matrix_f32_t>(dice, 1);
            let operators = ds_monitor_operators_f32;
            arena.keep();
            may.extend([entries_bytes, reference_bytes, window_bytes]);
            operators(&mut monitor, entries, dice.size(9), reference, window, &mut ready, error);
            arena.check_unchanged(&may);
            if dice.size(7) == 0 {
                arena.keep();
                may.push(saved_bytes);
                ds_monitor_save_f32(&monitor, saved, 300, &mut written, error);
                arena.check_unchanged(&may);
                arena.keep();
                may.push(again_bytes);
                let (mut other, restore) = (zero::<ds_monitor_f32_t>(), ds_monitor_restore_f32);
                let (from, to) = (saved.cast_const(), lengths[1]);
                restore(&mut other, &calibration, &settings, from, 300, again, to, error);
                arena.check_unchanged(&may);
            }
        }
        reports += usize::from(ready);
    }
    reports
}

#[test]
fn whatever_the_pointers_a_monitor_writes_nothing_else() {
    let mut dice = Dice(2);
    let mut reports = 0;
    for _ in 0..2_000 {
        let mut arena = Arena { scalars: vec![0.0; LENGTH], before: Vec::new() };
        for to in &mut arena.scalars {
            *to = dice.size(1000) as f32 - 500.0;
        }
        reports += monitor(&mut dice, &mut arena);
    }
    assert!(reports > 500, "{reports}");
}

#[test]
fn whatever_the_pointers_nothing_else_is_written() {
    let mut dice = Dice(1);
    let fitted = (0..20_000).filter(|_| run(&mut dice)).count();
    assert!(fitted > 500, "{fitted}");
}
