//! Operations whose cost is counted: each is a function of its own, so that its stack and its code can be told
//! from the linked image by its name.

use crate::Number;
use crate::input::{fill, oscillation};
use dynamical_similarity::Wasserstein;
use dynamical_similarity::linalg::plain_jacobi::plain_svd_in;
use dynamical_similarity::linalg::{eigenvalues, svd, symmetric};
use dynamical_similarity::{
    Dmd, Effort, Error, LagCovariance, LagSums, MatMut, MatRef, Procrustes, Rank, Recording, Shape,
};

/// Channels, delays and ranks of the tables.
pub const SHAPES: [Shape; 4] = [
    Shape { channels: 4, delays: 10, rank: 6 },
    Shape { channels: 8, delays: 10, rank: 6 },
    Shape { channels: 8, delays: 10, rank: 10 },
    Shape { channels: 16, delays: 5, rank: 9 },
];
/// Samples of a recording that is fitted.
pub const SAMPLES: usize = 500;
/// Orders of the matrices that are decomposed.
pub const ORDERS: [usize; 4] = [4, 8, 16, 32];

/// The largest order and its square.
const ORDER: usize = 32;
const SQUARE: usize = ORDER * ORDER;
/// What the largest fit needs.
const ROOM: usize = Dmd::memory_len(Shape { channels: 16, delays: 5, rank: 9 });

/// The first entries, all of them where there are fewer.
fn first<T>(x: &mut [T], length: usize) -> &mut [T] {
    let length = length.min(x.len());
    x.get_mut(..length).unwrap_or_default()
}

/// What the largest stream needs.
const LAGS: usize = LagCovariance::<f32, ()>::memory_len(16, 5);
/// The same, with the ends of a trial.
const SUMS: usize = LagSums::<f32, ()>::memory_len(16, 5, 1);

/// All that the operations read and write.
pub struct Workspace<T> {
    a: [T; SQUARE],
    u: [T; SQUARE],
    v: [T; SQUARE],
    values: [T; ORDER],
    imaginary: [T; ORDER],
    samples: [T; 16 * SAMPLES],
    operators: [[T; 100]; 2],
    memory: [T; ROOM],
    lags: Option<LagCovariance<T, [T; LAGS]>>,
    sums: Option<LagSums<T, [T; SUMS]>>,
    found: T,
}

impl<T: Number> Workspace<T> {
    /// Zeros.
    #[must_use]
    pub fn new(zero: T) -> Self {
        Self {
            a: [zero; SQUARE],
            u: [zero; SQUARE],
            v: [zero; SQUARE],
            values: [zero; ORDER],
            imaginary: [zero; ORDER],
            samples: [zero; 16 * SAMPLES],
            operators: [[zero; 100]; 2],
            memory: [zero; ROOM],
            lags: None,
            sums: None,
            found: zero,
        }
    }

    /// A full matrix of order n.
    pub fn set_matrix(&mut self, n: usize) {
        fill(first(&mut self.a, n * n), n as u64);
    }

    /// A recording of the shape's channels.
    pub fn set_recording(&mut self, shape: Shape, seed: u64) {
        let samples = first(&mut self.samples, shape.channels * SAMPLES);
        let turn = 0.15 + 0.02 * seed as f64;
        oscillation(samples, shape.channels, turn, seed * 1000);
    }

    /// The operators of two recordings.
    ///
    /// # Errors
    /// None: an error is a failure of the suite.
    pub fn set_operators(&mut self, shape: Shape) -> Result<(), Error> {
        let mut operators = [[T::default(); 100]; 2];
        for (operator, seed) in operators.iter_mut().zip([1, 2]) {
            self.set_recording(shape, seed);
            let samples = first(&mut self.samples, shape.channels * SAMPLES);
            let recording = Recording::new(samples, shape.channels)?;
            let model = settings(shape).fit_in(&[recording], &mut self.memory)?;
            MatMut::new(operator, shape.rank, shape.rank)?.copy_from(model.operator())?;
        }
        self.operators = operators;
        Ok(())
    }

    /// A stream whose history is full.
    ///
    /// # Errors
    /// None: an error is a failure of the suite.
    pub fn set_stream(&mut self, shape: Shape) -> Result<(), Error> {
        self.set_recording(shape, 1);
        let shift = [T::default(); 16];
        let shift = shift.get(..shape.channels).unwrap_or_default();
        let memory = [T::default(); LAGS];
        self.lags = Some(LagCovariance::new_in(shape.channels, shape.delays, shift, memory)?);
        for _ in 0..shape.delays + 3 {
            push(self, shape)?;
        }
        Ok(())
    }

    /// The lag sums of a recording.
    ///
    /// # Errors
    /// None: an error is a failure of the suite.
    pub fn set_sums(&mut self, shape: Shape, seed: u64) -> Result<(), Error> {
        let Shape { channels, delays, .. } = shape;
        self.set_recording(shape, seed);
        let shift = [T::default(); 16];
        let shift = shift.get(..channels).unwrap_or_default();
        let mut sums = LagSums::new_in(channels, delays, 1, shift, [T::default(); SUMS])?;
        let samples = self.samples.get(..channels * SAMPLES).unwrap_or_default();
        samples.chunks(channels.max(1)).try_for_each(|sample| sums.push(sample))?;
        self.sums = Some(sums);
        Ok(())
    }

    /// A number that depends on what was found last.
    #[must_use]
    pub fn found(&self) -> T {
        self.found
    }
}

/// Scalars that [`svd`], [`singular_values`] and [`symmetric_eigen`] work in, their results included.
#[must_use]
pub const fn decomposition_lens(n: usize) -> [usize; 3] {
    [
        3 * n * n + n + svd::svd_memory_len(n, n),
        n * n + n + svd::values_memory_len(n, n),
        2 * n * n + n + symmetric::eigen_memory_len(n),
    ]
}

const fn settings(shape: Shape) -> Dmd {
    Dmd::new().delays(shape.delays).rank(Rank::Fixed(shape.rank))
}

/// U, S and V of the matrix of order n.
///
/// # Errors
/// None: an error is a failure of the suite. So for all that follow.
#[inline(never)]
pub fn svd<T: Number>(at: &mut Workspace<T>, n: usize) -> Result<(), Error> {
    let (mut u, mut v) = (MatMut::new(&mut at.u, n, n)?, MatMut::new(&mut at.v, n, n)?);
    svd::svd_in(MatRef::new(&at.a, n, n)?, &mut u, first(&mut at.values, n), &mut v, &mut at.memory)
}

/// Singular values alone.
#[inline(never)]
pub fn singular_values<T: Number>(at: &mut Workspace<T>, n: usize) -> Result<(), Error> {
    svd::values_in(MatRef::new(&at.a, n, n)?, first(&mut at.values, n), &mut at.memory)
}

/// Eigenvalues and vectors of a symmetric matrix.
#[inline(never)]
pub fn symmetric_eigen<T: Number>(at: &mut Workspace<T>, n: usize) -> Result<(), Error> {
    let (mut a, mut u) = (MatMut::new(&mut at.a, n, n)?, MatMut::new(&mut at.u, n, n)?);
    symmetric::eigen_in(&mut a, first(&mut at.values, n), &mut u, &mut at.memory)
}

/// Eigenvalues of any matrix.
#[inline(never)]
pub fn eigenvalues<T: Number>(at: &mut Workspace<T>, n: usize) -> Result<(), Error> {
    let mut a = MatMut::new(&mut at.a, n, n)?;
    eigenvalues::eigenvalues_in(&mut a, first(&mut at.values, n), first(&mut at.imaginary, n))
}

/// One sample of a stream into its covariances at lags 0 to the number of delays.
#[inline(never)]
pub fn push<T: Number>(at: &mut Workspace<T>, shape: Shape) -> Result<(), Error> {
    let sample = at.samples.get(..shape.channels).unwrap_or_default();
    at.lags.as_mut().ok_or(Error::Empty)?.push(sample)
}

/// The operator of a recording.
#[inline(never)]
pub fn fit<T: Number>(at: &mut Workspace<T>, shape: Shape) -> Result<(), Error> {
    let samples = first(&mut at.samples, shape.channels * SAMPLES);
    let model =
        settings(shape).fit_in(&[Recording::new(samples, shape.channels)?], &mut at.memory)?;
    at.found = model.operator().at(0, 0);
    Ok(())
}

/// The Procrustes distance of two operators.
#[inline(never)]
pub fn distance<T: Number>(
    at: &mut Workspace<T>,
    rank: usize,
    effort: Effort,
) -> Result<(), Error> {
    let [a, b] = &at.operators;
    let (a, b) = (MatRef::new(a, rank, rank)?, MatRef::new(b, rank, rank)?);
    at.found = Procrustes::new().effort(effort).compare_in(a, b, &mut at.memory)?.distance();
    Ok(())
}

/// The Wasserstein distance of their eigenvalues.
#[inline(never)]
pub fn wasserstein<T: Number>(at: &mut Workspace<T>, rank: usize) -> Result<(), Error> {
    let [a, b] = &at.operators;
    let (a, b) = (MatRef::new(a, rank, rank)?, MatRef::new(b, rank, rank)?);
    at.found = Wasserstein::new().compare_in(a, b, &mut at.memory)?;
    Ok(())
}

/// One sample of a trial into its lag sums.
#[inline(never)]
pub fn lag_push<T: Number>(at: &mut Workspace<T>, shape: Shape) -> Result<(), Error> {
    let sample = at.samples.get(..shape.channels).unwrap_or_default();
    at.sums.as_mut().ok_or(Error::Empty)?.push(sample)
}

/// The operator of lag sums.
#[inline(never)]
pub fn lag_fit<T: Number>(at: &mut Workspace<T>, shape: Shape) -> Result<(), Error> {
    let sums = at.sums.as_ref().ok_or(Error::Empty)?;
    at.found = settings(shape).fit_lag_sums_in(sums, &mut at.memory)?.operator().at(0, 0);
    Ok(())
}

/// The same from the directions of another recording.
#[inline(never)]
pub fn lag_refit<T: Number>(at: &mut Workspace<T>, shape: Shape) -> Result<(), Error> {
    let sums = at.sums.as_ref().ok_or(Error::Empty)?;
    at.found = settings(shape).refit_lag_sums_in(sums, &mut at.memory)?.operator().at(0, 0);
    Ok(())
}

/// The Procrustes distance of two operators in little code.
#[inline(never)]
pub fn plain_distance<T: Number>(at: &mut Workspace<T>, rank: usize) -> Result<(), Error> {
    let [a, b] = &at.operators;
    let (a, b) = (MatRef::new(a, rank, rank)?, MatRef::new(b, rank, rank)?);
    at.found = Procrustes::new().compare_plain_in(a, b, &mut at.memory)?.distance();
    Ok(())
}

/// The Wasserstein distance of their eigenvalues in little code.
#[inline(never)]
pub fn plain_wasserstein<T: Number>(at: &mut Workspace<T>, rank: usize) -> Result<(), Error> {
    let [a, b] = &at.operators;
    let (a, b) = (MatRef::new(a, rank, rank)?, MatRef::new(b, rank, rank)?);
    at.found = Wasserstein::new().compare_plain_in(a, b, &mut at.memory)?;
    Ok(())
}

/// U, S and V of the matrix of order n in little code.
#[inline(never)]
pub fn plain_svd<T: Number>(at: &mut Workspace<T>, n: usize) -> Result<(), Error> {
    let (mut a, mut v) = (MatMut::new(&mut at.a, n, n)?, MatMut::new(&mut at.v, n, n)?);
    plain_svd_in(&mut a, first(&mut at.values, n), &mut v)
}
