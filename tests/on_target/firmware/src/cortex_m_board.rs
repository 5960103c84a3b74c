//! Cortex-M: the vector table of `cortex-m-rt`, instructions by the system timer.

use core::sync::atomic::{AtomicU32, Ordering};
use cortex_m::peripheral::{Peripherals, SYST, syst::SystClkSource};
pub use cortex_m_rt::entry;
use cortex_m_rt::exception;

static TURNS: AtomicU32 = AtomicU32::new(0);

#[exception]
fn SysTick() {
    TURNS.store(TURNS.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

/// Ticks of the system timer, whatever their number.
pub struct Counter(SYST);

impl Counter {
    /// The timer's full period.
    const PERIOD: u32 = 1 << 24;

    /// Once in a program.
    #[must_use]
    pub fn new() -> Option<Self> {
        let mut timer = Peripherals::take()?.SYST;
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(Self::PERIOD - 1);
        timer.clear_current();
        timer.enable_counter();
        timer.enable_interrupt();
        Some(Self(timer))
    }

    /// Bytes of stack that something takes, at most 64 kB: the stack below is painted before, and looked at after.
    #[allow(unsafe_code)]
    pub fn stack(&mut self, work: impl FnOnce()) -> u32 {
        const PAINT: u32 = 0x5A5A_A5A5;
        const DEPTH: u32 = 1 << 16;
        self.0.disable_interrupt();
        let top = cortex_m::register::msp::read();
        let below = |depth: u32| (top - depth) as *mut u32;
        for depth in (64..DEPTH).step_by(4) {
            // SAFETY: free stack: nothing lives below the stack pointer, and RAM reaches 64 kB further.
            unsafe { below(depth).write_volatile(PAINT) };
        }
        work();
        // SAFETY: as above.
        let touched = (64..DEPTH)
            .step_by(4)
            .rev()
            .find(|depth| unsafe { below(*depth).read_volatile() } != PAINT);
        self.0.enable_interrupt();
        touched.unwrap_or(0)
    }

    /// Ticks that something takes.
    pub fn ticks(&mut self, work: impl FnOnce()) -> u64 {
        let start = self.now();
        work();
        self.now() - start
    }

    fn now(&self) -> u64 {
        loop {
            let turns = TURNS.load(Ordering::Relaxed);
            let down = SYST::get_current();
            if turns == TURNS.load(Ordering::Relaxed) {
                return u64::from(turns) * u64::from(Self::PERIOD)
                    + u64::from(Self::PERIOD - 1 - down);
            }
        }
    }
}
