//! Pieces of the caller's memory: vectors and matrices that are cut from it in order.

use super::layout::area;
use super::view::MatMut;
use crate::error::Error;
use crate::scalar::Scalar;

/// A caller's memory, from which results and scratch are cut in order.
#[derive(Debug)]
pub(crate) struct Memory<'a, T> {
    rest: &'a mut [T],
}

impl<'a, T: Scalar> Memory<'a, T> {
    /// Checks once, where the memory is handed over, that all pieces fit.
    pub(crate) const fn new(memory: &'a mut [T], needed: usize) -> Result<Self, Error> {
        if memory.len() < needed {
            return Err(Error::MemoryTooSmall { needed, got: memory.len() });
        }
        Ok(Self { rest: memory })
    }

    pub(crate) fn vector(&mut self, length: usize) -> Result<&'a mut [T], Error> {
        let here = core::mem::take(&mut self.rest);
        if here.len() < length {
            let got = here.len();
            self.rest = here;
            return Err(Error::MemoryTooSmall { needed: length, got });
        }
        let (taken, rest) = here.split_at_mut_checked(length).unwrap_or_default();
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn matrix(&mut self, rows: usize, cols: usize) -> Result<MatMut<'a, T>, Error> {
        MatMut::new(self.vector(area(rows, cols))?, rows, cols)
    }

    /// The rest of the memory, which ends the cutting.
    pub(crate) const fn rest(self) -> &'a mut [T] {
        self.rest
    }

    /// The rest of the memory, lent out as scratch.
    pub(crate) const fn scratch(&mut self) -> &mut [T] {
        self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_cut_in_order_and_says_what_is_missing() {
        let mut block = [0.0_f32; 10];
        assert_eq!(
            Memory::new(&mut block, 11).unwrap_err(),
            Error::MemoryTooSmall { needed: 11, got: 10 }
        );
        let mut memory = Memory::new(&mut block, 10).unwrap();
        assert_eq!(memory.matrix(2, 3).unwrap().cols(), 3);
        assert_eq!(memory.scratch().len(), 4);
        assert!(memory.vector(5).is_err());
        assert_eq!(memory.vector(4).unwrap().len(), 4);
    }
}
