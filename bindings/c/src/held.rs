//! States of the library that C stores between calls in opaque structs.
//!
//! A struct of C has room for the state, a mark, and the place of its memory. The mark distinguishes states from zeros, from
//! random data and from each other, and the place makes overlap visible at every call. A state that other code has
//! overwritten after it was begun cannot be recognised.

use crate::pointers::{Details, Input, Output, Span, check_apart};
use crate::status::{ds_error_t, ds_status_t::DS_NOT_BEGUN};
use dynamical_similarity::{Error, Scalar};

/// A struct of C that has room for a state.
pub(crate) trait Held: Copy + 'static {
    /// The scalar of the memory.
    type Scalar: Scalar;
    /// The state that is stored.
    type State;
    /// The mark: not zero, and different from that of any other state.
    const MARK: u64;
    /// The name of its memory in a refusal.
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
    /// It is there, and no one else uses it while any slice of it lives.
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
/// The room is there, and no one else uses it now.
pub(crate) unsafe fn begin<H: Held>(to: Output<H>, memory: &Output<H::Scalar>, state: H::State) {
    const { Kept::<H>::FITS };
    let (pointer, length) = (memory.pointer(), memory.length());
    let kept = Kept::<H> { mark: H::MARK, memory: pointer, memory_len: length, state };
    // SAFETY: not null and aligned, as checked, and large enough; the rest is the caller's promise.
    unsafe { to.pointer().cast::<Kept<H>>().write(kept) };
}

/// # Errors
/// `DS_NOT_BEGUN` if there is no such state.
///
/// # Safety
/// The room is there, and initialised.
unsafe fn check_begun<H: Held>(place: *const H, name: &'static str) -> Result<(), ds_error_t> {
    const { Kept::<H>::FITS };
    // SAFETY: the mark is the first field; the rest is the caller's promise.
    if unsafe { place.cast::<u64>().read() } == H::MARK {
        return Ok(());
    }
    Err(ds_error_t::new(DS_NOT_BEGUN).about(name))
}

/// The state, to be changed. `written` is all that the call writes, the struct of the state among it, and `read` all that
/// it reads.
///
/// # Errors
/// `DS_OVERLAP` if anything that is written, including the memory of the state, overlaps anything else;
/// `DS_NOT_BEGUN` if there is no state.
///
/// # Safety
/// The room is there, initialised, as it was left, and no one else uses it while the state lives.
pub(crate) unsafe fn open<'a, H: Held>(
    from: &Output<H>,
    name: &'static str,
    written: &[Span],
    read: &[Span],
) -> Result<&'a mut Kept<H>, ds_error_t> {
    check_apart(written, read)?;
    // SAFETY: the caller's promise.
    unsafe { check_begun(from.pointer(), name) }?;
    // SAFETY: the mark is that of such a state; the rest is the caller's promise.
    let kept = unsafe { &mut *from.pointer().cast::<Kept<H>>() };
    let memory = [kept.memory()?.span()];
    check_apart(&memory, written)?;
    check_apart(&memory, read)?;
    Ok(kept)
}

/// The state, to be read. `written` is all that the call writes.
///
/// # Errors
/// `DS_OVERLAP` if what is written overlaps the state, its memory or itself; `DS_NOT_BEGUN` if there is no state.
///
/// # Safety
/// The room is there, initialised, as it was left, and no one writes to it while the state lives.
pub(crate) unsafe fn look<'a, H: Held>(
    from: &Input<H>,
    name: &'static str,
    written: &[Span],
) -> Result<&'a Kept<H>, ds_error_t> {
    check_apart(written, &[from.span()])?;
    // SAFETY: the caller's promise.
    unsafe { check_begun(from.pointer(), name) }?;
    // SAFETY: the mark is that of such a state; the rest is the caller's promise.
    let kept = unsafe { &*from.pointer().cast::<Kept<H>>() };
    check_apart(written, &[kept.memory()?.span()])?;
    Ok(kept)
}

/// Writes the words of a state, all of them or none, and how many to `count`.
///
/// # Errors
/// As [`look`], and what `write` refuses.
///
/// # Safety
/// As [`look`], and no one else uses what is written now.
pub(crate) unsafe fn save<H: Held>(
    from: &Input<H>,
    name: &'static str,
    (words, count): (Output<u32>, Output<usize>),
    details: &Details,
    write: impl Fn(&H::State, &mut [u32]) -> Result<usize, Error>,
) -> Result<(), ds_error_t> {
    // SAFETY: the caller's promise.
    let kept = unsafe { look(from, name, &[words.span(), count.span(), details.span()]) }?;
    // Without room the library says how many there are.
    if let Err(Error::MemoryTooSmall { needed, .. }) = write(&kept.state, &mut []) {
        let got = words.length();
        if got < needed {
            return Err(Error::MemoryTooSmall { needed, got }.into());
        }
    }
    // SAFETY: the caller's promise.
    let length = write(&kept.state, unsafe { words.zero_words() })?;
    // SAFETY: the caller's promise.
    unsafe { count.write(length) };
    Ok(())
}
