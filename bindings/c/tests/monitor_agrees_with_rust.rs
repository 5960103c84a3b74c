//! Calibrations and monitors in C give the same words, the same reports and the same bits as the library.

use core::mem::MaybeUninit;
use core::ptr::null_mut;
use dynamical_similarity::monitor::{
    Alarm, Calibration, Calibrator, CalibratorSettings, Fault, Insufficient, Monitor,
    MonitorSettings, Reading, Report, Scores, Status, Window,
};
use dynamical_similarity::{ChannelSet, Shape};
use dynamical_similarity_c::ds_monitor_status_t::*;
use dynamical_similarity_c::ds_status_t::DS_OK;
use dynamical_similarity_c::*;
use std::collections::BTreeSet;
use std::ffi::CStr;

const N: usize = 3;
const SHAPE: Shape = Shape { channels: N, delays: 4, rank: 3 };
const C_SHAPE: ds_shape_t = ds_shape_t { channels: N, delays: 4, rank: 3 };
const SCORES: [Scores; 2] = [Scores::Spectra, Scores::SpectraAndOperator];
const WINDOWS: [(Window, ds_window_t); 2] = [
    (Window::Blocks(3), ds_window_t { kind: DS_WINDOW_BLOCKS, blocks: 3, factor: 0.0 }),
    (Window::Forgetting(0.7), ds_window_t { kind: DS_WINDOW_FORGETTING, blocks: 0, factor: 0.7 }),
];

/// A damped rotation and a slow mode, driven by noise and seen with noise.
struct Source {
    state: [f64; N],
    seed: u64,
}

impl Source {
    fn noise(&mut self) -> f64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 40) as f64 / (1 << 23) as f64 - 1.0
    }

    fn next(&mut self, angle: f64) -> [f64; N] {
        let (sin, cos) = angle.sin_cos();
        let [a, b, c] = self.state;
        let free = [0.9 * (cos * a - sin * b), 0.9 * (sin * a + cos * b), 0.8 * c];
        self.state = free.map(|x| x + self.noise());
        let [a, b, c] = self.state;
        [a + 0.3 * c + 5.0, b, c - 0.2 * a].map(|x| x + 0.1 * self.noise())
    }
}

/// What happens to a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Nothing,
    Faster,
    Remix,
    NonFinite,
    Saturated,
    Stuck,
    Artefact,
    Dead,
    Clock,
    Missing,
    White,
    Duplicate,
    /// Faster, with too many gaps for the gate.
    FasterGaps,
    /// The same, within a wide margin.
    Within,
    /// More noise of single samples.
    Noisy,
}
use Event::*;
const EVENTS: [Event; 15] = [
    Nothing, Faster, Remix, NonFinite, Saturated, Stuck, Artefact, Dead, Clock, Missing, White,
    Duplicate, FasterGaps, Within, Noisy,
];

/// A sample (or none), and its number (or none).
type Arrival = (Option<[f64; N]>, Option<u32>);

fn stream(event: Event) -> Vec<Arrival> {
    let mut source = Source { state: [0.0; N], seed: 7 };
    let mut number = u32::MAX - 700;
    (0..2400)
        .map(|t| {
            let begun = t >= 1200;
            let x = source.next(if begun && matches!(event, Faster | FasterGaps | Within) {
                0.6
            } else {
                0.3
            });
            let often = begun && t % 3 == 0;
            number = number.wrapping_add(1);
            let x = match event {
                Remix if begun => [x[1] - x[0], x[2] + x[0], x[0] + 3.0 * x[1]],
                NonFinite if often => [x[0], f64::NAN, x[2]],
                Saturated if often => [x[0], x[1], 2e3],
                Artefact if often => [-500.0, x[1], x[2]],
                Stuck if begun => [x[0], 0.25, x[2]],
                Dead if begun => [x[0], x[1], 1e-4 * x[2]],
                White if begun => [0.0; N].map(|_: f64| 2.0 * source.noise()),
                Duplicate if begun => [x[0], x[1], x[1]],
                Noisy if begun => x.map(|x| x + 1.5 * source.noise()),
                _ => x,
            };
            match event {
                Clock => {
                    if t == 1250 {
                        number = number.wrapping_add(5000);
                    }
                    number = number.wrapping_add(u32::from(t % 100 == 0));
                    (Some(x), Some(number))
                }
                Missing if begun && t % 4 != 0 => (None, None),
                FasterGaps | Within if t % 8 == 0 => (None, None),
                _ => (Some(x), None),
            }
        })
        .collect()
}

/// A status in the numbers of C.
fn number(status: Status) -> (ds_monitor_status_t, Option<ChannelSet>) {
    match status {
        Status::Ok => (DS_MONITOR_OK, None),
        Status::Warning => (DS_MONITOR_WARNING, None),
        Status::Alarm(Alarm::Dynamics) => (DS_MONITOR_ALARM_DYNAMICS, None),
        Status::Alarm(Alarm::Geometry) => (DS_MONITOR_ALARM_GEOMETRY, None),
        Status::Alarm(Alarm::Noise) => (DS_MONITOR_ALARM_NOISE, None),
        Status::Alarm(_) => (DS_MONITOR_ALARM_OPEN, None),
        Status::InsufficientData(Insufficient::Pairs) => (DS_MONITOR_TOO_FEW_PAIRS, None),
        Status::InsufficientData(Insufficient::Excitation) => (DS_MONITOR_NO_EXCITATION, None),
        Status::InsufficientData(_) => (DS_MONITOR_LOW_RANK, None),
        Status::InvalidInput(Fault::NonFinite(of)) => (DS_MONITOR_NON_FINITE, Some(of)),
        Status::InvalidInput(Fault::Saturated(of)) => (DS_MONITOR_SATURATED, Some(of)),
        Status::InvalidInput(Fault::Stuck(of)) => (DS_MONITOR_STUCK, Some(of)),
        Status::InvalidInput(Fault::Artefact(of)) => (DS_MONITOR_ARTEFACT, Some(of)),
        Status::InvalidInput(Fault::Dead(of)) => (DS_MONITOR_DEAD, Some(of)),
        Status::InvalidInput(_) => (DS_MONITOR_CLOCK, None),
        _ => panic!("{status:?}"),
    }
}

macro_rules! agreement {
    ($scalar:ty, $calibrator:ident, $calibration:ident, $monitor:ident, $report:ident,
     $c_begin:ident, $c_push:ident, $c_push_missing:ident, $progress:ident, $finish:ident,
     $words_len:ident, $load:ident, $save_words:ident, $about:ident,
     $begin:ident, $push:ident, $push_missing:ident, $push_numbered:ident, $poll:ident, $is_due:ident,
     $standing:ident, $operators:ident, $state_len:ident, $save:ident, $restore:ident) => {
        use super::*;

        type Known = Calibration<$scalar, Vec<$scalar>>;

        fn sample(x: [f64; N]) -> [$scalar; N] {
            x.map(|x| x as $scalar)
        }

        /// The calibration of the library.
        fn known(scores: Scores) -> Known {
            let settings = CalibratorSettings::new(SHAPE, 50.0)
                .decimation(3)
                .scores(scores)
                .blocks(6)
                .block(400);
            let memory = vec![0.0; Calibrator::<$scalar, ()>::memory_len(settings)];
            let mut calibrator = Calibrator::new_in(settings, &[5.0, 0.0, 0.0], memory).unwrap();
            let mut source = Source { state: [0.0; N], seed: 3 };
            for t in 0..2400 {
                let x = sample(source.next(0.3));
                if t % 50 == 7 {
                    calibrator.push_missing();
                } else {
                    calibrator.push(&x).unwrap();
                }
            }
            let memory = vec![0.0; Calibration::<$scalar, ()>::memory_len(SHAPE, scores)];
            calibrator.finish_in(memory).unwrap()
        }

        fn words(calibration: &Known) -> Vec<u32> {
            let scores = calibration.scores();
            let mut words = vec![0; Calibration::<$scalar, ()>::words_len(SHAPE, scores)];
            assert_eq!(calibration.to_words(&mut words), Ok(words.len()));
            words
        }

        /// The same calibration, recorded through the interface.
        fn recorded(scores: ds_scores_t, memory: &mut [$scalar]) -> $calibration {
            let settings = ds_calibrator_settings_t {
                scores,
                blocks: 6,
                block: 400,
                decimation: 3,
                ..ds_calibrator_default(C_SHAPE, 50.0)
            };
            let mut room = vec![<$scalar>::NAN; ds_calibrator_memory_len(settings)];
            let (shift, none) = ([5.0, 0.0, 0.0], null_mut());
            let mut calibrator = MaybeUninit::<$calibrator>::zeroed();
            let mut calibration = MaybeUninit::<$calibration>::zeroed();
            let place = calibrator.as_mut_ptr();
            let mut source = Source { state: [0.0; N], seed: 3 };
            // SAFETY: every pointer leads to as many values as its length says.
            unsafe {
                let (pointer, length) = (room.as_mut_ptr(), room.len());
                let status = $c_begin(place, &settings, shift.as_ptr(), N, pointer, length, none);
                assert_eq!(status, DS_OK);
                for t in 0..2400 {
                    let x = sample(source.next(0.3));
                    let status = if t % 50 == 7 {
                        $c_push_missing(place, none)
                    } else {
                        $c_push(place, x.as_ptr(), N, none)
                    };
                    assert_eq!(status, DS_OK);
                    let (mut complete, mut blocks) = (99, 99);
                    assert_eq!($progress(place, &mut complete, &mut blocks, none), DS_OK);
                    assert_eq!((complete, blocks), ((t + 1) / 400, 6));
                }
                let (pointer, length) = (memory.as_mut_ptr(), memory.len());
                let to = calibration.as_mut_ptr();
                assert_eq!($finish(place, to, pointer, length, none), DS_OK);
                // It is over.
                let over = $finish(place, to, pointer, length, none);
                assert_eq!(over, ds_status_t::DS_NOT_BEGUN);
                calibration.assume_init()
            }
        }

        fn stored(calibration: &$calibration, scores: ds_scores_t) -> Vec<u32> {
            let mut words = vec![u32::MAX; $words_len(C_SHAPE, scores)];
            let mut written = 0;
            // SAFETY: as above.
            let status = unsafe {
                $save_words(calibration, words.as_mut_ptr(), words.len(), &mut written, null_mut())
            };
            assert_eq!((status, written), (DS_OK, words.len()));
            words
        }

        fn loaded(words: &[u32], memory: &mut [$scalar]) -> $calibration {
            let mut calibration = MaybeUninit::<$calibration>::zeroed();
            // SAFETY: as above.
            unsafe {
                let to = calibration.as_mut_ptr();
                let (pointer, length) = (memory.as_mut_ptr(), memory.len());
                let status = $load(to, words.as_ptr(), words.len(), pointer, length, null_mut());
                assert_eq!(status, DS_OK);
                calibration.assume_init()
            }
        }

        #[test]
        fn a_calibration_has_the_same_words() {
            for (kind, scores) in SCORES.into_iter().enumerate() {
                let kind = kind as ds_scores_t;
                let expected = known(scores);
                let mut memory = vec![<$scalar>::NAN; ds_calibration_memory_len(C_SHAPE, kind)];
                let calibration = recorded(kind, &mut memory);
                let words = words(&expected);
                assert_eq!(stored(&calibration, kind), words);
                let mut again = memory.clone();
                let calibration = loaded(&words, &mut again);
                assert_eq!(stored(&calibration, kind), words);

                let mut about = MaybeUninit::uninit();
                // SAFETY: as above; what is said leads into `again`.
                let (about, mean, deviation) = unsafe {
                    assert_eq!($about(&calibration, about.as_mut_ptr(), null_mut()), DS_OK);
                    let about = about.assume_init();
                    let of = |at| core::slice::from_raw_parts(at, N);
                    (about, of(about.mean), of(about.standard_deviation))
                };
                assert_eq!(
                    (about.shape, about.scores, about.sampling_rate, about.decimation),
                    (C_SHAPE, kind, 50.0, 3)
                );
                assert_eq!(about.samples, expected.samples());
                let null = expected.null_band();
                assert_eq!(
                    (about.null_median, about.null_deviation),
                    (null.median, null.deviation)
                );
                assert_eq!(mean, expected.mean());
                assert_eq!(deviation, expected.standard_deviation());
            }
        }

        fn settings(window: Window, margin: f32) -> MonitorSettings {
            MonitorSettings::new()
                .window(window)
                .block(200)
                .report_every(1)
                .least_pairs(300)
                .stuck(40)
                .limits(-1e3, 1e3)
                .artefact(7.5)
                .most_rejected(0.15)
                .margin(margin)
        }

        fn c_settings(window: ds_window_t, margin: f32) -> ds_monitor_settings_t {
            ds_monitor_settings_t {
                window,
                block: 200,
                report_every: 1,
                least_pairs: 300,
                artefact: 7.5,
                most_rejected: 0.15,
                stuck: 40,
                lowest: -1e3,
                highest: 1e3,
                margin,
            }
        }

        fn same_reading(
            known: bool,
            found: ds_reading<$scalar>,
            expected: Option<Reading<$scalar>>,
        ) {
            assert_eq!(known, expected.is_some());
            match expected {
                Some(reading) => {
                    assert_eq!(found.score.to_bits(), reading.score.to_bits());
                    assert_eq!(found.z.to_bits(), reading.z.to_bits());
                }
                None => assert!(found.score.is_nan() && found.z.is_nan()),
            }
        }

        fn same(found: &$report, expected: &Report<$scalar>) {
            let (status, channels) = number(expected.status);
            assert_eq!((found.status, found.standing), (status, number(expected.standing).0));
            let is = |flag| found.flags & flag != 0;
            let named = |c| channels.is_some_and(|set| set.contains(c));
            assert!((0..64).all(|c| (found.channels >> c & 1 == 1) == named(c)));
            assert!(!is(DS_REPORT_FURTHER_CHANNELS));
            same_reading(is(DS_REPORT_DYNAMICS), found.dynamics, expected.dynamics);
            same_reading(is(DS_REPORT_NOISE), found.noise, expected.noise);
            same_reading(is(DS_REPORT_GATE), found.gate, expected.gate);
            assert_eq!(is(DS_REPORT_EXCITATION).then_some(found.excitation), expected.excitation);
            assert!(expected.excitation.is_some() || found.excitation.is_nan());
            assert_eq!(is(DS_REPORT_RANK).then_some(found.rank), expected.rank);
            assert!(expected.rank.is_some() || found.rank == DS_NONE);
            assert_eq!(is(DS_REPORT_WARNED), expected.warned);
            let numbers = [found.cusum, found.pairs, found.rejected, found.missing];
            assert_eq!(
                numbers.map(<$scalar>::to_bits),
                [expected.cusum, expected.pairs, expected.rejected, expected.missing]
                    .map(<$scalar>::to_bits)
            );
            assert_eq!((found.samples, found.skipped), (expected.samples, expected.skipped));
        }

        /// A monitor of C, and where its memory is.
        struct Held {
            monitor: $monitor,
            memory: Vec<$scalar>,
        }

        impl Held {
            fn new(
                calibration: &$calibration,
                settings: &ds_monitor_settings_t,
                kind: ds_scores_t,
            ) -> Self {
                let length = ds_monitor_memory_len(C_SHAPE, kind, settings.window);
                let mut memory = vec![<$scalar>::NAN; length];
                let mut monitor = MaybeUninit::zeroed();
                // SAFETY: as above.
                unsafe {
                    let (to, at) = (monitor.as_mut_ptr(), memory.as_mut_ptr());
                    assert_eq!($begin(to, calibration, settings, at, length, null_mut()), DS_OK);
                    Self { monitor: monitor.assume_init(), memory }
                }
            }

            fn push(&mut self, (x, number): Arrival) {
                let x = x.map(sample);
                let at = &mut self.monitor;
                // SAFETY: as above.
                let status = unsafe {
                    match (&x, number) {
                        (None, _) => $push_missing(at, null_mut()),
                        (Some(x), None) => $push(at, x.as_ptr(), N, null_mut()),
                        (Some(x), Some(number)) => {
                            $push_numbered(at, number, x.as_ptr(), N, null_mut())
                        }
                    }
                };
                assert_eq!(status, DS_OK);
            }

            fn poll(&mut self, units: usize) -> Option<$report> {
                let (mut report, mut ready) = (MaybeUninit::uninit(), false);
                // SAFETY: as above; written where it is ready.
                unsafe {
                    let to = report.as_mut_ptr();
                    assert_eq!($poll(&mut self.monitor, units, to, &mut ready, null_mut()), DS_OK);
                    ready.then(|| report.assume_init())
                }
            }

            fn stands(&self) -> (bool, ds_monitor_status_t) {
                let (mut due, mut standing) = (false, DS_MONITOR_OTHER);
                // SAFETY: as above.
                unsafe {
                    assert_eq!($is_due(&self.monitor, &mut due, null_mut()), DS_OK);
                    assert_eq!($standing(&self.monitor, &mut standing, null_mut()), DS_OK);
                }
                (due, standing)
            }

            /// Entries of the two operators, if there are two, in memory that is theirs.
            fn operators(&mut self) -> Option<Vec<$scalar>> {
                let mut entries = vec![<$scalar>::NAN; 2 * SHAPE.rank * SHAPE.rank];
                let none = || ds_matrix { entries: core::ptr::null(), rows: 0, columns: 0 };
                let (mut reference, mut window, mut known) = (none(), none(), false);
                let (pointer, length) = (entries.as_mut_ptr(), entries.len());
                let error = null_mut();
                let (first, second) = (&mut reference, &mut window);
                // SAFETY: as above.
                let status = unsafe {
                    $operators(&mut self.monitor, pointer, length, first, second, &mut known, error)
                };
                assert_eq!(status, DS_OK);
                let sizes = if known { (SHAPE.rank, SHAPE.rank) } else { (0, 0) };
                for (matrix, half) in [(reference, &entries[..]), (window, &entries[length / 2..])]
                {
                    assert_eq!((matrix.rows, matrix.columns), sizes);
                    assert!(!known || core::ptr::eq(matrix.entries, half.as_ptr()));
                }
                assert!(known || entries.iter().all(|x| x.is_nan()));
                known.then_some(entries)
            }

            /// Saves, and restores into new memory.
            fn restarted(
                &self,
                calibration: &$calibration,
                settings: &ds_monitor_settings_t,
                kind: ds_scores_t,
                expected: &[u32],
            ) -> Self {
                let mut words = vec![u32::MAX; $state_len(C_SHAPE, kind, settings.window)];
                let mut memory = vec![<$scalar>::NAN; self.memory.len()];
                let (mut written, mut monitor, none) = (0, MaybeUninit::zeroed(), null_mut());
                // SAFETY: as above.
                unsafe {
                    let status =
                        $save(&self.monitor, words.as_mut_ptr(), words.len(), &mut written, none);
                    assert_eq!((status, written), (DS_OK, words.len()));
                    assert_eq!(words, expected);
                    let (at, length) = (memory.as_mut_ptr(), memory.len());
                    let (from, count) = (words.as_ptr(), words.len());
                    let to = monitor.as_mut_ptr();
                    let status = $restore(to, calibration, settings, from, count, at, length, none);
                    assert_eq!(status, DS_OK);
                    Self { monitor: monitor.assume_init(), memory }
                }
            }
        }

        #[test]
        fn a_monitor_gives_the_same_reports() {
            let mut seen = BTreeSet::new();
            for (kind, scores) in SCORES.into_iter().enumerate() {
                let kind = kind as ds_scores_t;
                let expected = known(scores);
                let mut memory = vec![0.0; ds_calibration_memory_len(C_SHAPE, kind)];
                let calibration = loaded(&words(&expected), &mut memory);
                for ((window, c_window), event) in
                    WINDOWS.into_iter().flat_map(|w| EVENTS.map(|event| (w, event)))
                {
                    let margin = if event == Within { 300.0 } else { 2.0 };
                    let (settings, c_settings) =
                        (settings(window, margin), c_settings(c_window, margin));
                    let length = Monitor::<$scalar, ()>::memory_len(SHAPE, scores, window);
                    let mut plain =
                        Monitor::new_in(&expected, settings, vec![0.0; length]).unwrap();
                    let mut held = Held::new(&calibration, &c_settings, kind);
                    for (t, arrival) in stream(event).into_iter().enumerate() {
                        held.push(arrival);
                        match arrival {
                            (None, _) => plain.push_missing(),
                            (Some(x), None) => plain.push(&sample(x)).unwrap(),
                            (Some(x), Some(number)) => {
                                plain.push_numbered(number, &sample(x)).unwrap();
                            }
                        }
                        let (found, report) = (held.poll(t % 9), plain.poll(t % 9));
                        assert_eq!(found.is_some(), report.is_some());
                        if let (Some(found), Some(report)) = (found, report) {
                            same(&found, &report);
                            seen.insert(found.status as i32);
                        }
                        assert_eq!(held.stands(), (plain.is_due(), number(plain.standing()).0));
                        let both = plain.operators().map(|(reference, window)| {
                            let both = [reference, window];
                            both.iter().flat_map(|of| of.columns()).flatten().copied().collect()
                        });
                        assert_eq!(held.operators(), both);
                        if t % 701 == 700 {
                            let length = Monitor::<$scalar, ()>::state_len(SHAPE, scores, window);
                            let mut words = vec![0; length];
                            assert_eq!(plain.save(&mut words), Ok(length));
                            held = held.restarted(&calibration, &c_settings, kind, &words);
                            let memory = vec![0.0; plain_len(scores, window)];
                            plain =
                                Monitor::restore_in(&expected, settings, &words, memory).unwrap();
                        }
                    }
                }
            }
            // Everything that a monitor can say.
            assert_eq!(seen, (DS_MONITOR_OK as i32..DS_MONITOR_OTHER as i32).collect());
        }

        fn plain_len(scores: Scores, window: Window) -> usize {
            Monitor::<$scalar, ()>::memory_len(SHAPE, scores, window)
        }
    };
}

mod single {
    agreement!(
        f32,
        ds_calibrator_f32_t,
        ds_calibration_f32_t,
        ds_monitor_f32_t,
        ds_report_f32_t,
        ds_calibrator_begin_f32,
        ds_calibrator_push_f32,
        ds_calibrator_push_missing_f32,
        ds_calibrator_progress_f32,
        ds_calibrator_finish_f32,
        ds_calibration_words_len_f32,
        ds_calibration_load_f32,
        ds_calibration_save_f32,
        ds_calibration_about_f32,
        ds_monitor_begin_f32,
        ds_monitor_push_f32,
        ds_monitor_push_missing_f32,
        ds_monitor_push_numbered_f32,
        ds_monitor_poll_f32,
        ds_monitor_is_due_f32,
        ds_monitor_standing_f32,
        ds_monitor_operators_f32,
        ds_monitor_state_len_f32,
        ds_monitor_save_f32,
        ds_monitor_restore_f32
    );
}

mod double {
    agreement!(
        f64,
        ds_calibrator_f64_t,
        ds_calibration_f64_t,
        ds_monitor_f64_t,
        ds_report_f64_t,
        ds_calibrator_begin_f64,
        ds_calibrator_push_f64,
        ds_calibrator_push_missing_f64,
        ds_calibrator_progress_f64,
        ds_calibrator_finish_f64,
        ds_calibration_words_len_f64,
        ds_calibration_load_f64,
        ds_calibration_save_f64,
        ds_calibration_about_f64,
        ds_monitor_begin_f64,
        ds_monitor_push_f64,
        ds_monitor_push_missing_f64,
        ds_monitor_push_numbered_f64,
        ds_monitor_poll_f64,
        ds_monitor_is_due_f64,
        ds_monitor_standing_f64,
        ds_monitor_operators_f64,
        ds_monitor_state_len_f64,
        ds_monitor_save_f64,
        ds_monitor_restore_f64
    );
}

#[test]
fn defaults_are_those_of_the_library() {
    let of = ds_monitor_default();
    assert_eq!((of.window.kind, of.window.blocks), (DS_WINDOW_BLOCKS, 6));
    // No range is the widest.
    assert_eq!((of.lowest, of.highest), (f32::NEG_INFINITY, f32::INFINITY));
    let same = MonitorSettings::new()
        .window(Window::Blocks(of.window.blocks))
        .block(of.block)
        .report_every(of.report_every)
        .least_pairs(of.least_pairs)
        .artefact(of.artefact)
        .most_rejected(of.most_rejected)
        .stuck(of.stuck)
        .margin(of.margin);
    assert_eq!(same, MonitorSettings::new());
    let of = ds_calibrator_default(C_SHAPE, 50.0);
    assert_eq!((of.shape, of.scores), (C_SHAPE, DS_SCORES_SPECTRA));
    let same = CalibratorSettings::new(SHAPE, of.sampling_rate).decimation(of.decimation);
    let same = same.blocks(of.blocks).block(of.block).cut(of.cut);
    assert_eq!(same, CalibratorSettings::new(SHAPE, 50.0));
}

#[test]
fn every_refusal_of_the_library_has_a_status() {
    let read = |path| std::fs::read_to_string(path).unwrap();
    let errors = read("../../src/error.rs");
    let statuses = read("src/status.rs");
    let body = errors.split("pub enum Error {").nth(1).unwrap().split("\n}").next().unwrap();
    let names: Vec<&str> = body
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(char::is_uppercase))
        .map(|line| line.trim_end_matches([',', '{', ' ']))
        .collect();
    assert!(names.len() >= 19 && names.contains(&"Corrupted"), "{names:?}");
    for name in names {
        assert!(statuses.contains(&format!("Error::{name} ")), "{name}");
    }
    let numbers = statuses
        .lines()
        .filter_map(|line| line.trim().strip_prefix("DS_")?.strip_suffix(',')?.split_once(" = "))
        .map(|(_, number)| number.parse::<i32>().unwrap());
    assert_eq!(numbers.clone().count(), 41);
    // SAFETY: every message is a static text that ends with a zero.
    let message = |status| unsafe { CStr::from_ptr(ds_status_message(status)) };
    let unknown = message(-1);
    for number in numbers {
        assert_ne!(message(number), unknown, "{number}");
    }
}
