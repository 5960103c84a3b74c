//! Progress of long work on standard error: a bar on a terminal, and elsewhere a line now and then.

use crate::output::note;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A bar is shown for work that takes longer than this.
const SHORT: Duration = Duration::from_secs(1);
/// Seconds between two lines where there is no terminal.
const BETWEEN_LINES: u64 = 10;

/// Counts finished pieces of work, from any thread.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    what: &'static str,
    start: Instant,
    terminal: bool,
    /// When the next line is due, in seconds after the start.
    next_line: AtomicU64,
}

impl Progress {
    /// Progress that is not shown yet.
    #[must_use]
    pub fn new(what: &'static str, pieces: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(pieces as u64), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what);
        let terminal = std::io::stderr().is_terminal();
        Self {
            bar,
            what,
            start: Instant::now(),
            terminal,
            next_line: AtomicU64::new(BETWEEN_LINES),
        }
    }

    /// One more pair of a matrix is done, for a library that asks whether it shall go on.
    pub fn step_on(&self) -> ControlFlow<()> {
        self.step();
        ControlFlow::Continue(())
    }

    /// One more piece is done.
    pub fn step(&self) {
        let elapsed = self.start.elapsed();
        if self.terminal && self.bar.is_hidden() && elapsed > SHORT {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(1);
        if !self.terminal {
            self.line(elapsed);
        }
    }

    /// A line, if one is due; the thread that moves the time of the next one on writes it.
    fn line(&self, elapsed: Duration) {
        let due = self.next_line.load(Ordering::Relaxed);
        let next = elapsed.as_secs() + BETWEEN_LINES;
        let is_due = elapsed.as_secs() >= due;
        let (from, to, ordering) = (due, next, Ordering::Relaxed);
        if is_due && self.next_line.compare_exchange(from, to, ordering, ordering).is_ok() {
            let (done, all) = (self.bar.position(), self.bar.length().unwrap_or(0));
            let left = elapsed.mul_f64(all.saturating_sub(done) as f64 / done.max(1) as f64);
            note(format_args!(
                "{}: {done} of {all}, about {} left",
                self.what,
                HumanDuration(left)
            ));
        }
    }

    /// All is done: the bar goes away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
