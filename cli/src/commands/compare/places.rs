//! The pairs of a comparison, by their places in its matrix.

/// A pair that is compared: its place in the matrix.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) row: usize,
    pub(super) column: usize,
}

/// The places of all pairs: of rows and columns, or of rows among each other.
#[derive(Clone, Copy)]
pub(super) struct Places {
    rows: usize,
    /// `None` where the rows are compared with each other.
    columns: Option<usize>,
}

impl Places {
    pub(super) const fn new(rows: usize, columns: Option<usize>) -> Self {
        Self { rows, columns }
    }

    /// Every pair, row after row.
    pub(super) fn pairs(self) -> impl Iterator<Item = Place> {
        let of_row = move |row| 0..self.columns.unwrap_or(row);
        (0..self.rows).flat_map(move |row| of_row(row).map(move |column| Place { row, column }))
    }

    /// The numbers of both recordings of a pair, where columns are counted on behind the rows.
    pub(super) fn numbers(self, place: Place) -> (usize, usize) {
        let first = if self.columns.is_some() { self.rows } else { 0 };
        (place.row, first + place.column)
    }
}
