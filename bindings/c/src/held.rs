//! States of the library that C keeps between calls without looking inside.
//!
//! A struct of C is room for the state; a mark in it tells states from zeros, from chance and from each other, and where its
//! memory lies is kept beside it, so that overlap is seen at every call. What somebody else writes into a state after it
//! was begun cannot be seen.

use crate::pointers::{Input, Output};
use crate::status::{ds_error_t, ds_status_t::DS_NOT_BEGUN};
use dynamical_similarity::Scalar;

/// A struct of C that is room for a state.
pub(crate) trait Held: Copy + 'static {
    /// Of the memory.
    type Scalar: Scalar;
    /// What is kept.
    type State;
    /// Not zero, and of no other state.
    const MARK: u64;
    /// What its memory is called in a refusal.
    const MEMORY: &'static str;
}

/// Memory of C that belongs to a state.
#[derive(Clone, Debug)]
pub(crate) struct Room<T> {
    pointer: *mut T,
    length: usize,
}

impl<T: Scalar> Room<T> {
    /// Room that was checked, filled with zeros.
    ///
    /// # Safety
    /// It is there, and nobody else uses it while any slice of it lives.
    pub(crate) unsafe fn new(memory: &Output<T>) -> Self {
        // SAFETY: the caller's promise.
        unsafe { memory.zeros() };
        Self { pointer: memory.pointer(), length: memory.length() }
    }
}

impl<T: Scalar> AsRef<[T]> for Room<T> {
    fn as_ref(&self) -> &[T] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: checked and initialised when the room was made; the rest was promised there.
        unsafe { core::slice::from_raw_parts(self.pointer, self.length) }
    }
}

impl<T: Scalar> AsMut<[T]> for Room<T> {
    fn as_mut(&mut self) -> &mut [T] {
        if self.length == 0 {
            return &mut [];
        }
        // SAFETY: as above.
        unsafe { core::slice::from_raw_parts_mut(self.pointer, self.length) }
    }
}

/// A state as it lies in the struct of C.
#[repr(C)]
pub(crate) struct Kept<H: Held> {
    mark: u64,
    memory: *mut H::Scalar,
    memory_len: usize,
    /// The state.
    pub(crate) state: H::State,
}

impl<H: Held> Kept<H> {
    const FITS: () = assert!(
        size_of::<Self>() <= size_of::<H>() && align_of::<Self>() <= align_of::<H>(),
        "the struct of C is too small for its state"
    );

    /// The memory of the state, to be held apart from all else.
    pub(crate) fn memory(&self) -> Result<Output<H::Scalar>, ds_error_t> {
        Output::new(self.memory, self.memory_len, H::MEMORY)
    }

    /// Ends the state.
    pub(crate) const fn end(&mut self) {
        self.mark = 0;
    }
}

/// Puts a state in its place.
///
/// # Safety
/// The room is there, and nobody else uses it now.
pub(crate) unsafe fn begin<H: Held>(to: Output<H>, memory: &Output<H::Scalar>, state: H::State) {
    const { Kept::<H>::FITS };
    let (pointer, length) = (memory.pointer(), memory.length());
    let kept = Kept::<H> { mark: H::MARK, memory: pointer, memory_len: length, state };
    // SAFETY: not null and aligned, as checked, and large enough; the rest is the caller's promise.
    unsafe { to.pointer().cast::<Kept<H>>().write(kept) };
}

/// The state, to be changed.
///
/// # Errors
/// `DS_NOT_BEGUN` where there is none.
///
/// # Safety
/// The room is there, initialised, as it was left, and nobody else uses it while the state lives.
pub(crate) unsafe fn open<'a, H: Held>(
    from: &Output<H>,
    name: &'static str,
) -> Result<&'a mut Kept<H>, ds_error_t> {
    const { Kept::<H>::FITS };
    let place = from.pointer().cast::<Kept<H>>();
    // SAFETY: the mark is the first field; the rest is the caller's promise.
    if unsafe { place.cast::<u64>().read() } != H::MARK {
        return Err(ds_error_t::new(DS_NOT_BEGUN).about(name));
    }
    // SAFETY: the mark is that of such a state; the rest is the caller's promise.
    Ok(unsafe { &mut *place })
}

/// The state, to be read.
///
/// # Errors
/// `DS_NOT_BEGUN` where there is none.
///
/// # Safety
/// The room is there, initialised, as it was left, and nobody writes to it while the state lives.
pub(crate) unsafe fn look<'a, H: Held>(
    from: &Input<H>,
    name: &'static str,
) -> Result<&'a Kept<H>, ds_error_t> {
    const { Kept::<H>::FITS };
    let place = from.pointer().cast::<Kept<H>>();
    // SAFETY: the mark is the first field; the rest is the caller's promise.
    if unsafe { place.cast::<u64>().read() } != H::MARK {
        return Err(ds_error_t::new(DS_NOT_BEGUN).about(name));
    }
    // SAFETY: the mark is that of such a state; the rest is the caller's promise.
    Ok(unsafe { &*place })
}
