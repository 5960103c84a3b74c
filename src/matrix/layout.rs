//! Layouts of memory: the lengths of its pieces, described once.
//!
//! A stage that works in the caller's memory has one `const fn layout(..) -> Layout<N>`. How much memory the stage needs,
//! where each piece begins, and the pieces themselves all follow from it, so they cannot disagree:
//!
//! ```text
//! const fn layout(n: usize) -> Layout<2> { Layout::new([area(n, n), n]) }     // a matrix and a vector
//! const fn memory_len(n: usize) -> usize { layout(n).len() }
//! let ([matrix, vector], rest) = layout(n).cut(memory)?;
//! let matrix = MatMut::over(matrix, n, n);
//! ```
//!
//! A stage cuts with [`Layout::cut`] where memory enters, and with [`Layout::cut_checked`] where its length has been
//! checked before. [`Layout::view`] gives the same pieces to read, and [`Layout::between`] several neighbours as one.
//!
//! Lengths saturate: one beyond the address space is one that no memory has, and is refused as such.

use crate::error::Error;
use core::ops::Range;

/// Scalars of a matrix.
pub(crate) const fn area(rows: usize, cols: usize) -> usize {
    rows.saturating_mul(cols)
}

/// How sizes are multiplied.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Product {
    /// For the length of memory that is asked for: it may be more than there can be.
    Saturating,
    /// For pieces of memory that exists. Their product cannot wrap, and a check would cost a device more than the product.
    Wrapping,
}

impl Product {
    #[inline(always)]
    pub(crate) const fn of(self, rows: usize, cols: usize) -> usize {
        match self {
            Self::Saturating => rows.saturating_mul(cols),
            Self::Wrapping => rows.wrapping_mul(cols),
        }
    }
}

/// Scalars of pieces that lie one after another.
pub(crate) const fn all_of(lengths: &[usize]) -> usize {
    let (mut rest, mut sum) = (lengths, 0_usize);
    while let [first, after @ ..] = rest {
        sum = sum.saturating_add(*first);
        rest = after;
    }
    sum
}

/// Scalars of one place that pieces use in turn.
pub(crate) const fn any_of(lengths: &[usize]) -> usize {
    let (mut rest, mut most) = (lengths, 0_usize);
    while let [first, after @ ..] = rest {
        if *first > most {
            most = *first;
        }
        rest = after;
    }
    most
}

/// The lengths of N pieces, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout<const N: usize>([usize; N]);

impl<const N: usize> Layout<N> {
    pub(crate) const fn new(lengths: [usize; N]) -> Self {
        Self(lengths)
    }

    /// Scalars of all pieces.
    pub(crate) const fn len(&self) -> usize {
        all_of(&self.0)
    }

    /// Where a piece begins; the end of all of them for a piece that there is not.
    pub(crate) const fn offset(&self, piece: usize) -> usize {
        match self.0.split_at_checked(piece) {
            Some((before, _)) => all_of(before),
            None => self.len(),
        }
    }

    /// From where piece `first` begins to where piece `end` begins: neighbouring pieces as one.
    pub(crate) const fn between(&self, first: usize, end: usize) -> Range<usize> {
        self.offset(first)..self.offset(end)
    }

    /// Checks once, where memory is handed over, that all pieces fit.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`], with the length of all pieces.
    pub(crate) const fn check(&self, got: usize) -> Result<(), Error> {
        let needed = self.len();
        if got < needed { Err(Error::MemoryTooSmall { needed, got }) } else { Ok(()) }
    }

    /// The pieces, and the memory behind them.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`], with the length of all pieces.
    pub(crate) fn cut<'m, T>(&self, memory: &'m mut [T]) -> Result<Pieces<'m, T, N>, Error> {
        self.check(memory.len())?;
        Ok(self.cut_checked(memory))
    }

    /// The pieces of memory whose length was checked when it was handed over. A piece that does not fit is empty.
    #[inline(always)]
    pub(crate) fn cut_checked<'m, T>(&self, memory: &'m mut [T]) -> Pieces<'m, T, N> {
        debug_assert!(memory.len() >= self.len());
        let mut rest = memory;
        let pieces = self.0.map(|length| {
            let here = core::mem::take(&mut rest);
            let (piece, after) = here.split_at_mut_checked(length).unwrap_or_default();
            rest = after;
            piece
        });
        (pieces, rest)
    }

    /// [`cut`](Self::cut) for kernels that walk over their pieces by index. It leaves where a piece does not fit, so that the
    /// compiler knows the length of every piece behind it, and drops the checks of indices.
    #[inline(always)]
    pub(crate) fn cut_exactly<'m, T>(
        &self,
        memory: &'m mut [T],
    ) -> Result<Pieces<'m, T, N>, Error> {
        let got = memory.len();
        let (mut pieces, mut rest) = ([(); N].map(|()| Default::default()), memory);
        for (piece, length) in pieces.iter_mut().zip(self.0) {
            let Some((here, after)) = rest.split_at_mut_checked(length) else {
                return Err(Error::MemoryTooSmall { needed: self.len(), got });
            };
            (*piece, rest) = (here, after);
        }
        Ok((pieces, rest))
    }

    /// [`cut`](Self::cut) as one loop out of line: slower, and a fraction of the code where there are many pieces.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`], with the length of all pieces.
    #[inline(always)]
    pub(crate) fn cut_by_loop<'m, T>(
        &self,
        memory: &'m mut [T],
    ) -> Result<[&'m mut [T]; N], Error> {
        let mut pieces = [(); N].map(|()| Default::default());
        cut_pieces(&self.0, memory, &mut pieces)?;
        Ok(pieces)
    }

    /// [`cut_checked`](Self::cut_checked), to read.
    #[inline(always)]
    pub(crate) fn view<'m, T>(&self, memory: &'m [T]) -> [&'m [T]; N] {
        debug_assert!(memory.len() >= self.len());
        let mut rest = memory;
        self.0.map(|length| {
            let (piece, after) = rest.split_at_checked(length).unwrap_or_default();
            rest = after;
            piece
        })
    }
}

#[inline(never)]
fn cut_pieces<'m, T>(
    lengths: &[usize],
    memory: &'m mut [T],
    pieces: &mut [&'m mut [T]],
) -> Result<(), Error> {
    let (needed, got) = (all_of(lengths), memory.len());
    if got < needed {
        return Err(Error::MemoryTooSmall { needed, got });
    }
    let mut rest = memory;
    for (piece, length) in pieces.iter_mut().zip(lengths) {
        (*piece, rest) = rest.split_at_mut_checked(*length).unwrap_or_default();
    }
    Ok(())
}

/// N pieces of memory, and what lies behind them.
pub(crate) type Pieces<'m, T, const N: usize> = ([&'m mut [T]; N], &'m mut [T]);

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout<3> = Layout::new([area(2, 3), 0, any_of(&[1, 3, 2])]);
    const LENGTH: usize = LAYOUT.len();

    #[test]
    fn length_offsets_and_pieces_agree() {
        let mut memory: [f32; LENGTH + 2] = core::array::from_fn(|i| i as f32);
        let ([a, b, c], rest) = LAYOUT.cut(&mut memory).unwrap();
        assert_eq!((a.len(), b.len(), c.len(), rest.len()), (6, 0, 3, 2));
        for (piece, first) in [(0, a.first()), (2, c.first()), (3, rest.first())] {
            assert_eq!(first.copied(), Some(LAYOUT.offset(piece) as f32));
        }
        assert_eq!((LAYOUT.offset(1), LAYOUT.offset(4)), (6, 9));
        assert_eq!(LAYOUT.between(0, 2), 0..6);
        let [a, b, c] = LAYOUT.view(&memory);
        assert_eq!((a, b, c), (&memory[..6], &memory[..0], &memory[6..9]));
    }

    #[test]
    fn short_memory_and_lengths_beyond_the_address_space_are_refused() {
        let mut memory = [0.0_f64; LENGTH];
        let error = Error::MemoryTooSmall { needed: LENGTH, got: LENGTH - 1 };
        assert_eq!(LAYOUT.cut(&mut memory[1..]).unwrap_err(), error);
        let huge = Layout::new([area(usize::MAX, 2), 1]);
        let error = Error::MemoryTooSmall { needed: usize::MAX, got: LENGTH };
        assert_eq!(huge.cut(&mut memory).unwrap_err(), error);
        assert_eq!((all_of(&[]), any_of(&[])), (0, 0));
    }
}
