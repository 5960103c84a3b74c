//! The small doors, each with what it needs and nothing else: an image that calls one of them shows what it costs alone.

use crate::Sink;
use dynamical_similarity::linalg::plain_jacobi::plain_svd_in;
use dynamical_similarity::{
    Dmd, Error, LagSums, MatMut, MatRef, Procrustes, Rank, Shape, Wasserstein,
};

/// The shape of the fit.
const SHAPE: Shape = Shape { channels: 8, delays: 10, rank: 6 };
/// Samples that are pushed.
const SAMPLES: usize = 500;

/// Two damped rotations and noise, in f32 throughout: no soft float is linked for it.
struct Source {
    state: [f32; 4],
    random: u32,
}

impl Source {
    const fn new(seed: u32) -> Self {
        Self { state: [0.0; 4], random: seed }
    }

    /// A number in [-1, 1).
    fn noise(&mut self) -> f32 {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.random >> 16) as f32 / 32_768.0 - 1.0
    }

    /// A sample in which channel c sees the rotations in turn.
    fn sample(&mut self) -> [f32; 8] {
        let [x, y, u, v] = self.state;
        self.state = [0.96 * x - 0.2 * y, 0.2 * x + 0.96 * y, 0.8 * u - 0.5 * v, 0.5 * u + 0.8 * v];
        for i in 0..4 {
            let noise = self.noise();
            if let Some(x) = self.state.get_mut(i) {
                *x += noise;
            }
        }
        let [x, y, u, v] = self.state;
        let mut sample = [x, y, u, v, x + u, y - v, x - v, 0.5 * y];
        sample.iter_mut().for_each(|x| *x += 0.3 * self.noise());
        sample
    }
}

fn print(sink: &mut impl Sink, words: &[f32]) {
    words.iter().for_each(|x| sink.word(x.to_bits()));
}

/// What the others are compared with: the source, and printing.
///
/// # Errors
/// None: an error is a failure of the suite. So for all that follow.
pub fn nothing(sink: &mut impl Sink) -> Result<(), Error> {
    let (mut source, mut sums) = (Source::new(1), [0.0; 8]);
    for _ in 0..SAMPLES {
        sums.iter_mut().zip(source.sample()).for_each(|(sum, x)| *sum += x);
    }
    print(sink, &sums);
    Ok(())
}

/// Samples into sums, and their operator.
pub fn fit(sink: &mut impl Sink) -> Result<(), Error> {
    const SUMS: usize = LagSums::<f32, ()>::memory_len(8, 10, 1);
    const DMD: Dmd = Dmd::new().delays(10).rank(Rank::Fixed(6));
    let mut source = Source::new(1);
    let mut sums = LagSums::new_in(8, 10, 1, &[0.0; 8], [0.0_f32; SUMS])?;
    for _ in 0..SAMPLES {
        sums.push(&source.sample())?;
    }
    let mut memory = [0.0; Dmd::lag_sums_memory_len(SHAPE)];
    let model = DMD.fit_lag_sums_in(&sums, &mut memory)?;
    model.operator().columns().for_each(|column| print(sink, column));
    print(sink, model.singular_values());
    Ok(())
}

/// Order of the operators that are compared alone.
const ORDER: usize = 10;
type Operator = [f32; ORDER * ORDER];

fn operators() -> [Operator; 2] {
    let mut source = Source::new(2);
    [[(); ORDER * ORDER]; 2].map(|entries| entries.map(|()| source.noise()))
}

/// The Procrustes distance of two operators.
pub fn distance(sink: &mut impl Sink) -> Result<(), Error> {
    const SOLVER: Procrustes = Procrustes::new();
    let [a, b] = operators();
    let (a, b) = (MatRef::new(&a, ORDER, ORDER)?, MatRef::new(&b, ORDER, ORDER)?);
    let mut memory = [0.0; SOLVER.plain_memory_len(ORDER)];
    let found = SOLVER.compare_plain_in(a, b, &mut memory)?;
    print(sink, &[found.distance(), found.lower_bound()]);
    Ok(())
}

/// The Wasserstein distance of their eigenvalues.
pub fn wasserstein(sink: &mut impl Sink) -> Result<(), Error> {
    const W2: Wasserstein = Wasserstein::new();
    let [a, b] = operators();
    let (a, b) = (MatRef::new(&a, ORDER, ORDER)?, MatRef::new(&b, ORDER, ORDER)?);
    let mut memory = [0.0; W2.plain_memory_len(ORDER)];
    print(sink, &[W2.compare_plain_in(a, b, &mut memory)?]);
    Ok(())
}

/// A singular value decomposition.
pub fn svd(sink: &mut impl Sink) -> Result<(), Error> {
    let [mut a, mut v] = operators();
    let mut values = [0.0; ORDER];
    let mut v = MatMut::new(&mut v, ORDER, ORDER)?;
    plain_svd_in(&mut MatMut::new(&mut a, ORDER, ORDER)?, &mut values, &mut v)?;
    print(sink, &values);
    Ok(())
}

/// A fit and both distances.
pub fn all(sink: &mut impl Sink) -> Result<(), Error> {
    fit(sink)?;
    distance(sink)?;
    wasserstein(sink)
}
