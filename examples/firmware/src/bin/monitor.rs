//! A monitor: are the dynamics still those of the calibration? Its words lie in flash, as `dsa calibrate` wrote them;
//! a stream of 8-bit counts is replayed whose dynamics slow down by half in the middle; every sample is followed by
//! a slice of the work on the report that is due. Before the change the power fails once, and the monitor goes on
//! from what it saved. The first time that the dynamics are an alarm their Procrustes angle is asked for; it, too, is
//! worked on between samples.
//!
//! All memory is static and sized when this is compiled. `examples/firmware/run.sh` builds it and runs it in QEMU;
//! `examples/firmware_c/monitor.c` is the same in C and prints the same reports.
#![no_std]
#![no_main]

use core::cell::OnceCell;
use cortex_m_rt::entry;
use dynamical_similarity::monitor::{
    Alarm, Calibration, Fault, Insufficient, Monitor, MonitorSettings, Reading, Report, Scores,
    Status, Window,
};
use dynamical_similarity::{Error, Prepared, Procrustes, Shape, StepwiseComparison};
use semihosting::{eprintln, print, println, process};

const CHANNELS: usize = 8;
const SHAPE: Shape = Shape { channels: CHANNELS, delays: 5, rank: 8 };
const SCORES: Scores = Scores::SpectraAndOperator;
const WINDOW: Window = Window::Blocks(6);
const SETTINGS: MonitorSettings = MonitorSettings::new().window(WINDOW);
/// Units of work after each sample: a report of some 270 units takes some 1.4 s.
const UNITS: usize = 4;
/// Evaluations of a comparison after each sample, some 20 000 instructions each.
const EVALUATIONS: usize = 2;
/// Sample before which the power fails.
const FAILURE: usize = 4000;

type Watch = Monitor<f32, &'static mut [f32]>;
const MONITOR_LEN: usize = Monitor::<f32, ()>::memory_len(SHAPE, SCORES, WINDOW);
const CALIBRATION_LEN: usize = Calibration::<f32, ()>::memory_len(SHAPE, SCORES);
const STATE_LEN: usize = Monitor::<f32, ()>::state_len(SHAPE, SCORES, WINDOW);
/// Bytes of a monitor.
const RAM: usize = size_of::<Watch>() + MONITOR_LEN * size_of::<f32>();
const _: () = assert!(RAM <= 26 * 1024);

const PROCRUSTES: Procrustes = Procrustes::new();

/// Made by `examples/data/monitor/make.py`, as the stream.
static CALIBRATION: [u32; Calibration::<f32, ()>::words_len(SHAPE, SCORES)] =
    words(include_bytes!("../../../data/monitor/calibration.words"));
static STREAM: &[u8] = include_bytes!("../../../data/monitor/stream.i8");

/// Words of 32 bits, low byte first.
const fn words<const LENGTH: usize>(bytes: &[u8]) -> [u32; LENGTH] {
    let (chunks, rest) = bytes.as_chunks::<4>();
    assert!(chunks.len() == LENGTH && rest.is_empty(), "a calibration of other sizes");
    let mut words = [0; LENGTH];
    let mut at = 0;
    while at < LENGTH {
        words[at] = u32::from_le_bytes(chunks[at]);
        at += 1;
    }
    words
}

/// What the program works in.
struct Memory {
    monitor: [f32; MONITOR_LEN],
    /// What goes on after the power has failed.
    second: [f32; MONITOR_LEN],
    calibration: [f32; CALIBRATION_LEN],
    /// In the place of a page of flash.
    saved: [u32; STATE_LEN],
    comparison: ComparisonMemory,
}

/// What a comparison works in.
struct ComparisonMemory {
    frames: [[f32; PROCRUSTES.prepared_len(SHAPE.rank)]; 2],
    scratch: [f32; PROCRUSTES.prepare_scratch_len(SHAPE.rank)],
    search: [f32; PROCRUSTES.comparison_len(SHAPE.rank)],
}

/// The angle between the operators behind one report.
struct Comparison<'a> {
    samples: u64,
    search: StepwiseComparison<'a, 'a, f32>,
}

impl<'a> Comparison<'a> {
    /// Finds the operator of the window and copies it and that of the calibration, so that the monitor goes on; none if the
    /// report has no scores.
    fn begin(
        monitor: &mut Watch,
        samples: u64,
        frames: &'a OnceCell<[Prepared<'a, f32>; 2]>,
        memory: &'a mut ComparisonMemory,
    ) -> Result<Option<Self>, Error> {
        let Some((reference, window)) = monitor.operators() else { return Ok(None) };
        let [left, right] = &mut memory.frames;
        let a = PROCRUSTES.prepare_in(reference, left, &mut memory.scratch)?;
        let b = PROCRUSTES.prepare_in(window, right, &mut memory.scratch)?;
        let [a, b] = frames.get_or_init(|| [a, b]);
        let search = PROCRUSTES.stepwise_in(a, b, &mut memory.search)?;
        Ok(Some(Self { samples, search }))
    }

    /// Goes on for a while; what is left to do.
    fn go_on(mut self) -> Result<Option<Self>, Error> {
        for _ in 0..EVALUATIONS {
            if self.search.step()? {
                let found = self.search.finish()?;
                print!("{}", self.samples);
                print_number(": procrustes", found.distance());
                println!(", evaluations {}", found.evaluations());
                return Ok(None);
            }
        }
        Ok(Some(self))
    }
}

fn name(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Warning => "warning",
        Status::Alarm(Alarm::Dynamics) => "alarm: dynamics",
        Status::Alarm(Alarm::Geometry) => "alarm: geometry",
        Status::Alarm(Alarm::Noise) => "alarm: noise",
        Status::Alarm(_) => "alarm: cause not known yet",
        Status::InsufficientData(Insufficient::Pairs) => "too few pairs",
        Status::InsufficientData(Insufficient::Excitation) => "no excitation",
        Status::InsufficientData(_) => "low rank",
        Status::InvalidInput(Fault::Dead(_)) => "dead channels",
        Status::InvalidInput(Fault::Clock) => "clock",
        _ => "invalid samples",
    }
}

/// A number in decimal and bit for bit, without the formatting of floats.
fn print_number(name: &str, x: f32) {
    let millionths = (x.abs() * 1e6 + 0.5) as u32;
    let (sign, whole, part) =
        (if x < 0.0 { "-" } else { "" }, millionths / 1_000_000, millionths % 1_000_000);
    print!("{name} {sign}{whole}.{part:06} ({:08x})", x.to_bits());
}

fn print_report(report: &Report<f32>) {
    print!("{}: {}", report.samples, name(report.status));
    let print_reading = |name, z, reading: Option<Reading<f32>>| {
        if let Some(reading) = reading {
            print_number(name, reading.score);
            print_number(z, reading.z);
        }
    };
    print_reading(", score", ", z", report.dynamics);
    print_reading(", gate", ", z", report.gate);
    print_reading(", noise", ", z", report.noise);
    print_number(", cusum", report.cusum);
    if let Some(excitation) = report.excitation {
        print_number(", excitation", excitation);
    }
    println!(", pairs {}", report.pairs as u32);
}

fn replay(memory: &'static mut Memory) -> Result<(), Error> {
    let calibration = Calibration::from_words(&CALIBRATION, &mut memory.calibration[..])?;
    let mut monitor = Watch::new_in(&calibration, SETTINGS, &mut memory.monitor)?;
    let mut second = Some(&mut memory.second);
    let frames = OnceCell::new();
    let (mut room, mut comparison) = (Some(&mut memory.comparison), None);
    let samples = STREAM.as_chunks::<CHANNELS>().0;
    for (t, counts) in samples.iter().enumerate() {
        if t == FAILURE
            && let Some(second) = second.take()
        {
            let length = monitor.save(&mut memory.saved)?;
            println!("{t}: power lost, {length} words saved");
            monitor = Watch::restore_in(&calibration, SETTINGS, &memory.saved, second)?;
        }
        monitor.push(&counts.map(|count| f32::from(count as i8)))?;
        if let Some(report) = monitor.poll(UNITS) {
            print_report(&report);
            if report.status == Status::Alarm(Alarm::Dynamics)
                && let Some(room) = room.take()
            {
                comparison = Comparison::begin(&mut monitor, report.samples, &frames, room)?;
            }
        }
        comparison = comparison.map_or(Ok(None), Comparison::go_on)?;
    }
    while monitor.is_due() {
        if let Some(report) = monitor.poll(UNITS) {
            print_report(&report);
        }
    }
    Ok(())
}

#[entry]
fn main() -> ! {
    static mut MEMORY: Memory = Memory {
        monitor: [0.0; MONITOR_LEN],
        second: [0.0; MONITOR_LEN],
        calibration: [0.0; CALIBRATION_LEN],
        saved: [0; STATE_LEN],
        comparison: ComparisonMemory {
            frames: [[0.0; PROCRUSTES.prepared_len(SHAPE.rank)]; 2],
            scratch: [0.0; PROCRUSTES.prepare_scratch_len(SHAPE.rank)],
            search: [0.0; PROCRUSTES.comparison_len(SHAPE.rank)],
        },
    };
    println!(
        "# RAM, bytes: {RAM} a monitor ({} of them itself), {} a saved state, {} a calibration while it is read",
        size_of::<Watch>(),
        STATE_LEN * size_of::<u32>(),
        CALIBRATION_LEN * size_of::<f32>()
    );
    match replay(MEMORY) {
        Ok(()) => process::exit(0),
        Err(error) => {
            eprintln!("{error}");
            process::exit(1)
        }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    process::exit(2)
}
