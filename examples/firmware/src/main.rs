//! Recorded streams, replayed from flash sample by sample as a converter would deliver them: collects a window,
//! fits an operator to it and prints how far that is from the operator of the calibration.
//!
//! All memory is static and sized when this is compiled. `examples/firmware/run.sh` builds it and runs it in QEMU.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use dynamical_similarity::{Dmd, Effort, Error, MatRef, Procrustes, Rank, Recording, Shape};
use semihosting::{eprintln, println, process};

const CHANNELS: usize = 3;
const SHAPE: Shape = Shape { channels: CHANNELS, delays: 10, rank: 6 };
const DMD: Dmd = Dmd::new().delays(SHAPE.delays).rank(Rank::Fixed(SHAPE.rank));
/// 2 or 4 starts: a hundredth of a second of a Cortex-M4F at 168 MHz.
const SOLVER: Procrustes = Procrustes::new().effort(Effort::Fast);
/// Samples of one judgement.
const WINDOW: usize = 1000;

/// The Lorenz system, every file from another start: calibration, the same again, and with other parameters.
static RECORDINGS: [(&str, &[u8]); 4] = [
    ("calibration", include_bytes!("../../data/lorenz/lorenz-75-1.npy")),
    ("the same system", include_bytes!("../../data/lorenz/lorenz-75-2.npy")),
    ("rho 152 for 75", include_bytes!("../../data/lorenz/lorenz-152-1.npy")),
    ("rho 220 for 75", include_bytes!("../../data/lorenz/lorenz-220-1.npy")),
];
/// Length of the head of these files; float64 samples follow.
const HEAD: usize = 128;

/// What the program works in.
struct Memory {
    window: [f32; WINDOW * CHANNELS],
    fit: [f32; Dmd::memory_len(SHAPE)],
    calibration: [f32; SHAPE.rank * SHAPE.rank],
    comparison: [f32; SOLVER.memory_len(SHAPE.rank)],
}

impl Memory {
    const fn new() -> Self {
        Self {
            window: [0.0; WINDOW * CHANNELS],
            fit: [0.0; Dmd::memory_len(SHAPE)],
            calibration: [0.0; SHAPE.rank * SHAPE.rank],
            comparison: [0.0; SOLVER.memory_len(SHAPE.rank)],
        }
    }
}

/// Sample after sample of a file.
fn samples(file: &[u8]) -> impl Iterator<Item = [f32; CHANNELS]> {
    let values = file.get(HEAD..).unwrap_or_default().as_chunks::<8>().0;
    values
        .as_chunks::<CHANNELS>()
        .0
        .iter()
        .map(|sample| sample.map(|x| f64::from_le_bytes(x) as f32))
}

fn replay(memory: &mut Memory) -> Result<(), Error> {
    for (number, (name, file)) in RECORDINGS.into_iter().enumerate() {
        let slots = memory.window.as_chunks_mut::<CHANNELS>().0;
        slots.iter_mut().zip(samples(file)).for_each(|(slot, sample)| *slot = sample);
        let trial = Recording::new(&memory.window, CHANNELS)?;
        let today = DMD.fit_in(&[trial], &mut memory.fit)?;
        if number == 0 {
            let entries = today.operator().columns().flatten();
            memory.calibration.iter_mut().zip(entries).for_each(|(to, from)| *to = *from);
        }
        let reference = MatRef::new(&memory.calibration, SHAPE.rank, SHAPE.rank)?;
        let found = SOLVER.compare_in(reference, today.operator(), &mut memory.comparison)?;
        println!("{name}: {:.4} rad, at least {:.4}", found.distance(), found.lower_bound());
    }
    Ok(())
}

#[entry]
fn main() -> ! {
    static mut MEMORY: Memory = Memory::new();
    println!("RAM: {} bytes, all static, and the stack", size_of::<Memory>());
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
