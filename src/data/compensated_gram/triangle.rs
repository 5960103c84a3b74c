//! Triangles of symmetric matrices in two parts, and sums of outer products of split samples.

use crate::data::summation::BLOCK;
use crate::error::Error;
use crate::linalg::doubled::{Doubled, two_sum};
use crate::matrix::{Cells, area, copy, try_zeros};
use alloc::vec::Vec;
#[cfg(feature = "std")]
use multiversion::multiversion;

/// Conditioned samples and their parts, one after another.
#[derive(Debug)]
pub(super) struct Split {
    pub(super) whole: Vec<f64>,
    pub(super) high: Vec<f64>,
    pub(super) low: Vec<f64>,
}

impl Split {
    pub(super) fn zeros(length: usize) -> Result<Self, Error> {
        Ok(Self { whole: try_zeros(length)?, high: try_zeros(length)?, low: try_zeros(length)? })
    }

    /// Whether any sample has a rest.
    fn is_split(&self) -> bool {
        self.low.iter().any(|x| *x != 0.0)
    }
}

/// The lower triangle of a symmetric matrix in two parts, column after column.
#[derive(Debug)]
pub(super) struct Triangle {
    pub(super) order: usize,
    pub(super) high: Vec<f64>,
    pub(super) low: Vec<f64>,
}

impl Triangle {
    pub(super) fn zeros(order: usize) -> Result<Self, Error> {
        let entries = area(order, order.saturating_add(1)) / 2;
        Ok(Self { order, high: try_zeros(entries)?, low: try_zeros(entries)? })
    }

    /// Where column j begins, with the entry on the diagonal.
    pub(super) const fn start(&self, j: usize) -> usize {
        let before = j.saturating_mul(self.order.saturating_mul(2).saturating_add(1));
        before.saturating_sub(j.saturating_mul(j)) / 2
    }

    pub(super) fn entry(&self, i: usize, j: usize) -> Doubled {
        let (column, row) = if i < j { (i, j) } else { (j, i) };
        let at = self.start(column).saturating_add(row.saturating_sub(column));
        Doubled { high: self.high.at(at), low: self.low.at(at) }
    }

    /// Writes entries `begin..begin + out.len()` of column j of the whole symmetric matrix.
    pub(super) fn column_into(&self, j: usize, begin: usize, [high, low]: [&mut [f64]; 2]) {
        // Above the diagonal they lie in row j of the triangle.
        let above = j.saturating_sub(begin).min(high.len());
        let mut at = self.start(begin).saturating_add(j.saturating_sub(begin));
        for k in 0..above {
            high.put(k, self.high.at(at));
            low.put(k, self.low.at(at));
            at = at.saturating_add(self.order).saturating_sub(begin).saturating_sub(k);
            at = at.saturating_sub(1);
        }
        let first = begin.saturating_add(above);
        let at = self.start(j).saturating_add(first.saturating_sub(j));
        let rest = high.len().saturating_sub(above);
        copy(high.part_mut(above, rest), self.high.part(at, rest));
        copy(low.part_mut(above, rest), self.low.part(at, rest));
    }
}

/// Sums of outer products of vectors: exact ones of their upper parts, 64 at a time, and plain ones of the rest.
#[derive(Debug)]
pub(super) struct OuterProducts {
    pub(super) total: Triangle,
    block: Vec<f64>,
    terms: usize,
}

impl OuterProducts {
    pub(super) fn zeros(order: usize) -> Result<Self, Error> {
        let total = Triangle::zeros(order)?;
        let block = try_zeros(total.high.len())?;
        Ok(Self { total, block, terms: 0 })
    }

    /// += sign x x'
    pub(super) fn add(&mut self, sign: f64, x: &Split) {
        if self.terms == BLOCK {
            self.flush();
        }
        self.terms = self.terms.saturating_add(1);
        add_lower_triangle(&mut self.block, [&x.high, &x.high], sign);
        if x.is_split() {
            add_lower_triangle(&mut self.total.low, [&x.low, &x.high], sign);
            add_lower_triangle(&mut self.total.low, [&x.whole, &x.low], sign);
        }
    }

    pub(super) fn flush(&mut self) {
        add_block(&mut self.block, [&mut self.total.high, &mut self.total.low]);
        self.terms = 0;
    }
}

/// total += block, and block = 0.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
pub(super) fn add_block(block: &mut [f64], total: [&mut [f64]; 2]) {
    let [high, low] = total;
    for ((block, high), low) in block.iter_mut().zip(high).zip(low) {
        let (sum, error) = two_sum(*high, *block);
        *high = sum;
        *low += error;
        *block = 0.0;
    }
}

/// to += other, both in two parts.
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
pub(super) fn add_pairs(to: [&mut [f64]; 2], other: [&[f64]; 2]) {
    let ([high, low], [other_high, other_low]) = (to, other);
    for (((high, low), x), rest) in high.iter_mut().zip(low).zip(other_high).zip(other_low) {
        let (sum, error) = two_sum(*high, *x);
        *high = sum;
        *low += error + *rest;
    }
}

/// triangle(i, j) += sign left_j right_i
#[cfg_attr(feature = "std", multiversion(targets("x86_64+avx2")))]
fn add_lower_triangle(triangle: &mut [f64], vectors: [&[f64]; 2], sign: f64) {
    let [left, right] = vectors;
    let (mut rest, mut below) = (triangle, right);
    for x in left {
        let Some((column, after)) = rest.split_at_mut_checked(below.len()) else { break };
        let weight = sign * *x;
        column.iter_mut().zip(below).for_each(|(to, y)| *to += weight * *y);
        rest = after;
        below = below.split_first().map_or(&[][..], |(_, below)| below);
    }
}
