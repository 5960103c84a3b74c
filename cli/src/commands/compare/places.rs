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

    /// How many pairs there are.
    pub(super) fn count(self) -> usize {
        match self.columns {
            Some(columns) => self.rows * columns,
            None => self.rows * self.rows.saturating_sub(1) / 2,
        }
    }

    /// The rows and columns of the matrix: those of the rows alone where they are compared with each other.
    pub(super) const fn shape(self) -> (usize, Option<usize>) {
        (self.rows, self.columns)
    }

    /// Where a pair of numbers is in the list of all pairs.
    pub(super) fn index(self, (i, j): (usize, usize)) -> usize {
        match self.columns {
            Some(columns) => i * columns + j - self.rows,
            None => {
                let (low, high) = (i.min(j), i.max(j));
                high * high.saturating_sub(1) / 2 + low
            }
        }
    }

    /// All pairs, by their numbers, along a curve that fills the matrix in squares within squares (Morton 1966). An equal
    /// part of it has pairs of few recordings: of n, about 2 n / sqrt(parts).
    pub(super) fn curve(self) -> Vec<(usize, usize)> {
        let at = |place: Place| spread(place.row) << 1 | spread(place.column);
        let mut places: Vec<(u64, Place)> = self.pairs().map(|place| (at(place), place)).collect();
        places.sort_unstable_by_key(|(at, _)| *at);
        places.into_iter().map(|(_, place)| self.numbers(place)).collect()
    }
}

/// The bits of a number, each with a zero above it.
fn spread(number: usize) -> u64 {
    let number = number as u64;
    (0..32).fold(0, |sum, bit| sum | (number >> bit & 1) << (2 * bit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::BlockArgument;
    use std::collections::BTreeSet;

    /// Every pair is in one block, blocks are of one size, and need few recordings.
    #[test]
    fn blocks_divide_the_pairs() {
        for places in [Places::new(60, None), Places::new(31, Some(40)), Places::new(2, None)] {
            assert_eq!(places.pairs().count(), places.count());
            let list: Vec<_> = places.pairs().map(|place| places.numbers(place)).collect();
            assert!(list.iter().enumerate().all(|(at, pair)| places.index(*pair) == at));
            let curve = places.curve();
            for blocks in [1, 2, 3, 7, 16, 100] {
                let mut all = Vec::new();
                for number in 1..=blocks {
                    let own = &curve[BlockArgument { number, blocks }.part_of(curve.len())];
                    assert!(own.len().abs_diff(places.count() / blocks) <= 1);
                    all.extend_from_slice(own);
                }
                all.sort_unstable_by_key(|pair| places.index(*pair));
                assert_eq!(all, list, "{blocks}");
            }
        }
        let curve = Places::new(64, None).curve();
        for number in 1..=16 {
            let own = &curve[BlockArgument { number, blocks: 16 }.part_of(curve.len())];
            let needed: BTreeSet<usize> = own.iter().flat_map(|(i, j)| [*i, *j]).collect();
            assert!(needed.len() <= 36, "{number}: {}", needed.len());
        }
    }
}
