//! What the monitor costs: for each shape three sizes, then ticks (high, low) of the dearest sample, of the dearest unit of work
//! and of a whole report (less one unit in fifty, whose stack is measured), the number of its units, and bytes of stack.
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
    Console.long(empty);
    for shape in SHAPES {
        if shape_costs(&mut counter, shape, &mut memory).is_err() {
            stop(false);
        }
    }
    stop(true)
}

fn shape_costs(counter: &mut Counter, shape: Shape, memory: &mut [f32]) -> Result<(), Error> {
    let scores = Scores::Operator;
    let (calibration, rest) = watch::calibrate::<f32>(shape, scores, memory)?;
    let length = Monitor::<f32, ()>::memory_len(shape, scores, Window::Blocks(2));
    let room = rest.get_mut(..length).unwrap_or_default();
    let mut monitor = watch::monitor(&calibration, Window::Blocks(2), room)?;
    let (mut source, mut sample) = (Source::new(2), [0.0_f32; 16]);
    let sample = sample.get_mut(..shape.channels).unwrap_or_default();
    let (mut dearest_push, mut dearest, mut total, mut units, mut stack) = (0, 0, 0, 0_u32, 0);
    for t in 0..3000 {
        source.next(0.25, sample);
        let mut result = Ok(());
        dearest_push =
            dearest_push.max(counter.ticks(|| result = watch::push(&mut monitor, sample)));
        result?;
        // The second report, of a whole window.
        while t > 1500 && monitor.is_due() {
            let mut report = None;
            if units % 50 == 49 {
                stack = counter.stack(|| report = watch::poll(&mut monitor)).max(stack);
            } else {
                let ticks = counter.ticks(|| report = watch::poll(&mut monitor));
                (dearest, total) = (ticks.max(dearest), total + ticks);
            }
            units += 1;
        }
        while t <= 1500 && monitor.is_due() {
            let _ = watch::poll(&mut monitor);
        }
    }
    Console.operation("monitor", "f32");
    for size in [shape.channels, shape.delays, shape.rank] {
        Console.word(size as u32);
    }
    Console.long(dearest_push);
    Console.long(dearest);
    Console.long(total);
    Console.word(units);
    Console.word(stack);
    Ok(())
}
