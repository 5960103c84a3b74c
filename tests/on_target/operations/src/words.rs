//! Every part of the library on golden recordings and fixed matrices, word by word.

use crate::input::{LORENZ, RAGGED, SCALAR, fill, read_into};
use crate::{Number, Sink, watch};
use dynamical_similarity::Wasserstein;
use dynamical_similarity::linalg::{assignment, eigenvalues, qr, solve, svd, symmetric, transport};
use dynamical_similarity::monitor::{Calibration, Scores, Window};
use dynamical_similarity::{
    Baseline, DelayEmbedding, Dmd, Effort, Embedding, Error, Gram, Horizon, LagCovariance, MatMut,
    MatRef, Metric, ModelRef, Procrustes, Rank, Recording, Shape, UnequalRanks,
};

/// Scalars that the largest operation works in.
const ROOM: usize = 24_000;

/// Prints results of one scalar under the names of their operations.
struct Printer<'s, S> {
    sink: &'s mut S,
    scalar: &'static str,
}

impl<S: Sink> Printer<'_, S> {
    fn operation(&mut self, name: &str) {
        self.sink.operation(name, self.scalar);
    }

    /// As f64, which holds every f32: two words, the high one first.
    fn number<T: Number>(&mut self, x: T) {
        self.sink.long(Into::<f64>::into(x).to_bits());
    }

    fn numbers<T: Number>(&mut self, x: &[T]) {
        x.iter().for_each(|x| self.number(*x));
    }

    fn matrix<T: Number>(&mut self, a: MatRef<'_, T>) {
        a.columns().for_each(|column| self.numbers(column));
    }

    fn model<T: Number>(&mut self, model: &ModelRef<'_, T>) {
        self.matrix(model.operator());
        self.numbers(model.singular_values());
        self.matrix(model.basis());
        self.sink.word(model.path() as u32);
        self.sink.word(model.pairs() as u32);
    }
}

/// All operations in both scalars.
///
/// # Errors
/// None: an error is a failure of the suite.
pub fn all(sink: &mut impl Sink) -> Result<(), Error> {
    scalar::<f32, _>(&mut Printer { sink, scalar: "f32" })?;
    scalar::<f64, _>(&mut Printer { sink, scalar: "f64" })
}

/// The small golden recording alone, in little memory: a fit in `f32` and the distance of its halves.
///
/// # Errors
/// None: an error is a failure of the suite.
pub fn small(sink: &mut impl Sink) -> Result<(), Error> {
    let mut out = Printer { sink, scalar: "f32" };
    const DMD: Dmd = Dmd::new().delays(6);
    const MODEL: usize = Dmd::memory_len(DMD.shape(1));
    const SOLVER: Procrustes = Procrustes::new().effort(Effort::Fast);
    let mut samples = [0.0_f32; 600];
    read_into(SCALAR, &mut samples);
    let (mut memory, mut operators) = ([0.0; MODEL], [[0.0; 36]; 2]);
    out.operation("fit a scalar autoregression, 6 delays");
    out.model(&DMD.fit_in(&[Recording::new(&samples, 1)?], &mut memory)?);
    let (first, last) = samples.split_at_checked(300).unwrap_or_default();
    for (half, operator) in [first, last].into_iter().zip(&mut operators) {
        let model = DMD.fit_in(&[Recording::new(half, 1)?], &mut memory)?;
        MatMut::new(operator, 6, 6)?.copy_from(model.operator())?;
    }
    out.operation("the distance of its halves");
    let [a, b] = &operators;
    let mut memory = [0.0; SOLVER.memory_len(6)];
    let found = SOLVER.compare_in(MatRef::new(a, 6, 6)?, MatRef::new(b, 6, 6)?, &mut memory)?;
    out.numbers(&[found.distance(), found.lower_bound()]);
    Ok(())
}

fn scalar<T: Number, S: Sink>(out: &mut Printer<'_, S>) -> Result<(), Error> {
    let mut memory = [T::default(); ROOM];
    decompositions(out, &mut memory)?;
    matchings(out, &mut memory)?;
    recordings(out, &mut memory)?;
    streams(out, &mut memory)?;
    monitors(out, &mut memory)?;
    distances(out, &mut memory)?;
    refusals(out, &mut memory)
}

fn decompositions<T: Number, S: Sink>(
    out: &mut Printer<'_, S>,
    memory: &mut [T],
) -> Result<(), Error> {
    for (m, n) in [(1, 1), (4, 4), (8, 8), (16, 16), (12, 5), (5, 12)] {
        let (mut entries, mut u, mut v, mut s) =
            ([T::default(); 256], [T::default(); 256], [T::default(); 256], [T::default(); 16]);
        let k = if m < n { m } else { n };
        fill(&mut entries, 3 + (m * n) as u64);
        let a = MatRef::new(&entries, m, n)?;
        let (mut u, mut v) = (MatMut::new(&mut u, m, k)?, MatMut::new(&mut v, n, k)?);
        let s = s.get_mut(..k).unwrap_or_default();
        out.operation("singular value decomposition");
        svd::svd_in(a, &mut u, s, &mut v, memory)?;
        out.numbers(s);
        out.matrix(u.as_ref());
        out.matrix(v.as_ref());
        svd::values_in(a, s, memory)?;
        out.numbers(s);
    }
    for n in [1, 4, 8, 16] {
        let (mut entries, mut vectors, mut values, mut imaginary) =
            ([T::default(); 256], [T::default(); 256], [T::default(); 16], [T::default(); 16]);
        let values = values.get_mut(..n).unwrap_or_default();
        let imaginary = imaginary.get_mut(..n).unwrap_or_default();
        fill(&mut entries, 17 + n as u64);
        let mut a = MatMut::new(&mut entries, n, n)?;
        out.operation("eigenvalues");
        let mut copy = MatMut::new(&mut vectors, n, n)?;
        copy.copy_from(a.as_ref())?;
        eigenvalues::eigenvalues_in(&mut copy, values, imaginary)?;
        out.numbers(values);
        out.numbers(imaginary);
        a.mirror_lower();
        out.operation("symmetric eigenvalues and vectors");
        let mut vectors = MatMut::new(&mut vectors, n, n)?;
        symmetric::eigen_in(&mut a, values, &mut vectors, memory)?;
        out.numbers(values);
        out.matrix(vectors.as_ref());
        a.copy_from(vectors.as_ref())?;
        symmetric::values_in(&mut a, values, memory)?;
        out.numbers(values);
    }
    factors::<T, S>(out)
}

fn factors<T: Number, S: Sink>(out: &mut Printer<'_, S>) -> Result<(), Error> {
    let (mut entries, mut tau, mut gram) =
        ([T::default(); 60], [T::default(); 5], [T::default(); 25]);
    fill(&mut entries, 5);
    let mut a = MatMut::new(&mut entries, 12, 5)?;
    let mut gram = MatMut::new(&mut gram, 5, 5)?;
    gram.set_product_transposed(a.as_ref(), a.as_ref())?;
    out.operation("QR factors");
    qr::factor_in(&mut a, &mut tau)?;
    out.matrix(a.as_ref());
    out.numbers(&tau);
    out.operation("Cholesky factor and solution");
    let mut right = [T::from(1.0_f32); 5];
    solve::solve_symmetric_in(&mut gram, &mut MatMut::new(&mut right, 5, 1)?)?;
    out.matrix(gram.as_ref());
    out.numbers(&right);
    Ok(())
}

fn matchings<T: Number, S: Sink>(out: &mut Printer<'_, S>, memory: &mut [T]) -> Result<(), Error> {
    let mut cost = [T::default(); 48];
    fill(&mut cost, 9);
    let mut matched = [0_usize; 6];
    out.operation("assignment");
    out.number(assignment::assign_in(MatRef::new(&cost, 6, 6)?, &mut matched, memory)?);
    matched.iter().for_each(|j| out.sink.word(*j as u32));
    out.operation("transport");
    let mut flow = [T::default(); 48];
    let mut flow = MatMut::new(&mut flow, 6, 8)?;
    out.number(transport::transport_in(MatRef::new(&cost, 6, 8)?, &mut flow, memory)?);
    out.matrix(flow.as_ref());
    Ok(())
}

/// Fits on both paths, and predictions.
fn recordings<T: Number, S: Sink>(out: &mut Printer<'_, S>, memory: &mut [T]) -> Result<(), Error> {
    let mut samples = [[T::default(); 900]; 3];
    let [a, b, c] = &mut samples;
    let [x, y, z] = RAGGED;
    let trials = [
        Recording::new(read_into(x, a), 3)?,
        Recording::new(read_into(y, b), 3)?,
        Recording::new(read_into(z, c), 3)?,
    ];
    let plain = Dmd::new().delays(4);
    for dmd in [
        plain,
        plain.rank(Rank::Fixed(3)),
        plain.reduced_rank(true).rank(Rank::ExplainedVariance(0.9)),
    ] {
        out.operation("fit three trials, 4 delays");
        let (kept, scratch) =
            memory.split_at_mut_checked(Dmd::memory_len(dmd.shape(3))).unwrap_or_default();
        let model = dmd.fit_in(&trials, kept)?;
        out.model(&model);
        if dmd == plain {
            out.operation("predict, and the errors of it");
            let trial = trials.first().ok_or(Error::Empty)?;
            let mut predicted = [T::default(); 900];
            let first = model.first_predicted(Horizon::Steps(2));
            let predicted = predicted.get_mut(3 * first..).unwrap_or_default();
            model.predict_in(trial, Horizon::Steps(2), predicted, scratch)?;
            out.numbers(predicted);
            let errors = model.prediction_errors_in(&trials, Horizon::Steps(1), scratch)?;
            out.numbers(&[errors.mean_absolute_scaled_error, errors.akaike]);
            out.operation("eigenvalues of the operator");
            let (mut real, mut imaginary) = ([T::default(); 12], [T::default(); 12]);
            model.eigenvalues_in(&mut real, &mut imaginary, scratch)?;
            out.numbers(&real);
            out.numbers(&imaginary);
        }
    }
    // Its condition sends f32 to the QR path, and f64 too from some rank on.
    let mut samples = [T::default(); 1500];
    let [lorenz, _] = LORENZ;
    read_into(lorenz, &mut samples);
    for rank in [3, 10] {
        out.operation("fit Lorenz, 10 delays");
        out.model(
            &Dmd::new()
                .delays(10)
                .rank(Rank::Fixed(rank))
                .fit_in(&[Recording::new(&samples, 3)?], memory)?,
        );
    }
    Ok(())
}

/// Windows one sample at a time; statistics trial by trial, merged.
fn streams<T: Number, S: Sink>(out: &mut Printer<'_, S>, memory: &mut [T]) -> Result<(), Error> {
    let mut samples = [[T::default(); 360]; 2];
    let [a, b] = &mut samples;
    let [_, x, y] = RAGGED;
    let trials = [Recording::new(read_into(x, a), 3)?, Recording::new(read_into(y, b), 3)?];
    let embedding = Embedding::new(4, 1);
    out.operation("windows of a stream");
    let mut stream = DelayEmbedding::<T, 3, 4>::new(embedding)?;
    let mut window = [T::default(); 12];
    let [trial, _] = &trials;
    for t in 0..trial.samples() {
        stream.push(trial.sample(t))?;
        if stream.window_into(&mut window)? {
            out.numbers(&window);
        }
    }
    out.operation("lag covariances of a stream with a gap");
    const LAGS: usize = LagCovariance::<f32, ()>::memory_len(3, 4);
    let mut lags = LagCovariance::new_in(3, 4, trial.sample(0), [T::default(); LAGS])?;
    for t in 0..trial.samples() {
        if t == 50 { lags.push_missing() } else { lags.push(trial.sample(t))? }
    }
    let mut covariance = [T::default(); 9];
    for lag in 0..=4 {
        lags.covariance_in(lag, &mut covariance)?;
        out.numbers(&covariance);
    }
    out.operation("statistics of two trials, merged, and their operator");
    let length = Gram::<T>::memory_len(3, embedding);
    let (first, rest) = memory.split_at_mut_checked(length).unwrap_or_default();
    let (second, rest) = rest.split_at_mut_checked(length).unwrap_or_default();
    let mut gram = Gram::new_in(3, embedding, 1, T::from(0.25_f32), first)?;
    let mut other = Gram::new_in(3, embedding, 1, T::from(0.25_f32), second)?;
    let [x, y] = &trials;
    gram.push_trial(x)?;
    other.push_trial(y)?;
    gram.merge(&other)?;
    out.matrix(gram.lagged());
    out.model(&Dmd::new().delays(4).fit_statistics_in(&gram, rest)?);
    Ok(())
}

/// Distances of operators of golden recordings: every effort, metric and order on both sides of 8.
fn monitors<T: Number, S: Sink>(out: &mut Printer<'_, S>, memory: &mut [T]) -> Result<(), Error> {
    let (shape, scores) = (Shape { channels: 4, delays: 5, rank: 4 }, Scores::SpectraAndOperator);
    let (calibration, rest) = watch::calibrate::<T>(shape, scores, memory)?;
    out.operation("calibration of a monitor, as words");
    const WORDS: usize = Calibration::<f64, ()>::words_len(
        Shape { channels: 4, delays: 5, rank: 4 },
        Scores::SpectraAndOperator,
    );
    let mut words = [0; WORDS];
    let written = calibration.to_words(&mut words)?;
    words.iter().take(written).for_each(|word| out.sink.word(*word));
    for window in [Window::Blocks(3), Window::Forgetting(0.8)] {
        let mut monitor = watch::monitor(&calibration, window, &mut *rest)?;
        out.operation("reports of a monitor");
        watch::reports(&mut monitor, shape, |report, operator| {
            let readings = [report.dynamics, report.gate, report.noise];
            for reading in readings.into_iter().flatten() {
                out.numbers(&[reading.score, reading.z]);
            }
            out.numbers(&[report.cusum, report.pairs]);
            if let Some(operator) = operator {
                out.matrix(operator);
            }
        })?;
    }
    Ok(())
}

fn distances<T: Number, S: Sink>(out: &mut Printer<'_, S>, memory: &mut [T]) -> Result<(), Error> {
    let mut samples = [[T::default(); 900]; 2];
    for (samples, file) in samples.iter_mut().zip(LORENZ) {
        read_into(file, samples);
    }
    let [x, y] = &samples;
    let trials = [Recording::new(x, 3)?, Recording::new(y, 3)?];
    for rank in [2, 5, 10] {
        let mut operators = [[T::default(); 100]; 2];
        for (trial, operator) in trials.iter().zip(&mut operators) {
            let model = Dmd::new()
                .delays(8)
                .rank(Rank::Fixed(rank))
                .fit_in(core::slice::from_ref(trial), memory)?;
            MatMut::new(operator, rank, rank)?.copy_from(model.operator())?;
        }
        let [a, b] = &operators;
        let (a, b) = (MatRef::new(a, rank, rank)?, MatRef::new(b, rank, rank)?);
        for effort in [Effort::Fast, Effort::Default, Effort::Thorough] {
            out.operation("Procrustes distance");
            let found = Procrustes::new().effort(effort).compare_in(a, b, memory)?;
            out.numbers(&[found.distance(), found.lower_bound(), found.cosine()]);
            out.matrix(found.transform());
            out.sink.word(found.evaluations() as u32);
        }
        out.operation("Wasserstein distance");
        out.number(Wasserstein::new().compare_in(a, b, memory)?);
        let fewer = Procrustes::new().metric(Metric::Frobenius).unequal_ranks(UnequalRanks::Pad);
        let [corner, _] = &operators;
        let smaller = MatRef::new(corner, 1, 1)?;
        out.operation("distances between orders");
        out.number(fewer.effort(Effort::Fast).compare_in(smaller, b, memory)?.distance());
        let transport = Wasserstein::new().unequal_ranks(UnequalRanks::Transport);
        out.number(transport.compare_in(smaller, b, memory)?);
    }
    let [x, y] = trials;
    for baseline in [Baseline::procrustes(), Baseline::cka(), Baseline::svcca()] {
        out.operation("baseline on states");
        out.number(baseline.compare_in(&[x], &[y], memory)?.distance());
    }
    Ok(())
}

/// Bad input: the word is 1 where the refusal is the one expected.
fn refusals<T: Number, S: Sink>(out: &mut Printer<'_, S>, memory: &mut [T]) -> Result<(), Error> {
    let dmd = Dmd::new().delays(3);
    let mut samples = [T::default(); 60];
    out.operation("refusals");
    let constant = dmd.fit_in(&[Recording::new(&samples, 2)?], memory);
    out.sink.word(u32::from(matches!(constant, Err(Error::DegenerateSignal { .. }))));
    fill(&mut samples, 1);
    let short = dmd.fit_in(&[Recording::new(samples.get(..6).unwrap_or_default(), 2)?], memory);
    out.sink.word(u32::from(matches!(short, Err(Error::TooShort { trial: 0, needed: 4, got: 3 }))));
    let little =
        dmd.fit_in(&[Recording::new(&samples, 2)?], memory.get_mut(..9).unwrap_or_default());
    out.sink.word(u32::from(matches!(little, Err(Error::MemoryTooSmall { got: 9, .. }))));
    let much = dmd.rank(Rank::Fixed(7)).fit_in(&[Recording::new(&samples, 2)?], memory);
    out.sink.word(u32::from(matches!(much, Err(Error::RankTooLarge { requested: 7, .. }))));
    let zero = Procrustes::new().compare_in(
        MatRef::new(&[T::default(); 9], 3, 3)?,
        MatRef::new(&samples, 3, 3)?,
        memory,
    );
    out.sink.word(u32::from(matches!(zero, Err(Error::ZeroOperator))));
    if let Some(x) = samples.get_mut(7) {
        *x = T::of(f64::NAN);
    }
    let nan = Recording::new(&samples, 2);
    out.sink
        .word(u32::from(matches!(nan, Err(Error::NonFinite { trial: 0, sample: 3, channel: 1 }))));
    Ok(())
}
