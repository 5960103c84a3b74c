//! Any calibration, settings, samples, gaps, jumps of the clock, budgets, restarts and damage through the monitor, in
//! both scalars: a refused call leaves everything as it was, reports are finite or say why there is nothing to report,
//! and their bits do not depend on how the work is sliced, nor on restarts.

use arbitrary::{Result, Unstructured};
use dynamical_similarity::monitor::{
    Calibration, Calibrator, CalibratorSettings, Monitor, MonitorSettings, Report, Scores, Status,
    Window,
};
use dynamical_similarity::{Error, Scalar, Shape};
use crate::{number, size};

/// What is done with a monitor, in order.
enum Action {
    /// Samples of the source, polled with this budget after each.
    Run {
        samples: usize,
        budget: usize,
    },
    /// One sample of which one channel is this.
    Odd {
        channel: usize,
        value: f64,
    },
    Missing {
        samples: usize,
    },
    /// A sample whose number is so far from the expected one.
    Numbered {
        ahead: i16,
    },
    /// A sample with so many channels.
    WrongLength {
        channels: usize,
    },
    Restart,
    /// A restart from words of which one has been changed, and may have a checksum that fits.
    Damage {
        word: usize,
        bits: u32,
        repaired: bool,
    },
}

struct Plan {
    shape: Shape,
    scores: Scores,
    blocks: usize,
    block: usize,
    settings: MonitorSettings,
    /// Of the settings: the window, samples of a block and of a report interval.
    window: Window,
    counted: usize,
    interval: usize,
    /// Of the samples: the kind of signal, its size, its offset.
    signal: (u8, f64, f64),
    /// What is changed in the words of the calibration.
    damage: Option<(usize, u32, bool)>,
    actions: Vec<Action>,
}

/// A number that is mostly not negative.
fn amount(bytes: &mut Unstructured<'_>) -> Result<f32> {
    let given = number(bytes)? as f32;
    Ok(if bytes.arbitrary::<u8>()? < 8 { given } else { given.abs() })
}

/// With the window, samples of a block and of a report interval.
fn settings(bytes: &mut Unstructured<'_>) -> Result<(MonitorSettings, Window, usize, usize)> {
    let choice = bytes.arbitrary::<u8>()?;
    let window = if choice & 1 == 0 {
        Window::Blocks(sensible(bytes, 1, 4)?)
    } else if choice & 2 == 0 || choice > 15 {
        Window::Forgetting(0.5 + f32::from(choice) / 520.0)
    } else {
        Window::Forgetting(number(bytes)? as f32)
    };
    let (block, report_every) = (sensible(bytes, 12, 50)?, sensible(bytes, 1, 3)?);
    let mut settings = MonitorSettings::new()
        .window(window)
        .block(block)
        .report_every(report_every)
        .least_pairs(sensible(bytes, 1, 60)?)
        .stuck(size(bytes, 20)?);
    if choice & 4 != 0 {
        settings = settings.artefact(amount(bytes)?);
    }
    if choice & 8 != 0 {
        settings = settings.most_rejected(f32::from(bytes.arbitrary::<u8>()?) / 250.0);
    }
    if choice & 16 != 0 {
        settings = settings.limits(-amount(bytes)?, amount(bytes)?);
    }
    if choice & 32 != 0 {
        settings = settings.margin(amount(bytes)?);
    }
    Ok((settings, window, block, block * report_every))
}

fn action(bytes: &mut Unstructured<'_>) -> Result<Action> {
    Ok(match bytes.arbitrary::<u8>()? % 16 {
        0 => Action::Odd { channel: size(bytes, 3)?, value: number(bytes)? },
        1 => Action::Missing { samples: size(bytes, 60)? },
        2 | 3 => Action::Numbered { ahead: i16::from(bytes.arbitrary::<i8>()?) },
        4 => Action::Numbered { ahead: bytes.arbitrary()? },
        5 => Action::WrongLength { channels: size(bytes, 4)? },
        6 | 7 => Action::Restart,
        8 => Action::Damage {
            word: usize::from(bytes.arbitrary::<u16>()?),
            bits: bytes.arbitrary()?,
            repaired: bytes.arbitrary()?,
        },
        _ => Action::Run {
            samples: size(bytes, 250)?,
            budget: match bytes.arbitrary::<u8>()? {
                many @ 250.. => usize::from(many) * 100,
                few => usize::from(few) / 4,
            },
        },
    })
}

/// A size that makes sense mostly, from `least` on, and anything up to `most` now and then.
fn sensible(bytes: &mut Unstructured<'_>, least: usize, most: usize) -> Result<usize> {
    if bytes.arbitrary::<u8>()? >= 250 {
        return size(bytes, most);
    }
    Ok(least + size(bytes, most - least)?)
}

fn plan(bytes: &mut Unstructured<'_>) -> Result<Plan> {
    let (channels, delays) = (sensible(bytes, 1, 3)?, sensible(bytes, 1, 4)?);
    let rank = sensible(bytes, 1, (channels * delays).clamp(1, 6))?;
    let shape = Shape { channels, delays, rank };
    let scores = if bytes.arbitrary()? { Scores::Spectra } else { Scores::SpectraAndOperator };
    let (blocks, block) = (5 + size(bytes, 2)?, sensible(bytes, 30, 60)?);
    let (settings, window, counted, interval) = settings(bytes)?;
    let plain = (bytes.arbitrary()?, 1.0, 0.0);
    let signal = if bytes.arbitrary::<u8>()? < 192 {
        plain
    } else {
        (plain.0, number(bytes)?, number(bytes)?)
    };
    let damage = if bytes.arbitrary::<u8>()? < 192 {
        None
    } else {
        Some((usize::from(bytes.arbitrary::<u16>()?), bytes.arbitrary()?, bytes.arbitrary()?))
    };
    let count = size(bytes, 24)?;
    let actions = (0..count).map(|_| action(bytes)).collect::<Result<_>>()?;
    Ok(Plan {
        shape,
        scores,
        blocks,
        block,
        settings,
        window,
        counted,
        interval,
        signal,
        damage,
        actions,
    })
}

/// A damped rotation with noise, seen by some channels.
#[derive(Clone)]
struct Source {
    state: [f64; 2],
    random: u32,
    signal: (u8, f64, f64),
    channels: usize,
}

impl Source {
    fn new(signal: (u8, f64, f64), channels: usize) -> Self {
        Self { state: [0.0; 2], random: u32::from(signal.0), signal, channels }
    }

    fn noise(&mut self) -> f64 {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.random >> 8) / f64::from(1 << 23) - 1.0
    }

    fn sample<T: Scalar>(&mut self) -> Vec<T> {
        let (kind, scale, offset) = self.signal;
        let (sin, cos) = (0.05 + f64::from(kind % 16) / 10.0).sin_cos();
        let [x, y] = self.state;
        self.state =
            [0.9 * (cos * x - sin * y) + self.noise(), 0.9 * (sin * x + cos * y) + self.noise()];
        (0..self.channels)
            .map(|channel| {
                let own = if kind & 32 == 0 { 0.2 * self.noise() } else { 0.0 };
                let mixed = self.state[channel % 2] + 0.5 * channel as f64 * self.state[0] + own;
                let seen = if kind & 64 == 0 { mixed } else { (2.0 * mixed).round() };
                T::from((offset + scale * seen) as f32)
            })
            .collect()
    }
}

/// CRC-32 of IEEE 802.3.
fn checksum(words: &[u32]) -> u32 {
    !words.iter().flat_map(|word| word.to_le_bytes()).fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            (sum >> 1) ^ if sum & 1 == 1 { 0xEDB8_8320 } else { 0 }
        })
    })
}

/// Changes one word; what is left as it was, or has a checksum that does not fit, must not be taken for whole.
fn damaged(words: &[u32], (word, bits, repaired): (usize, u32, bool)) -> Option<Vec<u32>> {
    let mut changed = words.to_vec();
    let at = word % words.len();
    changed[at] ^= bits;
    if repaired {
        let last = changed.len() - 1;
        changed[last] = checksum(&changed[..last]);
    }
    (changed != words).then_some(changed)
}

type Known<T> = Calibration<T, Vec<T>>;

/// A calibration of the source, perhaps from damaged words.
fn calibrated<T: Scalar>(plan: &Plan, source: &mut Source) -> Option<Known<T>> {
    let settings = CalibratorSettings::new(plan.shape, 50.0)
        .scores(plan.scores)
        .blocks(plan.blocks)
        .block(plan.block);
    let zero = T::from(0.0);
    let memory = vec![zero; Calibrator::<T, ()>::memory_len(settings)];
    let shift = vec![T::from(plan.signal.2 as f32); plan.shape.channels];
    let mut calibrator = Calibrator::new_in(settings, &shift, memory).ok()?;
    while !calibrator.is_complete() {
        calibrator.push(&source.sample::<T>()).unwrap();
    }
    let before = format!("{calibrator:?}");
    assert!(calibrator.push(&vec![zero; plan.shape.channels + 1]).is_err());
    assert_eq!(before, format!("{calibrator:?}"));
    let memory = || vec![zero; Calibration::<T, ()>::memory_len(plan.shape, plan.scores)];
    let known = calibrator.finish_in(memory()).ok()?;
    let mut words = vec![0; Calibration::<T, ()>::words_len(plan.shape, plan.scores)];
    assert_eq!(known.to_words(&mut words), Ok(words.len()));
    assert_eq!(Calibration::from_words(&words, memory()).as_ref(), Ok(&known));
    let Some(damage) = plan.damage else { return Some(known) };
    let words = damaged(&words, damage)?;
    let found = Calibration::from_words(&words, memory());
    if !damage.2 {
        assert!(matches!(found, Err(Error::Corrupted { .. })), "{found:?}");
    }
    found.ok()
}

fn check<T: Scalar + std::fmt::Debug>(report: &Report<T>) {
    let finite = |x: T| Into::<f64>::into(x).is_finite();
    assert!(report.excitation.is_none_or(finite), "{report:?}");
    let part = |x: T| (0.0..=1.0).contains(&Into::<f64>::into(x));
    let readings = [report.dynamics, report.gate, report.noise];
    for reading in readings.into_iter().flatten() {
        assert!(finite(reading.score) && finite(reading.z), "{report:?}");
    }
    for cusum in [report.cusum] {
        assert!((0.0..=16.0).contains(&Into::<f64>::into(cusum)), "{report:?}");
    }
    assert!(part(report.rejected) && part(report.missing) && finite(report.pairs), "{report:?}");
    let held = matches!(report.status, Status::InvalidInput(_) | Status::InsufficientData(_));
    assert!(held != report.dynamics.is_some(), "{report:?}");
    assert!(held || report.status == report.standing, "{report:?}");
    assert!(held || report.excitation.is_some_and(finite), "{report:?}");
}

/// One monitor that is polled to the end at once, and one with the given budgets and restarts.
struct Pair<'a, T> {
    plan: &'a Plan,
    known: &'a Known<T>,
    whole: Monitor<T, Vec<T>>,
    sliced: Monitor<T, Vec<T>>,
    reports: [Vec<String>; 2],
    source: Source,
    /// The number of the next sample, whether the monitors know it, and how many samples there have been.
    number: u32,
    numbered: bool,
    samples: usize,
}

impl<'a, T: Scalar + std::fmt::Debug> Pair<'a, T> {
    fn new(plan: &'a Plan, known: &'a Known<T>, source: Source) -> Option<Self> {
        let memory = Self::memory_len(plan, known);
        let short = vec![T::from(0.0); memory.saturating_sub(1)];
        assert!(Monitor::new_in(known, plan.settings, short).is_err());
        let memory = vec![T::from(f32::NAN); memory];
        let whole = Monitor::new_in(known, plan.settings, memory).ok()?;
        let (sliced, reports) = (whole.clone(), [Vec::new(), Vec::new()]);
        Some(Self {
            plan,
            known,
            whole,
            sliced,
            reports,
            source,
            number: 0,
            numbered: false,
            samples: 0,
        })
    }

    fn memory_len(plan: &Plan, known: &Known<T>) -> usize {
        Monitor::<T, ()>::memory_len(known.shape(), known.scores(), plan.window)
    }

    fn poll(&mut self, budget: usize) {
        let found = [self.whole.poll(usize::MAX), self.sliced.poll(budget)];
        assert!(!self.whole.is_due());
        for (report, kept) in found.iter().zip(&mut self.reports) {
            if let Some(report) = report {
                check(report);
                kept.push(format!("{report:?}"));
            }
        }
    }

    fn drain(&mut self) {
        self.poll(usize::MAX);
        assert!(!self.sliced.is_due());
    }

    /// Samples that both take. A report must be done by the time the next is due: one that is skipped would be
    /// missing in the one monitor alone.
    fn push(&mut self, samples: usize, mut call: impl FnMut(&mut Monitor<T, Vec<T>>)) {
        let interval = self.plan.interval.max(1);
        if (self.samples + samples) / interval > self.samples / interval {
            self.drain();
        }
        self.samples += samples;
        call(&mut self.whole);
        call(&mut self.sliced);
    }

    fn words(&self) -> Vec<u32> {
        let (shape, scores) = (self.known.shape(), self.known.scores());
        let mut words = vec![0; Monitor::<T, ()>::state_len(shape, scores, self.plan.window)];
        assert_eq!(self.sliced.save(&mut words), Ok(words.len()));
        words
    }

    fn restored(&self, words: &[u32]) -> std::result::Result<Monitor<T, Vec<T>>, Error> {
        // What is in the memory does not matter.
        let memory = vec![T::from(f32::NAN); Self::memory_len(self.plan, self.known)];
        Monitor::restore_in(self.known, self.plan.settings, words, memory)
    }

    fn act(&mut self, action: &Action) {
        match *action {
            Action::Run { samples, budget } => {
                for _ in 0..samples {
                    let sample = self.source.sample::<T>();
                    self.number = self.number.wrapping_add(1);
                    self.push(1, |monitor| monitor.push(&sample).unwrap());
                    self.poll(budget);
                }
            }
            Action::Odd { channel, value } => {
                let mut sample = self.source.sample::<T>();
                if let Some(x) = sample.get_mut(channel) {
                    *x = T::from(value as f32);
                }
                self.number = self.number.wrapping_add(1);
                self.push(1, |monitor| monitor.push(&sample).unwrap());
            }
            Action::Missing { samples } => {
                self.number = self.number.wrapping_add(samples as u32);
                for _ in 0..samples {
                    self.push(1, Monitor::push_missing);
                }
            }
            Action::Numbered { ahead } => self.push_numbered(ahead),
            Action::WrongLength { channels } => self.refuse(channels),
            Action::Restart => {
                self.refuse_other_settings();
                // What is being worked on would be skipped: that would be another stream of reports.
                self.restored(&self.words()).unwrap().poll(usize::MAX);
                self.drain();
                self.sliced = self.restored(&self.words()).unwrap();
            }
            Action::Damage { word, bits, repaired } => self.damage((word, bits, repaired)),
        }
    }

    /// The first number is taken as it is; after that one that is behind, or a block ahead, is a fault of the clock.
    fn push_numbered(&mut self, ahead: i16) {
        let sample = self.source.sample::<T>();
        let at = self.number.wrapping_add_signed(i32::from(ahead));
        let known = std::mem::replace(&mut self.numbered, true);
        let lost = if known { usize::from(ahead.unsigned_abs()) } else { 0 };
        let lost = if ahead < 0 || lost > self.plan.counted { lost.min(1) } else { lost };
        self.number = at.wrapping_add(1);
        self.push(lost + 1, |monitor| monitor.push_numbered(at, &sample).unwrap());
    }

    fn refuse(&mut self, channels: usize) {
        if channels == self.known.shape().channels {
            return;
        }
        let (sample, short) = (vec![T::from(1.0); channels], self.words().len() - 1);
        let before = format!("{:?}", self.sliced);
        assert!(self.sliced.push(&sample).is_err());
        assert!(self.sliced.push_numbered(self.number, &sample).is_err());
        assert!(self.sliced.save(&mut vec![0; short]).is_err());
        assert_eq!(before, format!("{:?}", self.sliced));
    }

    /// A state is continued only under the settings that it was saved under.
    fn refuse_other_settings(&self) {
        let (usual, words) = (self.plan.settings, self.words());
        for other in [usual.margin(0.0625), usual.stuck(3), usual.limits(-7.0, 7.5)] {
            let memory = vec![T::from(0.0); Self::memory_len(self.plan, self.known)];
            let found = Monitor::restore_in(self.known, other, &words, memory);
            assert!(other == usual || matches!(found, Err(Error::Corrupted { .. })), "{other:?}");
        }
    }

    fn damage(&mut self, damage: (usize, u32, bool)) {
        let Some(words) = damaged(&self.words(), damage) else { return };
        let found = self.restored(&words);
        if !damage.2 {
            assert!(matches!(found, Err(Error::Corrupted { .. })));
        }
        let (Ok(mut other), mut source) = (found, self.source.clone()) else { return };
        for _ in 0..200 {
            other.push(&source.sample::<T>()).unwrap();
            other.poll(7);
        }
    }
}

fn watch<T: Scalar + std::fmt::Debug>(plan: &Plan) {
    let mut source = Source::new(plan.signal, plan.shape.channels);
    let Some(known) = calibrated::<T>(plan, &mut source) else { return };
    source.channels = known.shape().channels;
    let Some(mut pair) = Pair::new(plan, &known, source) else { return };
    for action in &plan.actions {
        pair.act(action);
    }
    pair.drain();
    let [whole, sliced] = &pair.reports;
    assert_eq!(whole, sliced);
}

pub fn fuzz_target(data: &[u8]) {
    let Ok(plan) = plan(&mut Unstructured::new(data)) else { return };
    watch::<f32>(&plan);
    watch::<f64>(&plan);
}
