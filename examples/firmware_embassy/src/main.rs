//! A monitor in an embassy firmware: a timer's interrupt takes samples, a channel holds them, and a task monitors them.
//!
//! The interrupt stands for a converter whose DMA has filled a buffer. It never waits: a sample that finds the channel full is
//! lost, and its number tells the monitor so. The task takes a sample, works on a report for a few units, and sleeps until
//! the next sample.
//!
//! `run.sh` builds it and runs it in QEMU; its reports have the statuses of `examples/firmware/src/bin/monitor.rs`.
#![no_std]
#![no_main]

use core::cell::Cell;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use dynamical_similarity::monitor::{
    Alarm, Calibration, Fault, Insufficient, Monitor, MonitorSettings, Report, Scores, Status,
    Window,
};
use dynamical_similarity::{Error, Shape};
use embassy_executor::Spawner;
use embassy_sync::blocking_mutex::{Mutex, raw::CriticalSectionRawMutex};
use embassy_sync::channel::Channel;
use semihosting::{eprintln, println, process};
use static_cell::StaticCell;

const CHANNELS: usize = 8;
const SHAPE: Shape = Shape { channels: CHANNELS, delays: 5, rank: 8 };
const SCORES: Scores = Scores::SpectraAndOperator;
const WINDOW: Window = Window::Blocks(6);
const SETTINGS: MonitorSettings = MonitorSettings::new().window(WINDOW);
/// Units of work after each sample.
const UNITS: usize = 4;
/// Cycles of the 25 MHz processor between two samples: 500 per second, ten times the usual rate.
const PERIOD: u32 = 25_000_000 / 500;

type Watch = Monitor<f32, &'static mut [f32]>;
const MONITOR_LEN: usize = Monitor::<f32, ()>::memory_len(SHAPE, SCORES, WINDOW);
const CALIBRATION_LEN: usize = Calibration::<f32, ()>::memory_len(SHAPE, SCORES);
const WORDS_LEN: usize = Calibration::<f32, ()>::words_len(SHAPE, SCORES);

static CALIBRATION: &[u8; 4 * WORDS_LEN] = include_bytes!("../../data/monitor/calibration.words");
static STREAM: &[u8] = include_bytes!("../../data/monitor/stream.i8");

/// A sample and its number.
struct Sample {
    number: u32,
    counts: [i8; CHANNELS],
}

/// Samples that the task has not taken yet. Eight are enough for the longest report: 16 ms.
static SAMPLES: Channel<CriticalSectionRawMutex, Sample, 8> = Channel::new();
/// How many samples the converter has taken.
static TAKEN: Mutex<CriticalSectionRawMutex, Cell<usize>> = Mutex::new(Cell::new(0));

/// The converter has a new sample.
#[exception]
fn SysTick() {
    let at = TAKEN.lock(|taken| taken.replace(taken.get().saturating_add(1)));
    if let Some(counts) = STREAM.as_chunks::<CHANNELS>().0.get(at) {
        let sample = Sample { number: at as u32, counts: counts.map(|count| count as i8) };
        // A full channel loses the sample. The next number says that one is missing.
        let _ = SAMPLES.try_send(sample);
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

/// What a device would do: log, realign the decoder, or fall back to a safe mode.
fn act_on(report: &Report<f32>) {
    println!("{}: {}", report.samples, name(report.status));
}

fn begin() -> Result<Watch, Error> {
    static WORDS: StaticCell<[u32; WORDS_LEN]> = StaticCell::new();
    static KNOWN: StaticCell<[f32; CALIBRATION_LEN]> = StaticCell::new();
    static MEMORY: StaticCell<[f32; MONITOR_LEN]> = StaticCell::new();
    let words = WORDS.init([0; WORDS_LEN]);
    let bytes = CALIBRATION.as_chunks::<4>().0;
    words.iter_mut().zip(bytes).for_each(|(word, bytes)| *word = u32::from_le_bytes(*bytes));
    let calibration = Calibration::from_words(words, &mut KNOWN.init([0.0; CALIBRATION_LEN])[..])?;
    Watch::new_in(&calibration, SETTINGS, MEMORY.init([0.0; MONITOR_LEN]))
}

#[embassy_executor::task]
async fn watch(mut monitor: Watch) {
    loop {
        let Sample { number, counts } = SAMPLES.receive().await;
        if let Err(error) = monitor.push_numbered(number, &counts.map(f32::from)) {
            eprintln!("{error}");
            process::exit(1);
        }
        // The recording has an end, where the last report is finished at once. A device goes on.
        let last = (number as usize + 1) * CHANNELS == STREAM.len();
        if let Some(report) = monitor.poll(if last { usize::MAX } else { UNITS }) {
            act_on(&report);
        }
        if last {
            process::exit(0);
        }
    }
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let monitor = begin();
    let task = monitor.map(watch);
    match task {
        Ok(Ok(task)) => spawner.spawn(task),
        Ok(Err(_)) => process::exit(3),
        Err(error) => {
            eprintln!("{error}");
            process::exit(1);
        }
    }
    // The converter starts.
    if let Some(mut core) = cortex_m::Peripherals::take() {
        core.SYST.set_clock_source(SystClkSource::Core);
        core.SYST.set_reload(PERIOD - 1);
        core.SYST.clear_current();
        core.SYST.enable_counter();
        core.SYST.enable_interrupt();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    process::exit(2)
}
