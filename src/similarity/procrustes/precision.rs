//! The precision of the search.
//!
//! Single precision is enough to find the basin of the optimum, at half the cost (on a microcontroller, at a thirtieth). So
//! operators in f64 are explored in f32, and only the best candidates are taken to their summits in f64. Summits that lie
//! within the rounding of f32 of each other are all candidates. An operator in f32 is explored and polished in f32.

use crate::matrix::{Layout, MatMut, MatRef, area};
use crate::scalar::{Scalar, is_double};

/// Whether operators in `T` are explored in f32 instead.
pub(super) const fn explores_in_single<T>() -> bool {
    is_double::<T>()
}

/// The scalar that the search for operators in `T` explores in, and how memory of `T` holds it.
pub(super) trait Precision<T: Scalar> {
    /// The scalar of the exploration.
    type Explore: Scalar;
    /// Whether a prepared operator keeps a copy of D + K in that scalar before its frames.
    const COPIES: bool;

    fn view(memory: &mut [T]) -> &mut [Self::Explore];

    fn view_frames(memory: &[T]) -> &[Self::Explore];

    /// D + K of a prepared operator, from its entries and from the memory of its frames.
    fn split<'m>(split: MatRef<'m, T>, frames: &'m [T]) -> MatRef<'m, Self::Explore>;
}

/// Explores in the scalar of the operators.
#[derive(Clone, Copy, Debug)]
pub(super) struct Same;

/// Explores in f32.
#[derive(Clone, Copy, Debug)]
pub(super) struct Single;

impl<T: Scalar> Precision<T> for Same {
    type Explore = T;
    const COPIES: bool = false;

    fn view(memory: &mut [T]) -> &mut [T] {
        memory
    }

    fn view_frames(memory: &[T]) -> &[T] {
        memory
    }

    fn split<'m>(split: MatRef<'m, T>, _: &'m [T]) -> MatRef<'m, T> {
        split
    }
}

impl<T: Scalar> Precision<T> for Single {
    type Explore = f32;
    const COPIES: bool = true;

    fn view(memory: &mut [T]) -> &mut [f32] {
        T::as_single_mut(memory)
    }

    fn view_frames(memory: &[T]) -> &[f32] {
        T::as_single(memory)
    }

    fn split<'m>(split: MatRef<'m, T>, frames: &'m [T]) -> MatRef<'m, f32> {
        let n = split.rows();
        let copy = T::as_single(frames).get(..n.saturating_mul(n)).unwrap_or_default();
        MatRef::new(copy, n, n).unwrap_or(MatRef::EMPTY)
    }
}

/// Scalars of type `T` whose memory holds `length` scalars of the exploration.
pub(super) const fn units<T: Scalar, P: Precision<T>>(length: usize) -> usize {
    length.saturating_mul(size_of::<P::Explore>()).div_ceil(size_of::<T>())
}

impl Single {
    /// Copies D + K to the head of the frames; returns the copy and the rest.
    pub(super) fn copy_split<'a, T: Scalar>(
        split: MatRef<'_, T>,
        frames: &'a mut [T],
    ) -> (MatRef<'a, f32>, &'a mut [f32]) {
        let (rows, cols) = (split.rows(), split.cols());
        let ([copy], frames) =
            Layout::new([area(rows, cols)]).cut_checked(T::as_single_mut(frames));
        let mut copy = MatMut::over(copy, rows, cols);
        cast_matrix(&mut copy, split);
        (copy.into_ref(), frames)
    }
}

/// A number of one precision in another.
#[inline(always)]
pub(super) fn cast<A: Scalar, B: Scalar>(x: A) -> B {
    B::of(x.into())
}

/// A matrix of one precision in another.
pub(super) fn cast_matrix<A: Scalar, B: Scalar>(to: &mut MatMut<'_, B>, from: MatRef<'_, A>) {
    for (to, from) in to.columns_mut().zip(from.columns()) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = cast(*from));
    }
}
