//! What the monitor costs with windows of two blocks: for each shape the costliest sample, the costliest unit of work and a
//! whole report (less one unit in fifty, whose stack is measured).
#![no_std]
#![no_main]

use dynamical_similarity::monitor::{Monitor, Scores, Window};
use dynamical_similarity::{Error, Shape};
use firmware::{Console, Counter, entry, stop};
use operations::Sink;
use operations::watch::{self, ROOM, SHAPES, Source};

#[entry]
fn main() -> ! {
    let Some(mut counter) = Counter::new() else { stop(false) };
    let mut memory = [0.0_f32; ROOM];
    let empty = counter.ticks(|| ());
    Console.operation("nothing", "f32");
    (0..3).for_each(|_| Console.word(0));
    Console.long(empty);
    (0..2).for_each(|_| Console.word(0));
    for shape in SHAPES {
        if shape_costs(&mut counter, shape, &mut memory).is_err() {
            stop(false);
        }
    }
    stop(true)
}

/// The costliest sample, the costliest unit of work, and a whole report, its stack measured at one unit in fifty.
fn shape_costs(counter: &mut Counter, shape: Shape, memory: &mut [f32]) -> Result<(), Error> {
    let (scores, window) = (Scores::Spectra, Window::Blocks(2));
    let (calibration, rest) = watch::calibrate::<f32>(shape, scores, memory)?;
    let length = Monitor::<f32, ()>::memory_len(shape, scores, window);
    let room = rest.get_mut(..length).unwrap_or_default();
    let mut monitor = watch::monitor(&calibration, window, room)?;
    let (mut source, mut sample) = (Source::new(2), [0.0_f32; 16]);
    let sample = sample.get_mut(..shape.channels).unwrap_or_default();
    let (mut costliest_push, mut push_stack) = (0, 0);
    let (mut costliest, mut total, mut units, mut stack) = (0, 0, 0_u32, 0);
    for t in 0..3000 {
        source.next(0.25, sample);
        let mut result = Ok(());
        if t % 50 == 49 {
            push_stack =
                counter.stack(|| result = watch::push(&mut monitor, sample)).max(push_stack);
        } else {
            let ticks = counter.ticks(|| result = watch::push(&mut monitor, sample));
            costliest_push = ticks.max(costliest_push);
        }
        result?;
        // The second report, of a whole window.
        while t > 1500 && monitor.is_due() {
            let mut report = None;
            if units % 50 == 49 {
                stack = counter.stack(|| report = watch::poll(&mut monitor)).max(stack);
            } else {
                let ticks = counter.ticks(|| report = watch::poll(&mut monitor));
                (costliest, total) = (ticks.max(costliest), total + ticks);
            }
            units += 1;
        }
        while t <= 1500 && monitor.is_due() {
            let _ = watch::poll(&mut monitor);
        }
    }
    let ram = (length * size_of::<f32>() + size_of::<Monitor<f32, &mut [f32]>>()) as u32;
    let print = |name, ticks, stack| {
        Console.operation(name, "f32");
        for size in [shape.channels, shape.delays, shape.rank] {
            Console.word(size as u32);
        }
        Console.long(ticks);
        Console.word(stack);
        Console.word(ram);
    };
    print("monitor push", costliest_push, push_stack);
    print("monitor poll unit", costliest, stack);
    print("monitor poll report", total, stack);
    Ok(())
}
