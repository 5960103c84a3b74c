//! What every operation costs: a name, then three words: ticks (high, low) and bytes of stack.
#![no_std]
#![no_main]

use dynamical_similarity::{Effort, Error, Scalar};
use firmware::{Console, Counter, entry, stop};
use operations::Sink;
use operations::cost::{self, ORDERS, SHAPES, Workspace};

#[entry]
fn main() -> ! {
    let mut counter = match Counter::new() {
        Some(counter) => counter,
        None => stop(false),
    };
    stop(run(&mut counter).is_ok())
}

#[cfg(not(feature = "double"))]
fn run(counter: &mut Counter) -> Result<(), Error> {
    scalar(counter, "f32", |x| x as f32)?;
    peers::run(counter);
    Ok(())
}

#[cfg(feature = "double")]
fn run(counter: &mut Counter) -> Result<(), Error> {
    scalar(counter, "f64", |x| x)
}

/// Prints what one operation costs; it is run twice, each time on fresh input.
fn report<W>(
    counter: &mut Counter,
    [name, scalar]: [&str; 2],
    at: &mut W,
    prepare: impl Fn(&mut W) -> Result<(), Error>,
    work: impl Fn(&mut W) -> Result<(), Error>,
) -> Result<(), Error> {
    prepare(at)?;
    let mut result = Ok(());
    let ticks = counter.ticks(|| result = work(at));
    prepare(at)?;
    let stack = counter.stack(|| result = work(at));
    Console.operation(name, scalar);
    Console.word((ticks >> 32) as u32);
    Console.word(ticks as u32);
    Console.word(stack);
    result
}

fn scalar<T: Scalar>(counter: &mut Counter, scalar: &str, cast: fn(f64) -> T) -> Result<(), Error> {
    let at = &mut Workspace::new(T::default());
    report(counter, ["nothing", scalar], at, |_| Ok(()), |_| Ok(()))?;
    for n in ORDERS {
        let fill = |at: &mut Workspace<T>| {
            at.set_matrix(n, cast);
            Ok(())
        };
        report(counter, ["singular value decomposition", scalar], at, fill, |at| cost::svd(at, n))?;
        report(counter, ["singular values", scalar], at, fill, |at| cost::singular_values(at, n))?;
        report(counter, ["symmetric eigenvectors", scalar], at, fill, |at| cost::symmetric_eigen(at, n))?;
        report(counter, ["eigenvalues", scalar], at, fill, |at| cost::eigenvalues(at, n))?;
    }
    for shape in SHAPES {
        let record = |at: &mut Workspace<T>| {
            at.set_recording(shape, 1, cast);
            Ok(())
        };
        let fitted = |at: &mut Workspace<T>| at.set_operators(shape, cast);
        let rank = shape.rank;
        if shape.channels <= 8 {
            let stream = |at: &mut Workspace<T>| at.set_stream(shape, cast);
            report(counter, ["push", scalar], at, stream, |at| cost::push(at, shape))?;
        }
        report(counter, ["fit", scalar], at, record, |at| cost::fit(at, shape))?;
        for (name, effort) in [
            ("distance, fast", Effort::Fast),
            ("distance, default", Effort::Default),
            ("distance, thorough", Effort::Thorough),
        ] {
            report(counter, [name, scalar], at, fitted, |at| cost::distance(at, rank, effort))?;
        }
        report(counter, ["wasserstein", scalar], at, fitted, |at| cost::wasserstein(at, rank))?;
    }
    Ok(())
}

/// nalgebra's decompositions of the same matrices.
#[cfg(not(feature = "double"))]
mod peers {
    use super::{Console, Counter, Sink};
    use nalgebra::{ArrayStorage, SMatrix, SVD};

    macro_rules! orders {
        ($counter:expr, $($name:ident $n:literal)*) => {$(
            // One function an order, to be found by its name: nalgebra's traits do not let N be a parameter.
            #[inline(never)]
            fn $name(a: &SMatrix<f32, $n, $n>) -> f32 {
                let svd = SVD::new(*a, true, true);
                let first = |values: Option<&f32>| values.copied().unwrap_or(0.0);
                first(svd.u.as_ref().and_then(|u| u.get(0)))
                    + first(svd.v_t.as_ref().and_then(|v| v.get(0)))
                    + first(svd.singular_values.get(0))
            }
            let mut a = SMatrix::<f32, $n, $n>::from_array_storage(ArrayStorage([[0.0; $n]; $n]));
            operations::input::fill(a.as_mut_slice(), $n, |x| x as f32);
            let mut found = 0.0;
            let ticks = $counter.ticks(|| found = $name(&a));
            let stack = $counter.stack(|| found = $name(&a));
            Console.operation("nalgebra's singular value decomposition", "f32");
            Console.word((ticks >> 32) as u32);
            Console.word(ticks as u32);
            Console.word(stack);
            core::hint::black_box(found);
        )*};
    }

    pub fn run(counter: &mut Counter) {
        orders!(counter, svd_4 4 svd_8 8 svd_16 16 svd_32 32);
    }
}
