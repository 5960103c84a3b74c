//! Pointers from C. Every pointer is checked for null, alignment and length before it is followed, and memory that is
//! written also for overlap.
//!
//! Some things cannot be checked, and every function asks them of its caller: that the memory exists, is at least as large
//! as stated, and is used by no one else during the call.

use crate::status::{ds_error_t, ds_status_t};
use ds_status_t::*;

/// The bytes from `start` to before `end`, and their name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: usize,
    end: usize,
    name: &'static str,
}

impl Span {
    /// # Errors
    /// `DS_NULL_POINTER`, `DS_MISALIGNED_POINTER`, `DS_LENGTH_OVERFLOW`, about the argument `name`.
    fn new<T>(pointer: *const T, length: usize, name: &'static str) -> Result<Self, ds_error_t> {
        let refuse = |status| Err(ds_error_t::new(status).about(name));
        let start = pointer.addr();
        if length == 0 {
            return Ok(Self { start, end: start, name });
        }
        if pointer.is_null() {
            return refuse(DS_NULL_POINTER);
        }
        if !pointer.is_aligned() {
            return refuse(DS_MISALIGNED_POINTER);
        }
        let bytes =
            length.checked_mul(size_of::<T>()).filter(|bytes| *bytes <= isize::MAX as usize);
        match bytes.and_then(|bytes| start.checked_add(bytes)) {
            Some(end) => Ok(Self { start, end, name }),
            None => refuse(DS_LENGTH_OVERFLOW),
        }
    }

    const fn meets(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// `length` values of C, to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<T> {
    pointer: *const T,
    length: usize,
    span: Span,
}

impl<T: Copy> Input<T> {
    pub(crate) fn new(
        pointer: *const T,
        length: usize,
        name: &'static str,
    ) -> Result<Self, ds_error_t> {
        Ok(Self { pointer, length, span: Span::new(pointer, length, name)? })
    }

    /// The bytes that it spans.
    pub(crate) const fn span(&self) -> Span {
        self.span
    }

    /// The pointer as C gave it.
    pub(crate) const fn pointer(&self) -> *const T {
        self.pointer
    }

    /// The values.
    ///
    /// # Safety
    /// They are there, initialised, and no one writes to them as long as the slice lives.
    pub(crate) const unsafe fn slice<'a>(&self) -> &'a [T] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: not null, aligned and of a length that fits, as checked; the rest is the caller's promise.
        unsafe { core::slice::from_raw_parts(self.pointer, self.length) }
    }

    /// The first value.
    ///
    /// # Errors
    /// `DS_NULL_POINTER` if there is none.
    ///
    /// # Safety
    /// As [`slice`](Self::slice).
    pub(crate) unsafe fn one<'a>(&self) -> Result<&'a T, ds_error_t> {
        // SAFETY: the caller's promise.
        unsafe { self.slice() }.first().ok_or(ds_error_t::new(DS_NULL_POINTER))
    }
}

/// Room for `length` values of C, to write.
#[derive(Debug)]
pub(crate) struct Output<T> {
    pointer: *mut T,
    length: usize,
    span: Span,
}

impl<T: Copy> Output<T> {
    pub(crate) fn new(
        pointer: *mut T,
        length: usize,
        name: &'static str,
    ) -> Result<Self, ds_error_t> {
        Ok(Self { pointer, length, span: Span::new(pointer, length, name)? })
    }

    /// The bytes that it spans.
    pub(crate) const fn span(&self) -> Span {
        self.span
    }

    /// The pointer as C gave it.
    pub(crate) const fn pointer(&self) -> *mut T {
        self.pointer
    }

    /// Values that it holds.
    pub(crate) const fn length(&self) -> usize {
        self.length
    }

    /// The first value.
    ///
    /// # Errors
    /// `DS_NULL_POINTER` if there is none.
    ///
    /// # Safety
    /// As [`slice`](Self::slice).
    pub(crate) unsafe fn one<'a>(&self) -> Result<&'a mut T, ds_error_t> {
        // SAFETY: the caller's promise.
        unsafe { self.slice() }.first_mut().ok_or(ds_error_t::new(DS_NULL_POINTER))
    }

    /// Writes its one value.
    ///
    /// # Safety
    /// The room is there, and no one else uses it now.
    pub(crate) const unsafe fn write(self, value: T) {
        // SAFETY: not null and aligned, as checked; the rest is the caller's promise.
        unsafe { self.pointer.write(value) }
    }

    /// The values as they are.
    ///
    /// # Safety
    /// They are there, initialised, and no one else uses them as long as the slice lives.
    pub(crate) const unsafe fn slice<'a>(&self) -> &'a mut [T] {
        if self.length == 0 {
            return &mut [];
        }
        // SAFETY: not null, aligned and of a length that fits, as checked; the rest is the caller's promise.
        unsafe { core::slice::from_raw_parts_mut(self.pointer, self.length) }
    }
}

impl<T: dynamical_similarity::Scalar> Output<T> {
    /// Zeros: the memory of C need not be initialised.
    ///
    /// # Safety
    /// The room is there, and no one else uses it as long as the slice lives.
    pub(crate) unsafe fn zeros<'a>(&self) -> &'a mut [T] {
        // SAFETY: zero bits are the number zero; the rest is the caller's promise.
        unsafe { self.zeroed() }
    }
}

impl Output<u32> {
    /// As for scalars.
    ///
    /// # Safety
    /// As for scalars.
    pub(crate) unsafe fn zero_words<'a>(&self) -> &'a mut [u32] {
        // SAFETY: zero bits are the number zero; the rest is the caller's promise.
        unsafe { self.zeroed() }
    }
}

impl<T: Copy> Output<T> {
    /// # Safety
    /// Zero bits are a value; the room is there, and no one else uses it as long as the slice lives.
    unsafe fn zeroed<'a>(&self) -> &'a mut [T] {
        if self.length > 0 {
            // SAFETY: not null, aligned and of a length that fits, as checked; the rest is the caller's promise.
            unsafe { self.pointer.write_bytes(0, self.length) };
        }
        // SAFETY: initialised just now; the rest is the caller's promise.
        unsafe { self.slice() }
    }
}

/// Checks that nothing that is written overlaps anything else.
///
/// # Errors
/// `DS_OVERLAP`, about what would be written.
pub(crate) fn check_apart(written: &[Span], read: &[Span]) -> Result<(), ds_error_t> {
    for (index, one) in written.iter().enumerate() {
        let others = written.iter().skip(index.saturating_add(1)).chain(read);
        if others.into_iter().any(|other| one.meets(other)) {
            return Err(ds_error_t::new(DS_OVERLAP).about(one.name));
        }
    }
    Ok(())
}

/// Room for the details of a refusal; it may be absent.
pub(crate) struct Details(Output<ds_error_t>);

impl Details {
    pub(crate) fn new(error: *mut ds_error_t) -> Result<Self, ds_error_t> {
        Ok(Self(Output::new(error, usize::from(!error.is_null()), "error")?))
    }

    pub(crate) const fn span(&self) -> Span {
        self.0.span
    }
}

/// Does the work of a function of the interface, and returns its status.
///
/// # Safety
/// `error` is null or room for the details of a refusal.
pub(crate) unsafe fn answer(
    error: *mut ds_error_t,
    work: impl FnOnce(&Details) -> Result<(), ds_error_t>,
) -> ds_status_t {
    let details = match Details::new(error) {
        Ok(details) => details,
        Err(refusal) => return refusal.status,
    };
    match work(&details) {
        Ok(()) => DS_OK,
        Err(refusal) => {
            if details.0.length > 0 {
                // SAFETY: the caller's promise; nothing of the work is left.
                unsafe { details.0.write(refusal) };
            }
            refusal.status
        }
    }
}
