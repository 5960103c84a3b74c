//! Matrices: views over borrowed slices, matrices on the heap, and pieces of the caller's memory.

#[cfg(feature = "std")]
mod grid;
mod layout;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "alloc")]
mod owned;
mod slices;
mod view;

#[cfg(feature = "std")]
pub(crate) use grid::{Grid, distances, pairs_among, pairs_between};
pub(crate) use layout::{Layout, Product, all_of, any_of, area};
#[cfg(feature = "alloc")]
pub use owned::Mat;
#[cfg(feature = "alloc")]
pub(crate) use owned::{try_reserve, try_zeros};
pub(crate) use slices::{
    Cells, accumulate, add, add_scaled, check, column_of, column_of_mut, copy, divide, dot,
    largest, pieces, pieces_mut, product, scale, times, times_transposed, whole_rows,
    whole_rows_back,
};
pub use view::{MatMut, MatRef};
