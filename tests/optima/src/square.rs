//! Square matrices on the heap, column after column.

use dynamical_similarity::{Error, MatRef, Scalar};
use systems::Random;

/// A square matrix: entry (i, j) is `entries[j * order + i]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Square {
    /// Rows, and columns.
    pub order: usize,
    /// Column after column.
    pub entries: Vec<f64>,
}

impl Square {
    /// All zero.
    #[must_use]
    pub fn zeros(order: usize) -> Self {
        Self { order, entries: vec![0.0; order * order] }
    }

    /// Entry (i, j) is `entry(i, j)`, asked for column after column.
    pub fn from_fn(order: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        let entries = (0..order * order).map(|at| entry(at % order, at / order)).collect();
        Self { order, entries }
    }

    /// The identity.
    #[must_use]
    pub fn identity(order: usize) -> Self {
        Self::from_fn(order, |i, j| f64::from(u8::from(i == j)))
    }

    /// Independent standard normal entries.
    #[must_use]
    pub fn gaussian(order: usize, random: &mut Random) -> Self {
        Self { order, entries: random.normals(order * order) }
    }

    /// Uniform on the orthogonal group: Gram-Schmidt of Gaussian columns (Stewart 1980).
    #[must_use]
    pub fn orthogonal(order: usize, random: &mut Random) -> Self {
        let mut made = Self::gaussian(order, random);
        made.orthonormalise();
        made
    }

    /// Entry (i, j).
    #[must_use]
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.entries[j * self.order + i]
    }

    /// Entry (i, j), to be written.
    pub fn at_mut(&mut self, i: usize, j: usize) -> &mut f64 {
        &mut self.entries[j * self.order + i]
    }

    /// Column j.
    #[must_use]
    pub fn column(&self, j: usize) -> &[f64] {
        &self.entries[j * self.order..(j + 1) * self.order]
    }

    /// The transposed.
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self::from_fn(self.order, |i, j| self.at(j, i))
    }

    /// The matrix times a number.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self { order: self.order, entries: self.entries.iter().map(|x| factor * x).collect() }
    }

    /// Writes `left` x `right`.
    pub fn set_product(&mut self, left: &Self, right: &Self) {
        let n = self.order;
        for (to, by) in self.entries.chunks_exact_mut(n).zip(right.entries.chunks_exact(n)) {
            to.fill(0.0);
            for (column, by) in left.entries.chunks_exact(n).zip(by) {
                to.iter_mut().zip(column).for_each(|(to, x)| *to += by * x);
            }
        }
    }

    /// Writes `left` x `right`ᵀ.
    pub fn set_product_transposed(&mut self, left: &Self, right: &Self) {
        let n = self.order;
        for (j, to) in self.entries.chunks_exact_mut(n).enumerate() {
            to.fill(0.0);
            for (column, by) in left.entries.chunks_exact(n).zip(right.entries.chunks_exact(n)) {
                to.iter_mut().zip(column).for_each(|(to, x)| *to += by[j] * x);
            }
        }
    }

    /// C M Cᵀ, M this matrix.
    #[must_use]
    pub fn turned_by(&self, c: &Self) -> Self {
        let (mut left, mut both) = (Self::zeros(self.order), Self::zeros(self.order));
        left.set_product(c, self);
        both.set_product_transposed(&left, c);
        both
    }

    /// sum of the products of entries.
    #[must_use]
    pub fn inner(&self, other: &Self) -> f64 {
        dot(&self.entries, &other.entries)
    }

    /// The Frobenius norm.
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.inner(self).sqrt()
    }

    /// Gram-Schmidt on the columns, twice.
    pub fn orthonormalise(&mut self) {
        let n = self.order;
        for j in 0..n {
            let (before, rest) = self.entries.split_at_mut(j * n);
            let column = &mut rest[..n];
            for _ in 0..2 {
                for other in before.chunks_exact(n) {
                    let overlap = dot(other, column);
                    column.iter_mut().zip(other).for_each(|(x, o)| *x -= overlap * o);
                }
                let norm = dot(column, column).sqrt();
                column.iter_mut().for_each(|x| *x /= norm);
            }
        }
    }

    /// The entries in another scalar.
    pub fn cast<T: Scalar>(&self, to: impl Fn(f64) -> T) -> Vec<T> {
        self.entries.iter().map(|x| to(*x)).collect()
    }

    /// As the library takes it.
    ///
    /// # Errors
    /// [`Error::Empty`] at order 0.
    pub fn view(&self) -> Result<MatRef<'_, f64>, Error> {
        MatRef::new(&self.entries, self.order, self.order)
    }
}

/// sum x y, in four sums that a processor can keep apart.
#[must_use]
pub fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (x, y) = (x.chunks_exact(4), y.chunks_exact(4));
    let rest: f64 = x.remainder().iter().zip(y.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in x.zip(y) {
        sums.iter_mut().zip(x.iter().zip(y)).for_each(|(sum, (x, y))| *sum += x * y);
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}
