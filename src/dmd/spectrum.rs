//! Eigenvalues with their residuals, and those of them that can be trusted.

use crate::error::{Error, Setting};
use crate::matrix::{Mat, try_reserve};
use crate::scalar::{Real, Scalar};
use alloc::vec::Vec;

/// An eigenvalue of an operator, and how far it is to be trusted.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Eigenvalue<T> {
    /// The real part.
    pub real: T,
    /// The imaginary part.
    pub imaginary: T,
    /// |Y g - λ X g| / |X g|: by how much the eigenfunction g misses being multiplied by λ, see
    /// [`Model::residuals`](crate::Model::residuals). Near 0 the system has this eigenvalue; an eigenvalue that noise has
    /// made has a residual of about sqrt(1 - |λ|²).
    pub residual: T,
}

/// The eigenvalues of an operator with their residuals, by descending modulus, conjugate pairs adjacent with the positive
/// imaginary part first. The two of a pair have the same residual to the bit, and are kept or left out together.
///
/// ```
/// use dynamical_similarity::{Eigenvalue, Spectrum};
/// let of = |real, imaginary, residual| Eigenvalue { real, imaginary, residual };
/// let (pair, other) = ([of(0.6, 0.8, 0.01), of(0.6, -0.8, 0.01)], of(0.5, 0.0, 0.9));
/// let spectrum = Spectrum::new(&[pair[0], pair[1], other])?;
/// assert_eq!(spectrum.cleaned(0.1)?.eigenvalues(), &pair);
/// assert_eq!(spectrum.smallest(1)?.eigenvalues(), &pair);
/// # Ok::<(), dynamical_similarity::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Spectrum<T> {
    eigenvalues: Vec<Eigenvalue<T>>,
}

impl<T: Scalar> Spectrum<T> {
    /// A spectrum of eigenvalues in the order of [`Model::eigenvalues`](crate::Model::eigenvalues).
    ///
    /// # Errors
    /// [`Error::NonFiniteEntry`] for a number that is not finite (row: which eigenvalue, column: 0 for the real part, 1 for
    /// the imaginary part, 2 for the residual); [`Error::InvalidSetting`] for an eigenvalue with an imaginary part whose
    /// conjugate is not its neighbour with the same residual; [`Error::OutOfMemory`].
    pub fn new(eigenvalues: &[Eigenvalue<T>]) -> Result<Self, Error> {
        for (row, value) in eigenvalues.iter().enumerate() {
            let parts = [value.real, value.imaginary, value.residual];
            if let Some(column) = parts.iter().position(|x| !Real::is_finite(*x)) {
                return Err(Error::NonFiniteEntry { row, column });
            }
        }
        let mut rest = eigenvalues;
        while let [first, after @ ..] = rest {
            rest = after;
            if first.imaginary == T::ZERO {
                continue;
            }
            let conjugate = Eigenvalue { imaginary: -first.imaginary, ..*first };
            match rest {
                [second, after @ ..] if *second == conjugate && first.imaginary > T::ZERO => {
                    rest = after;
                }
                _ => {
                    return Err(Error::InvalidSetting {
                        setting: Setting::Eigenvalues,
                        expected: "in conjugate pairs, the positive imaginary part first, with equal residuals",
                    });
                }
            }
        }
        let mut list = try_reserve(eigenvalues.len())?;
        list.extend_from_slice(eigenvalues);
        Ok(Self { eigenvalues: list })
    }

    /// The eigenvalues.
    #[must_use]
    pub fn eigenvalues(&self) -> &[Eigenvalue<T>] {
        &self.eigenvalues
    }

    /// The mean of the residuals; 0 without eigenvalues.
    #[must_use]
    pub fn mean_residual(&self) -> T {
        let sum = self.eigenvalues.iter().fold(T::ZERO, |sum, value| sum + value.residual);
        sum / T::count(self.eigenvalues.len().max(1))
    }

    /// The eigenvalues whose residual is at most `threshold`, in the same order. There may be none.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for a threshold that is negative or not a number; [`Error::OutOfMemory`].
    pub fn cleaned(&self, threshold: T) -> Result<Self, Error> {
        if !(threshold >= T::ZERO) {
            return Err(Error::InvalidSetting {
                setting: Setting::Residual,
                expected: "a number that is not negative",
            });
        }
        self.kept(|value| value.residual <= threshold)
    }

    /// The `count` eigenvalues of the smallest residuals, in the same order: all of them if there are fewer, and one more
    /// where the last one would be half of a conjugate pair. Of equal residuals the earlier eigenvalue counts as smaller.
    ///
    /// # Errors
    /// [`Error::InvalidSetting`] for a count of 0; [`Error::OutOfMemory`].
    pub fn smallest(&self, count: usize) -> Result<Self, Error> {
        if count == 0 {
            return Err(Error::InvalidSetting {
                setting: Setting::Residual,
                expected: "at least 1 eigenvalue to keep",
            });
        }
        let mut residuals = try_reserve(self.eigenvalues.len())?;
        residuals.extend(self.eigenvalues.iter().map(|value| value.residual));
        residuals.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(core::cmp::Ordering::Equal));
        let Some(limit) = residuals.get(count.saturating_sub(1)).copied() else {
            return self.kept(|_| true);
        };
        // Those below the limit are fewer than `count`; those at the limit fill up in their order.
        let below = self.eigenvalues.iter().filter(|value| value.residual < limit).count();
        let mut left = count.saturating_sub(below);
        let mut keeps_first = false;
        self.kept(|value| {
            // The second of a pair follows its first.
            if value.imaginary >= T::ZERO {
                keeps_first = value.residual < limit || (value.residual == limit && left > 0);
            }
            if keeps_first && value.residual == limit {
                left = left.saturating_sub(1);
            }
            keeps_first
        })
    }

    /// The normal operator with these eigenvalues: a block diagonal matrix, `[a]` for a real eigenvalue a and
    /// `[a, -b; b, a]` for a pair a +- b i. With it a cleaned spectrum takes the place of the operator where spectra are compared, as
    /// in a [`DistanceMatrix`](crate::DistanceMatrix) of Wasserstein distances.
    ///
    /// # Errors
    /// [`Error::Empty`] without eigenvalues; [`Error::OutOfMemory`].
    ///
    /// ```
    /// use dynamical_similarity::{Eigenvalue, Spectrum};
    /// let of = |imaginary| Eigenvalue { real: 0.6, imaginary, residual: 0.0 };
    /// let operator = Spectrum::new(&[of(0.8), of(-0.8)])?.operator()?;
    /// assert_eq!(operator.as_ref().column(0), &[0.6, 0.8]);
    /// assert_eq!(operator.as_ref().column(1), &[-0.8, 0.6]);
    /// # Ok::<(), dynamical_similarity::Error>(())
    /// ```
    pub fn operator(&self) -> Result<Mat<T>, Error> {
        let n = self.eigenvalues.len();
        let mut operator = Mat::zeros(n, n)?;
        let mut entries = operator.as_mut();
        for (j, value) in self.eigenvalues.iter().enumerate() {
            entries.set(j, j, value.real);
            if value.imaginary > T::ZERO {
                entries.set(j.saturating_add(1), j, value.imaginary);
            } else if value.imaginary < T::ZERO {
                entries.set(j.saturating_sub(1), j, value.imaginary);
            }
        }
        Ok(operator)
    }

    fn kept(&self, mut keep: impl FnMut(&Eigenvalue<T>) -> bool) -> Result<Self, Error> {
        let mut list = try_reserve(self.eigenvalues.len())?;
        list.extend(self.eigenvalues.iter().filter(|value| keep(value)));
        Ok(Self { eigenvalues: list })
    }
}
