//! Short-time Fourier frames as observables, an embedding beside delay windows.

use super::recording::Recording;
use crate::error::{Error, Setting};
use crate::matrix::{Mat, area, divide, dot, pieces_mut, try_reserve, try_zeros};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;

/// Short-time Fourier transform of every channel: frames of `window` samples, each `hop` samples after the one before.
///
/// The coefficient of frequency k / L of the frame that begins at sample m H, for L = `window` and H = `hop`, is
///
/// F_m(k) = sum over t < L of w_t x_{m H + t} exp(-2 pi i k t / L) / |w|,  w_t = (1 - cos(2 pi t / L)) / 2.
///
/// The observables of a frame are the real and the imaginary parts of all k = 0 .. floor(L / 2) that are not always zero:
/// re F(0), re F(1), im F(1), re F(2), .., of which each takes the channels in turn. They are L per channel and a linear
/// function of the samples, so that an oscillation by w rad a sample has the eigenvalue exp(i w H) of an operator between
/// frames. Fit such operators with one delay; the frames separate time scales, as KoopSTD has it, where delays would mix them.
/// The taper is zero at its first sample, so that L - 1 directions per channel are the most that there are.
///
/// Source: Zhang, Ye, Yan, Song, Wu & Wu, *KoopSTD: Reliable similarity analysis between dynamical systems via approximating
/// Koopman spectrum with timescale decoupling*, ICML 2025, as the paper says. (Its program takes the real part alone, and
/// departs from the paper in three more ways: its rows are not frames, singular values stand for eigenvalues, and
/// the largest residuals are kept.)
///
/// ```
/// use dynamical_similarity::{Dmd, Rank, Recording, Stft};
/// let samples: Vec<f64> = (0..1000).map(|t| (0.3 * t as f64).cos()).collect();
/// let stft = Stft::new(16, 4);
/// let frames = stft.frames(&Recording::new(&samples, 1)?)?;
/// let model = Dmd::new()
///     .delays(1)
///     .rank(Rank::Fixed(2))
///     .fit(&[Recording::new(&frames, stft.observables(1))?])?;
/// let (real, imaginary) = model.eigenvalues()?[0];
/// assert!((real - 1.2_f64.cos()).abs() < 1e-6 && (imaginary - 1.2_f64.sin()).abs() < 1e-6);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stft {
    window: usize,
    hop: usize,
}

impl Stft {
    /// Frames of `window` >= 2 samples, `hop` >= 1 samples apart. [`frames`](Self::frames) checks both.
    #[must_use]
    pub const fn new(window: usize, hop: usize) -> Self {
        Self { window, hop }
    }

    /// Samples of a frame, L.
    #[must_use]
    pub const fn window(&self) -> usize {
        self.window
    }

    /// Samples between the beginnings of two frames, H.
    #[must_use]
    pub const fn hop(&self) -> usize {
        self.hop
    }

    /// Observables of a frame: the window times the channels.
    #[must_use]
    pub const fn observables(&self, channels: usize) -> usize {
        area(self.window, channels)
    }

    /// Frames of a trial of `samples` samples: 1 + floor((T - L) / H), or none if it is shorter than a window.
    ///
    /// ```
    /// use dynamical_similarity::Stft;
    /// assert_eq!((Stft::new(16, 4).count(23), Stft::new(16, 4).count(24), Stft::new(16, 4).count(15)), (2, 3, 0));
    /// ```
    #[must_use]
    pub const fn count(&self, samples: usize) -> usize {
        match samples.checked_sub(self.window) {
            Some(rest) => divide(rest, self.hop).0.saturating_add(1),
            None => 0,
        }
    }

    /// All frames of a trial, one row of observables per frame (time x observables, row-major): a recording of
    /// [`observables`](Self::observables) channels.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for a window below 2 or a hop of 0; [`Error::TooShort`] if the trial has no frame;
    /// [`Error::Overflow`] if a coefficient leaves the range of the scalar; [`Error::OutOfMemory`].
    ///
    /// Cost: L² multiply-adds for each channel of a frame, thus n L² / H for each sample, and L² scalars of memory; the
    /// transform is computed by its definition.
    pub fn frames<T: Scalar>(&self, trial: &Recording<'_, T>) -> Result<Vec<T>, Error> {
        if self.window < 2 {
            return Err(Error::InvalidSetting {
                setting: Setting::Window,
                expected: "at least 2 samples",
            });
        }
        if self.hop == 0 {
            return Err(Error::InvalidSetting {
                setting: Setting::Hop,
                expected: "at least 1 sample",
            });
        }
        let (got, channels) = (trial.samples(), trial.channels());
        if got < self.window {
            return Err(Error::TooShort { trial: 0, needed: self.window, got });
        }
        let waves = self.waves::<T>()?;
        let (count, width) = (self.count(got), self.observables(channels));
        let mut frames = try_zeros(area(count, width))?;
        let mut piece: Vec<T> = try_reserve(self.window)?;
        for (m, frame) in pieces_mut(&mut frames, width).enumerate() {
            let first = area(m, self.hop);
            for channel in 0..channels {
                piece.clear();
                let samples = (first..first.saturating_add(self.window)).map(|t| trial.sample(t));
                piece.extend(samples.map(|sample| sample.get(channel).copied().unwrap_or(T::ZERO)));
                let values = frame.iter_mut().skip(channel).step_by(channels.max(1));
                for (to, wave) in values.zip(waves.as_ref().columns()) {
                    *to = dot(wave, &piece);
                }
            }
        }
        if frames.iter().all(|x| Real::is_finite(*x)) {
            Ok(frames)
        } else {
            Err(Error::Overflow { what: "a coefficient of a frame" })
        }
    }

    /// The tapered cosines and sines, L x L: those of k = 0, 1, 1, 2, 2, ..; the sines have the sign of exp(-i ..).
    fn waves<T: Scalar>(&self) -> Result<Mat<T>, Error> {
        let length = self.window;
        let turn = 2.0 * core::f64::consts::PI / length as f64;
        // The sum of the squares of the taper is 3/8 L for L >= 3, and 1 for L = 2.
        let square = if length == 2 { 1.0 } else { 0.375 * length as f64 };
        let norm = 1.0 / Real::sqrt(square);
        let mut waves = Mat::zeros(length, length)?;
        for (at, column) in waves.as_mut().columns_mut().enumerate() {
            let (frequency, sine) = (at.div_ceil(2), at > 0 && at % 2 == 0);
            for (t, to) in column.iter_mut().enumerate() {
                let taper = norm * (0.5 - 0.5 * libm::cos(turn * t as f64));
                // The angle is reduced exactly, so that its error does not grow with t.
                let angle = turn * divide(frequency.saturating_mul(t), length).1 as f64;
                *to = T::of(taper * if sine { -libm::sin(angle) } else { libm::cos(angle) });
            }
        }
        Ok(waves)
    }
}
