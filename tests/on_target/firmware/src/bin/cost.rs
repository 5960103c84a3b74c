//! What every operation costs: its name, then words: three sizes (the order; or channels, delays, rank), ticks
//! (high, low), bytes of stack and of RAM.
#![no_std]
#![no_main]

use dynamical_similarity::{
    Dmd, Effort, Error, LagCovariance, LagSums, Procrustes, Shape, Wasserstein,
};
use firmware::{Console, Counter, entry, stop};
use operations::cost::{self, ORDERS, SHAPES, Workspace};
use operations::{Number, Sink};

#[entry]
fn main() -> ! {
    let Some(counter) = Counter::new() else { stop(false) };
    #[cfg(not(feature = "double"))]
    let done = all::<f32>(&mut Report { counter, scalar: "f32" });
    #[cfg(feature = "double")]
    let done = all::<f64>(&mut Report { counter, scalar: "f64" });
    stop(done.is_ok())
}

/// Prints costs of one scalar.
struct Report {
    counter: Counter,
    scalar: &'static str,
}

impl Report {
    /// One operation, run twice, each time on fresh input; `ram` is what it works in, in scalars.
    fn add<T>(
        &mut self,
        (name, sizes, ram): (&str, [usize; 3], usize),
        at: &mut Workspace<T>,
        prepare: impl Fn(&mut Workspace<T>) -> Result<(), Error>,
        work: impl Fn(&mut Workspace<T>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        prepare(at)?;
        let mut result = Ok(());
        let ticks = self.counter.ticks(|| result = work(at));
        prepare(at)?;
        let stack = self.counter.stack(|| result = work(at));
        Console.operation(name, self.scalar);
        sizes.iter().for_each(|size| Console.word(*size as u32));
        Console.long(ticks);
        Console.word(stack);
        Console.word((ram * size_of::<T>()) as u32);
        result
    }
}

fn all<T: Number>(report: &mut Report) -> Result<(), Error> {
    let at = &mut Workspace::<T>::new(T::default());
    report.add(("nothing", [0; 3], 0), at, |_| Ok(()), |_| Ok(()))?;
    for n in ORDERS {
        decompositions(report, at, n)?;
    }
    for shape in SHAPES {
        recordings(report, at, shape)?;
    }
    Ok(())
}

fn decompositions<T: Number>(
    report: &mut Report,
    at: &mut Workspace<T>,
    n: usize,
) -> Result<(), Error> {
    let fill = |at: &mut Workspace<T>| {
        at.set_matrix(n);
        Ok(())
    };
    let [svd, values, symmetric] = cost::decomposition_lens(n);
    let sizes = [n, 0, 0];
    report.add(("svd", sizes, svd), at, fill, |at| cost::svd(at, n))?;
    report.add(("plain svd", sizes, 2 * n * n + n), at, fill, |at| cost::plain_svd(at, n))?;
    report.add(("singular values", sizes, values), at, fill, |at| cost::singular_values(at, n))?;
    report
        .add(("symmetric eigen", sizes, symmetric), at, fill, |at| cost::symmetric_eigen(at, n))?;
    report.add(("eigenvalues", sizes, n * n + 2 * n), at, fill, |at| cost::eigenvalues(at, n))
}

fn recordings<T: Number>(
    report: &mut Report,
    at: &mut Workspace<T>,
    shape: Shape,
) -> Result<(), Error> {
    let Shape { channels, delays, rank } = shape;
    let sizes = [channels, delays, rank];
    let record = |at: &mut Workspace<T>| {
        at.set_recording(shape, 1);
        Ok(())
    };
    let stream = |at: &mut Workspace<T>| at.set_stream(shape);
    let ram = LagCovariance::<T, ()>::memory_len(channels, delays);
    report.add(("push", sizes, ram), at, stream, |at| cost::push(at, shape))?;
    report.add(("fit", sizes, Dmd::memory_len(shape)), at, record, |at| cost::fit(at, shape))?;
    let fitted = |at: &mut Workspace<T>| at.set_operators(shape);
    for (name, effort) in [
        ("distance fast", Effort::Fast),
        ("distance default", Effort::Default),
        ("distance thorough", Effort::Thorough),
    ] {
        let ram = Procrustes::new().effort(effort).memory_len(rank) + 2 * rank * rank;
        report.add((name, sizes, ram), at, fitted, |at| cost::distance(at, rank, effort))?;
    }
    let ram = Wasserstein::new().memory_len(rank, rank) + 2 * rank * rank;
    report.add(("wasserstein", sizes, ram), at, fitted, |at| cost::wasserstein(at, rank))?;
    small_doors(report, at, shape)
}

fn small_doors<T: Number>(
    report: &mut Report,
    at: &mut Workspace<T>,
    shape: Shape,
) -> Result<(), Error> {
    let Shape { channels, delays, rank } = shape;
    let sizes = [channels, delays, rank];
    let sums = |at: &mut Workspace<T>| at.set_sums(shape, 1);
    let kept = LagSums::<T, ()>::memory_len(channels, delays, 1);
    report.add(("lag push", sizes, kept), at, sums, |at| cost::lag_push(at, shape))?;
    let ram = kept + Dmd::lag_sums_memory_len(shape);
    report.add(("lag fit", sizes, ram), at, sums, |at| cost::lag_fit(at, shape))?;
    let another = |at: &mut Workspace<T>| {
        at.set_sums(shape, 1)?;
        cost::lag_fit(at, shape)?;
        at.set_sums(shape, 2)
    };
    report.add(("lag refit", sizes, ram), at, another, |at| cost::lag_refit(at, shape))?;
    let fitted = |at: &mut Workspace<T>| at.set_operators(shape);
    let ram = Procrustes::new().plain_memory_len(rank) + 2 * rank * rank;
    report.add(("plain distance", sizes, ram), at, fitted, |at| cost::plain_distance(at, rank))?;
    let ram = Wasserstein::new().plain_memory_len(rank) + 2 * rank * rank;
    report
        .add(("plain wasserstein", sizes, ram), at, fitted, |at| cost::plain_wasserstein(at, rank))
}
