//! Long work: on several threads, with progress, and with Ctrl-C.

use crate::errors::Refusal;
use dynamical_similarity::{Error, Progress};
use pyo3::prelude::*;
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// How long work is done: on how many threads (all cores by default), and which function of two numbers is told how much of
/// it is done.
#[derive(FromPyObject)]
pub(crate) struct Long<'py>(Option<usize>, Option<Bound<'py, PyAny>>);

impl Long<'_> {
    /// On all cores, without anybody who is told.
    pub(crate) const fn silent() -> Self {
        Self(None, None)
    }
}

/// How much of long work is done, and whether it is to end.
#[derive(Default)]
pub(crate) struct Meter {
    done: AtomicUsize,
    total: AtomicUsize,
    stopped: AtomicBool,
}

impl Meter {
    /// What the library calls after each pair.
    pub(crate) fn pair(&self, at: Progress) -> ControlFlow<()> {
        self.done.store(at.done, Ordering::Relaxed);
        self.total.store(at.total, Ordering::Relaxed);
        if self.stopped.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// One more of `total` pieces is done.
    ///
    /// # Errors
    /// [`Error::Stopped`] if no further piece is wanted.
    pub(crate) fn piece(&self, total: usize) -> Result<(), Error> {
        self.total.store(total, Ordering::Relaxed);
        self.done.fetch_add(1, Ordering::Relaxed);
        if self.stopped.load(Ordering::Relaxed) { Err(Error::Stopped) } else { Ok(()) }
    }

    fn tell(&self, progress: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let at = [&self.done, &self.total].map(|number| number.load(Ordering::Relaxed));
        match (progress, at) {
            (Some(call), [done, total]) if total > 0 => call.call1((done, total)).map(drop),
            _ => Ok(()),
        }
    }
}

/// The time between two looks at Ctrl-C.
const BETWEEN: Duration = Duration::from_millis(50);

/// Does short work while other Python threads run.
pub(crate) fn briefly<R: Send, E: Into<Refusal> + Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<R, E> + Send,
) -> PyResult<R> {
    Ok(py.detach(work).map_err(Into::into)?)
}

/// Does long work while this thread looks for Ctrl-C and tells of the progress. The work ends soon after Ctrl-C or an exception
/// of the function that is told, which is then raised.
pub(crate) fn at_length<R: Send, E: Into<Refusal> + Send>(
    py: Python<'_>,
    Long(threads, progress): &Long<'_>,
    work: impl FnOnce(&Meter) -> Result<R, E> + Send,
) -> PyResult<R> {
    let (meter, finished) = (Meter::default(), AtomicBool::new(false));
    let progress = progress.as_ref();
    let pool = match *threads {
        None => None,
        Some(threads) => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            Some(pool.build().map_err(Refusal::new)?)
        }
    };
    let waiting = std::thread::current();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let found = match &pool {
                Some(pool) => pool.install(|| work(&meter)),
                None => work(&meter),
            };
            finished.store(true, Ordering::Release);
            waiting.unpark();
            found
        });
        let mut interrupted = Ok(());
        while !finished.load(Ordering::Acquire) && !worker.is_finished() {
            py.detach(|| std::thread::park_timeout(BETWEEN));
            if interrupted.is_ok() {
                interrupted = py.check_signals().and_then(|()| meter.tell(progress));
            }
            if interrupted.is_err() {
                meter.stopped.store(true, Ordering::Relaxed);
            }
        }
        let found = py.detach(|| worker.join());
        interrupted?;
        let found = found.map_err(|_| Refusal::new("the computation panicked"))?;
        let found = found.map_err(Into::into)?;
        meter.tell(progress)?;
        Ok(found)
    })
}

/// Does something with every recording on all threads; an error names the recording.
pub(crate) fn of_each<I: Sync, R: Send>(
    recordings: &[I],
    work: impl Fn(&I) -> Result<R, Error> + Sync + Send,
) -> Result<Vec<R>, Refusal> {
    let one = |(at, recording)| work(recording).map_err(|error| Refusal::of_recording(at, error));
    recordings.par_iter().enumerate().map(one).collect()
}
