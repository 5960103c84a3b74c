//! Prepared operators: scaled, split, and turned into spectral frames.
//!
//! With S = (A + Aᵀ)/2 = V D Vᵀ and K = Vᵀ (A - Aᵀ)/2 V, everything the solver needs is in the
//! eigenframe of S. Conjugation by an orthogonal C turns symmetric functions of S and K along, so the
//! eigenvectors of each of these, in descending order, are a frame in which two similar operators agree
//! up to signs (rho = |A| / sqrt n):
//!
//! - P0 = D
//! - P1 = 0.15 D - K²/rho
//! - P2 = D + K²/(2 rho)
//! - P3 = \[S, K\]/rho, with entries (d_i - d_j) K_ij / rho
//! - P4 = D/5 + (D² + K²)/rho, the symmetric part of A² for the most part
//! - P5 = D + K²/(2 rho) + \[S, K\]/(2 rho) + K D K/(2 rho²)

use super::precision::{Precision, Single, cast, explores_in_single};
use crate::error::Error;
use crate::linalg::symmetric;
use crate::matrix::{Layout, MatMut, MatRef, any_of, area, copy, pieces_mut};
use crate::scalar::{Real, Scalar};

/// Frames beyond the eigenframe of S: weights of D, K², \[S, K\], D² and K D K.
const INVARIANTS: [[f64; 5]; FRAMES - 1] = [
    [0.15, -1.0, 0.0, 0.0, 0.0],
    [1.0, 0.5, 0.0, 0.0, 0.0],
    [0.0, 0.0, 1.0, 0.0, 0.0],
    [0.2, 1.0, 0.0, 1.0, 0.0],
    [1.0, 0.5, 0.5, 0.0, 0.5],
];

/// Frames there are, with the eigenframe of S.
pub(super) const FRAMES: usize = 6;

/// An operator prepared by [`Procrustes::prepare_in`](super::settings::Procrustes::prepare_in), to
/// be compared with many others.
///
/// It holds a copy scaled by a power of two, the eigenvectors and eigenvalues of its symmetric part,
/// itself in that eigenframe, the spectral frames, and the spectra that the lower bound needs.
#[derive(Clone, Copy, Debug)]
pub struct Prepared<'m, T> {
    /// The power of two that scales the operator to a largest entry in [1, 2).
    pub(super) scale: T,
    /// Frobenius norm of the scaled operator; 0 for a zero operator.
    pub(super) norm: T,
    /// Frobenius norm of K.
    pub(super) skew_norm: T,
    /// The scaled operator.
    pub(super) operator: MatRef<'m, T>,
    /// Eigenvectors of S.
    pub(super) vectors: MatRef<'m, T>,
    /// Eigenvalues of S, descending.
    pub(super) symmetric_values: &'m [T],
    /// D + K.
    pub(super) split: MatRef<'m, T>,
    /// Singular values of the operator and of K, descending.
    pub(super) singular_values: &'m [T],
    pub(super) skew_singular_values: &'m [T],
    /// In the scalar of the exploration: D + K if that is another scalar, then U and Uᵀ (D + K) U of
    /// each further frame, 2 n² scalars a frame.
    pub(super) frames: &'m [T],
}

/// Eigenvectors U of an invariant, in the eigenframe of S (none: that frame itself), and the operator
/// in the frame they span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'m, T> {
    pub(super) vectors: Option<MatRef<'m, T>>,
    pub(super) operator: MatRef<'m, T>,
}

/// Scalars that a prepared operator of order n with `frames` frames keeps.
pub(super) const fn memory_len(n: usize, frames: usize) -> usize {
    layout(n, frames).len()
}

/// Operator, vectors and split; eigenvalues and singular values; the frames beyond the first.
const fn layout(n: usize, frames: usize) -> Layout<7> {
    let square = area(n, n);
    let further = area(frames.saturating_sub(1), frame_layout(n).len());
    Layout::new([square, square, square, n, n, n, further])
}

/// The vectors of a frame, and the operator in it.
const fn frame_layout(n: usize) -> Layout<2> {
    Layout::new([area(n, n); 2])
}

/// Scalars of scratch that the preparation needs.
pub(super) const fn scratch_len(n: usize) -> usize {
    scratch_layout(n).len()
}

/// Three matrices, two vectors, and scratch of the eigenvalues.
const fn scratch_layout(n: usize) -> Layout<6> {
    let square = area(n, n);
    let eigen = any_of(&[symmetric::eigen_memory_len(n), symmetric::values_memory_len(n)]);
    Layout::new([square, square, square, n, n, eigen])
}

/// The scratch of a preparation, cut.
struct Scratch<'m, T> {
    matrices: [MatMut<'m, T>; 3],
    vectors: [&'m mut [T]; 2],
    eigen: &'m mut [T],
}

impl<'m, T: Scalar> Scratch<'m, T> {
    fn cut(memory: &'m mut [T], n: usize) -> Self {
        let ([a, b, c, x, y, eigen], _) = scratch_layout(n).cut_checked(memory);
        let matrices = [a, b, c].map(|piece| MatMut::over(piece, n, n));
        Self { matrices, vectors: [x, y], eigen }
    }
}

impl<'m, T: Scalar> Prepared<'m, T> {
    /// Rows and columns, after padding.
    #[must_use]
    pub const fn order(&self) -> usize {
        self.operator.rows()
    }

    /// The Frobenius norm of the operator.
    #[must_use]
    pub fn norm(&self) -> T {
        self.norm / self.scale
    }

    /// Number of frames, with the eigenframe of S.
    pub(super) const fn frame_count(&self) -> usize {
        match self.frames.len().checked_div(frame_layout(self.order()).len()) {
            Some(further) => further + 1,
            None => 1,
        }
    }

    /// D + K in the scalar of the exploration.
    pub(super) fn explored<P: Precision<T>>(&self) -> MatRef<'m, P::Explore> {
        P::split(self.split, self.frames)
    }

    /// Frame i, in the scalar of the exploration.
    pub(super) fn frame<P: Precision<T>>(&self, i: usize) -> Frame<'m, P::Explore> {
        let n = self.order();
        let further = i.checked_sub(1).and_then(|i| {
            let copied = if P::COPIES { area(n, n) } else { 0 };
            let start = area(i, frame_layout(n).len()).saturating_add(copied);
            let here = P::view_frames(self.frames).get(start..)?;
            let vectors = MatRef::new(here, n, n).ok()?;
            let operator = MatRef::new(here.get(area(n, n)..)?, n, n).ok()?;
            Some(Frame { vectors: Some(vectors), operator })
        });
        further.unwrap_or(Frame { vectors: None, operator: self.explored::<P>() })
    }

    /// Prepares `a`, padded with zeros to order `n`, with `frames` frames.
    pub(super) fn new(
        a: MatRef<'_, T>,
        n: usize,
        frames: usize,
        memory: &'m mut [T],
        scratch: &mut [T],
    ) -> Result<Self, Error> {
        let order = a.check_square()?;
        a.check_finite()?;
        if order > n {
            return Err(Error::RankMismatch { left: order, right: n });
        }
        let ([operator, vectors, split, values, singular_values, skew_singular_values, frames], _) =
            layout(n, frames).cut(memory)?;
        scratch_layout(n).check(scratch.len())?;
        let [mut operator, mut vectors, mut split] =
            [operator, vectors, split].map(|piece| MatMut::over(piece, n, n));

        let scale = a.largest().binary_scale();
        operator.fill(T::ZERO);
        for (to, from) in operator.columns_mut().zip(a.columns()) {
            // Adding zero turns -0 into 0: equal operators are equal to the bit.
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from * scale + T::ZERO);
        }
        let operator = operator.into_ref();
        let norm = operator.frobenius_norm();
        split_in_eigenframe(operator, values, &mut vectors, &mut split, scratch)?;
        let split = split.into_ref();
        if !frames.is_empty() && explores_in_single::<T>() {
            let (split, further) = Single::copy_split(split, frames);
            fill_frames(split, cast(norm), further, Single::view(scratch))?;
        } else {
            fill_frames(split, norm, frames, scratch)?;
        }
        let skew_norm =
            fill_spectra(operator, split, singular_values, skew_singular_values, scratch)?;
        Ok(Self {
            scale,
            norm,
            skew_norm,
            operator,
            vectors: vectors.into_ref(),
            symmetric_values: values,
            split,
            singular_values,
            skew_singular_values,
            frames,
        })
    }
}

/// D + K from A: the eigenvectors V and values of S, and Vᵀ (A - Aᵀ)/2 V made exactly skew.
fn split_in_eigenframe<T: Scalar>(
    a: MatRef<'_, T>,
    values: &mut [T],
    vectors: &mut MatMut<'_, T>,
    split: &mut MatMut<'_, T>,
    scratch: &mut [T],
) -> Result<(), Error> {
    let n = a.rows();
    let Scratch { matrices: [mut first, mut second, _], eigen, .. } = Scratch::cut(scratch, n);
    for j in 0..n {
        for i in 0..n {
            first.set(i, j, T::HALF * (a.at(i, j) + a.at(j, i)));
        }
    }
    symmetric::eigen_in(&mut first, values, vectors, eigen)?;
    for j in 0..n {
        for i in 0..n {
            first.set(i, j, T::HALF * (a.at(i, j) - a.at(j, i)));
        }
    }
    second.set_product(first.as_ref(), vectors.as_ref())?;
    first.set_product_transposed(vectors.as_ref(), second.as_ref())?;
    for (j, value) in values.iter().enumerate() {
        split.set(j, j, *value);
        for i in 0..j {
            let skew = T::HALF * (first.at(i, j) - first.at(j, i));
            split.set(i, j, skew);
            split.set(j, i, -skew);
        }
    }
    Ok(())
}

/// The frames beyond the eigenframe of S, from D + K.
fn fill_frames<S: Scalar>(
    split: MatRef<'_, S>,
    norm: S,
    frames: &mut [S],
    scratch: &mut [S],
) -> Result<(), Error> {
    let n = split.rows();
    let Scratch { matrices: [mut k, mut k_squared, mut third], vectors: [d, values], eigen } =
        Scratch::cut(scratch, n);
    d.iter_mut().enumerate().for_each(|(i, d)| *d = split.at(i, i));
    copy_skew(&mut k, split);
    k_squared.set_product(k.as_ref(), k.as_ref())?;
    let layout = frame_layout(n);
    // What is shorter than a frame is space that a copy in single precision has left.
    let whole = |frame: &&mut [S]| frame.len() == layout.len();
    let frames = pieces_mut(frames, layout.len()).take_while(whole);
    for (frame, weights) in frames.zip(&INVARIANTS) {
        let (pieces, _) = layout.cut_checked(frame);
        let [mut u, mut turned] = pieces.map(|piece| MatMut::over(piece, n, n));
        invariant(&mut third, d, k.as_ref(), k_squared.as_ref(), norm, weights);
        symmetric::eigen_in(&mut third, values, &mut u, eigen)?;
        third.set_product(split, u.as_ref())?;
        turned.set_product_transposed(u.as_ref(), third.as_ref())?;
    }
    Ok(())
}

/// The singular values of A and of K; returns the norm of K.
fn fill_spectra<T: Scalar>(
    a: MatRef<'_, T>,
    split: MatRef<'_, T>,
    of_a: &mut [T],
    of_k: &mut [T],
    scratch: &mut [T],
) -> Result<T, Error> {
    let Scratch { matrices: [mut k, mut square, _], eigen, .. } = Scratch::cut(scratch, a.rows());
    square.set_product_transposed(a, a)?;
    symmetric::values_in(&mut square, of_a, eigen)?;
    let norm = copy_skew(&mut k, split);
    square.set_product_transposed(k.as_ref(), k.as_ref())?;
    symmetric::values_in(&mut square, of_k, eigen)?;
    for value in of_a.iter_mut().chain(of_k.iter_mut()) {
        *value = Real::sqrt(value.larger(T::ZERO));
    }
    Ok(norm)
}

/// K from D + K; returns its norm.
fn copy_skew<T: Scalar>(to: &mut MatMut<'_, T>, split: MatRef<'_, T>) -> T {
    for (j, (to, from)) in to.columns_mut().zip(split.columns()).enumerate() {
        copy(to, from);
        if let Some(diagonal) = to.get_mut(j) {
            *diagonal = T::ZERO;
        }
    }
    to.as_ref().frobenius_norm()
}

/// One of the symmetric invariants, from D, K and K².
fn invariant<T: Scalar>(
    out: &mut MatMut<'_, T>,
    d: &[T],
    k: MatRef<'_, T>,
    k_squared: MatRef<'_, T>,
    norm: T,
    weights: &[f64; 5],
) {
    let n = out.rows();
    let rho = (norm / Real::sqrt(T::count(n))).larger(T::MIN_POSITIVE);
    let [of_d, of_k2, of_bracket, of_d2, of_kdk] = weights.map(T::of);
    let at = |i: usize| d.get(i).copied().unwrap_or(T::ZERO);
    for (j, dj) in d.iter().enumerate() {
        for (i, di) in d.iter().enumerate() {
            let mut value = of_k2 * k_squared.at(i, j) + of_bracket * (*di - *dj) * k.at(i, j);
            if of_kdk > T::ZERO {
                // K is skew: (K D K)_ij = -sum_l K_li d_l K_lj.
                let columns = k.column(i).iter().zip(k.column(j)).enumerate();
                let kdk = columns.fold(T::ZERO, |sum, (l, (a, b))| sum - *a * at(l) * *b);
                value += of_kdk * kdk / rho;
            }
            if i == j {
                value += of_d2 * *di * *di;
                value = value / rho + of_d * *di;
            } else {
                value /= rho;
            }
            out.set(i, j, value);
        }
    }
}
