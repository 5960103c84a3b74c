//! Square matrices in f64, column-major, and reproducible random numbers.

/// Reproducible numbers, roughly normal.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn normal(&mut self) -> f64 {
        1.7 * (0..4).map(|_| self.uniform() - 0.5).sum::<f64>()
    }

    pub(super) fn normals(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.normal()).collect()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Square {
    pub(super) n: usize,
    pub(super) entries: Vec<f64>,
}

impl Square {
    pub(super) fn from_fn(n: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        Self { n, entries: (0..n * n).map(|k| entry(k % n, k / n)).collect() }
    }

    pub(super) fn diagonal(values: &[f64]) -> Self {
        Self::from_fn(values.len(), |i, j| if i == j { values[i] } else { 0.0 })
    }

    pub(super) fn identity(n: usize) -> Self {
        Self::diagonal(&vec![1.0; n])
    }

    pub(super) fn gaussian(n: usize, random: &mut Random) -> Self {
        Self::from_fn(n, |_, _| random.normal())
    }

    /// Blocks [re im; -im re] down the diagonal, then the real values.
    pub(super) fn blocks(pairs: &[[f64; 2]], reals: &[f64]) -> Self {
        let m = 2 * pairs.len();
        Self::from_fn(m + reals.len(), |i, j| match (i < m && i / 2 == j / 2, i % 2, j % 2) {
            (true, 0, 1) => pairs[i / 2][1],
            (true, 1, 0) => -pairs[i / 2][1],
            (true, _, _) => pairs[i / 2][0],
            _ if i == j => reals[i - m],
            _ => 0.0,
        })
    }

    /// Gram-Schmidt, twice, of the columns of a Gaussian matrix.
    pub(super) fn orthogonal(n: usize, random: &mut Random) -> Self {
        let mut q = Self::gaussian(n, random);
        for j in 0..n {
            for _ in 0..2 {
                for k in 0..j {
                    let along: f64 = (0..n).map(|i| q.at(i, j) * q.at(i, k)).sum();
                    (0..n).for_each(|i| q.entries[j * n + i] -= along * q.entries[k * n + i]);
                }
            }
            let norm = (0..n).map(|i| q.at(i, j).powi(2)).sum::<f64>().sqrt();
            q.entries[j * n..(j + 1) * n].iter_mut().for_each(|x| *x /= norm);
        }
        q
    }

    pub(super) fn at(&self, i: usize, j: usize) -> f64 {
        self.entries[j * self.n + i]
    }

    pub(super) fn product(&self, other: &Self) -> Self {
        Self::from_fn(self.n, |i, j| (0..self.n).map(|k| self.at(i, k) * other.at(k, j)).sum())
    }

    pub(super) fn transposed(&self) -> Self {
        Self::from_fn(self.n, |i, j| self.at(j, i))
    }

    pub(super) fn times(&self, factor: f64) -> Self {
        Self { n: self.n, entries: self.entries.iter().map(|x| factor * x).collect() }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let sums = self.entries.iter().zip(&other.entries).map(|(x, y)| x + y);
        Self { n: self.n, entries: sums.collect() }
    }

    /// C A Cᵀ.
    pub(super) fn turned(&self, c: &Self) -> Self {
        c.product(self).product(&c.transposed())
    }

    pub(super) fn inner(&self, other: &Self) -> f64 {
        self.entries.iter().zip(&other.entries).map(|(x, y)| x * y).sum()
    }

    pub(super) fn norm(&self) -> f64 {
        self.inner(self).sqrt()
    }
}
