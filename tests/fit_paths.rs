//! The operator by its definition, from a singular value decomposition of the whole Hankel matrix,
//! against every path that avoids one; and accumulated statistics against a fit.

use crate::common::process::cast;
use crate::common::{Noise, difference_up_to_signs};
use dynamical_similarity::linalg::svd;
use dynamical_similarity::{
    Centre, Dmd, Embedding, Error, FitPath, Gram, Mat, MatMut, MatRef, Model, Rank, Recording,
    Scalar, Scale, Shape,
};

/// Coupled noisy oscillations, `condition` as large in the first channel as in the others.
pub(crate) fn signal(seed: u64, samples: usize, channels: usize, condition: f64) -> Vec<f64> {
    let mut noise = Noise(seed);
    let mut x = vec![0.0; channels];
    (0..samples)
        .flat_map(|_| {
            let old = x.clone();
            for c in 0..channels {
                let other = old[(c + 1) % channels];
                x[c] = 0.7 * old[c] - 0.25 * other + noise.normal();
            }
            let mut out = x.clone();
            out[0] *= condition;
            out
        })
        .collect()
}

/// A = V₊ᵀ V₋ (V₋ᵀ V₋ + lambda I)⁻¹ by Gauss-Jordan on the left singular vectors of H; with centring, H without
/// the mean of each column, and V₊ and V₋ without theirs.
fn by_definition(trials: &[Recording<'_, f64>], dmd: Dmd, steps: usize, rank: usize) -> Vec<f64> {
    let embedding = dmd.embedding();
    let p = embedding.width(trials[0].channels());
    let counts: Vec<usize> = trials.iter().map(|t| embedding.rows(t.samples())).collect();
    let rows: usize = counts.iter().sum();
    let mut hankel = Mat::zeros(p, rows).unwrap();
    embedding.embed_in(trials, &mut hankel.as_mut()).unwrap();
    let centred = dmd.centre(Centre::Mean) == dmd;
    if centred {
        for entry in 0..p {
            let mean = hankel.as_ref().columns().map(|x| x[entry]).sum::<f64>() / rows as f64;
            hankel.as_mut().columns_mut().for_each(|x| x[entry] -= mean);
        }
    }
    let k = p.min(rows);
    let (mut u, mut v) = (Mat::zeros(p, k).unwrap(), Mat::zeros(rows, k).unwrap());
    let mut s = vec![0.0; k];
    let mut memory = vec![0.0; svd::svd_memory_len(p, rows)];
    svd::svd_in(hankel.as_ref(), &mut u.as_mut(), &mut s, &mut v.as_mut(), &mut memory).unwrap();
    let v = |row: usize, i: usize| v.as_ref().at(row, i);
    let (mut minus, mut lagged) = (vec![0.0; rank * rank], vec![0.0; rank * rank]);
    let (mut before, mut first) = (Vec::new(), 0);
    for count in counts {
        before.extend(first..first + count - steps);
        first += count;
    }
    let mean = |ahead: usize, i: usize| match centred {
        true => before.iter().map(|row| v(row + ahead, i)).sum::<f64>() / before.len() as f64,
        false => 0.0,
    };
    let (earlier, later): (Vec<f64>, Vec<f64>) =
        (0..rank).map(|i| (mean(0, i), mean(steps, i))).unzip();
    for row in before {
        for i in 0..rank {
            for j in 0..rank {
                let x = v(row, j) - earlier[j];
                minus[i * rank + j] += (v(row, i) - earlier[i]) * x;
                lagged[i * rank + j] += (v(row + steps, i) - later[i]) * x;
            }
        }
    }
    (0..rank).for_each(|i| minus[i * rank + i] += 1e-8);
    // X M⁻¹, M symmetric: solve M Y = Xᵀ by Gauss-Jordan with pivoting; column-major result.
    let mut y: Vec<f64> = (0..rank * rank).map(|at| lagged[at % rank * rank + at / rank]).collect();
    for c in 0..rank {
        let pivot = (c..rank)
            .max_by(|a, b| minus[a * rank + c].abs().total_cmp(&minus[b * rank + c].abs()))
            .unwrap();
        for j in 0..rank {
            minus.swap(c * rank + j, pivot * rank + j);
            y.swap(c * rank + j, pivot * rank + j);
        }
        for r in (0..rank).filter(|r| *r != c) {
            let factor = minus[r * rank + c] / minus[c * rank + c];
            for j in 0..rank {
                minus[r * rank + j] -= factor * minus[c * rank + j];
                y[r * rank + j] -= factor * y[c * rank + j];
            }
        }
    }
    // y holds M⁻¹ Xᵀ row-major after division: A = (M⁻¹ Xᵀ)ᵀ, whose column j is row j of y.
    (0..rank * rank)
        .map(|at| y[at / rank * rank + at % rank] / minus[at / rank * rank + at / rank])
        .collect()
}

pub(crate) fn entries(operator: MatRef<'_, f64>) -> Vec<f64> {
    operator.columns().flatten().copied().collect()
}

/// The model on the heap, and the path that is taken in the caller's memory; both are the definition.
fn check(
    trials: &[Vec<f64>],
    channels: usize,
    dmd: Dmd,
    steps: usize,
    rank: usize,
) -> (Model<f64>, FitPath) {
    let recordings: Vec<_> = trials.iter().map(|x| Recording::new(x, channels).unwrap()).collect();
    let [(model, path), (centred, centred_path)] = [Centre::None, Centre::Mean].map(|centre| {
        let dmd = dmd.steps_ahead(steps).rank(Rank::Fixed(rank)).centre(centre);
        let model = dmd.fit(&recordings).unwrap();
        let mut memory = vec![0.0; Dmd::memory_len(dmd.shape(channels))];
        let in_memory = dmd.fit_in(&recordings, &mut memory).unwrap();
        let expected = by_definition(&recordings, dmd, steps, rank);
        for (operator, path) in
            [(model.operator(), model.path()), (in_memory.operator(), in_memory.path())]
        {
            let difference = difference_up_to_signs(&entries(operator), &expected, rank);
            // p eps condition / gap stays below 1e-8 for the conditions (1e6 at most) and gaps used here.
            assert!(difference < 1e-8, "{path:?} {difference:e}");
        }
        let path = in_memory.path();
        (model, path)
    });
    assert_eq!((model.path(), path), (centred.path(), centred_path));
    (model, path)
}

#[test]
fn the_gram_paths_are_the_definition() {
    for (interval, steps) in [(1, 1), (2, 1), (2, 4), (3, 2)] {
        let trials = [signal(1, 200, 2, 1.0), signal(2, 90, 2, 1.0)];
        let (model, path) = check(&trials, 2, Dmd::new().delays(4).interval(interval), steps, 5);
        assert_eq!((model.path(), path), (FitPath::CompensatedGram, FitPath::Gram));
    }
}

#[test]
fn the_qr_path_is_the_definition_also_for_many_steps_ahead() {
    for (interval, steps) in [(1, 1), (2, 3), (1, 60)] {
        let trials = [signal(3, 300, 2, 1e4), signal(4, 150, 2, 1e4)];
        let (model, path) = check(&trials, 2, Dmd::new().delays(4).interval(interval), steps, 6);
        // Windows so many steps apart are not worth compensated sums of the samples between them.
        let on_the_heap = if steps < 60 { FitPath::CompensatedGram } else { FitPath::Qr };
        assert_eq!((model.path(), path), (on_the_heap, FitPath::Qr));
        assert!(model.condition() > 1e3);
    }
}

#[test]
fn fewer_windows_than_entries_are_the_definition_too() {
    for (interval, steps) in [(1, 1), (2, 2)] {
        let trials = [signal(5, 60, 3, 1.0), signal(6, 57, 3, 1.0)];
        let (model, _) = check(&trials, 3, Dmd::new().delays(20).interval(interval), steps, 7);
        let rows = model.as_ref().rows();
        assert!(interval == 1 || rows < 60, "{rows}");
        // All singular values, or those of the rank and the next.
        assert_eq!(model.spectrum().len(), if rows < 60 { rows } else { 8 });
    }
}

#[test]
fn statistics_give_the_operator_of_the_trials_in_any_grouping() {
    let (a, b) = (signal(7, 200, 2, 1.0), signal(8, 120, 2, 1.0));
    let recordings = [&a, &b].map(|x| Recording::new(x, 2).unwrap());
    let dmd = Dmd::new().delays(4).rank(Rank::Fixed(5));
    let whole = dmd.fit(&recordings).unwrap();
    let embedding = Embedding::new(4, 1);
    let length = Gram::<f64>::memory_len(2, embedding);
    let (mut one, mut two) = (vec![0.0; length], vec![0.0; length]);
    let mut one = Gram::new_in(2, embedding, 1, 0.125, &mut one).unwrap();
    let mut two = Gram::new_in(2, embedding, 1, 0.125, &mut two).unwrap();
    one.push_trial(&recordings[1]).unwrap();
    two.push_trial(&recordings[0]).unwrap();
    one.merge(&two).unwrap();
    let mut memory = vec![0.0; Dmd::statistics_memory_len(dmd.shape(2))];
    assert!(dmd.scale(Scale::UnitNorm).fit_statistics_in(&one, &mut memory).is_err());
    let model = dmd.fit_statistics_in(&one, &mut memory).unwrap();
    let difference =
        difference_up_to_signs(&entries(whole.operator()), &entries(model.operator()), 5);
    assert!(difference < 1e-11, "{difference:e}");
    for (x, y) in whole.singular_values().iter().zip(model.singular_values()) {
        assert!((x - y).abs() < 1e-11 * x, "{x} {y}");
    }
    assert_eq!(whole.as_ref().pairs(), model.pairs());
    // What the moments cannot tell is refused, with the rank up to which they can.
    let stiff = signal(9, 300, 2, 1e7);
    let mut memory_stiff = vec![0.0; length];
    let mut gram = Gram::new_in(2, embedding, 1, 1e-7, &mut memory_stiff).unwrap();
    gram.push_trial(&Recording::new(&stiff, 2).unwrap()).unwrap();
    let mut memory = vec![0.0; Dmd::statistics_memory_len(dmd.shape(2))];
    let error = dmd.fit_statistics_in(&gram, &mut memory).unwrap_err();
    assert_eq!(error, Error::RankTooLarge { requested: 5, available: 4 });
}

#[test]
fn memory_lengths_saturate_and_refusals_of_the_allocator_are_errors() {
    let huge = Shape { channels: usize::MAX / 2, delays: 8, rank: usize::MAX };
    assert_eq!(Dmd::memory_len(huge), usize::MAX);
    assert_eq!(svd::svd_memory_len(usize::MAX, usize::MAX), usize::MAX);
    assert!(matches!(Mat::<f64>::zeros(usize::MAX, 2), Err(Error::OutOfMemory { .. })));
    // p = 1 000 000, and as many windows: 40 TB.
    let samples: Vec<f64> = (0..2_000_010).map(|t| f64::from(t % 7)).collect();
    let error = Dmd::new().delays(1_000_000).fit(&[Recording::new(&samples, 1).unwrap()]);
    assert!(matches!(error.unwrap_err(), Error::OutOfMemory { .. }));
    let samples = [1.0, 2.0, 0.5, 3.0, 1.0, 0.0];
    let dmd = Dmd::new().delays(2).rank(Rank::Fixed(2));
    let needed = Dmd::memory_len(dmd.shape(1));
    let mut short = vec![0.0; needed - 1];
    assert_eq!(
        dmd.fit_in(&[Recording::new(&samples, 1).unwrap()], &mut short).unwrap_err(),
        Error::MemoryTooSmall { needed, got: needed - 1 }
    );
}

#[test]
fn what_is_in_the_memory_before_a_fit_does_not_matter() {
    let trials = [signal(10, 200, 2, 1e4)];
    let recordings = [Recording::new(&trials[0], 2).unwrap()];
    for rank in [Rank::Fixed(2), Rank::Fixed(6), Rank::HardThreshold, Rank::Full] {
        for reduced in [false, true] {
            let dmd = Dmd::new().delays(4).rank(rank).reduced_rank(reduced);
            let length = Dmd::memory_len(dmd.shape(2));
            let fits: Vec<Vec<f64>> = [0.0, f64::NAN, -1e300]
                .iter()
                .map(|fill| {
                    let mut memory = vec![*fill; length];
                    entries(dmd.fit_in(&recordings, &mut memory).unwrap().operator())
                })
                .collect();
            assert!(fits.iter().all(|x| *x == fits[0] && !x.is_empty()));
        }
    }
}

#[cfg(feature = "nalgebra")]
#[test]
fn any_contiguous_nalgebra_matrix_is_a_view() {
    let a = nalgebra::SMatrix::<f64, 2, 3>::from_column_slice(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let view = MatRef::try_from(&a).unwrap();
    assert_eq!((view.rows(), view.cols(), view.at(1, 2)), (2, 3, 6.0));
    let column = a.column(1);
    assert_eq!(MatRef::try_from(&column).unwrap().column(0), &[3.0, 4.0]);
    let mut copy = [0.0; 6];
    MatMut::new(&mut copy, 2, 3).unwrap().copy_from(view).unwrap();
    assert_eq!(copy, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

/// Whitened windows are white to eps times the condition of what is kept, whichever path found the directions, and the
/// directions are orthonormal to eps.
#[test]
fn windows_are_white_to_the_condition_by_rows_and_by_qr() {
    for (delays, samples, rank) in [(20, 45, 30), (4, 300, 12)] {
        for condition in [1.0, 1e3, 1e5, 1e8] {
            let signals =
                [signal(31, samples, 3, condition), signal(32, samples - 3, 3, condition)];
            let trials = [0, 1].map(|i| Recording::new(&signals[i], 3).unwrap());
            for centre in [Centre::None, Centre::Mean] {
                let dmd = Dmd::new().delays(delays).rank(Rank::Fixed(rank)).centre(centre);
                let model = dmd.fit(&trials).unwrap();
                let states: Vec<Vec<f64>> = trials
                    .iter()
                    .flat_map(|trial| {
                        let states = model.coordinates(trial).unwrap();
                        states.as_ref().columns().map(<[f64]>::to_vec).collect::<Vec<_>>()
                    })
                    .collect();
                assert_eq!(states.len(), model.as_ref().rows());
                let fewer = states.len() < model.basis().rows();
                assert_eq!(fewer, delays == 20);
                let inner = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
                let columns: Vec<&[f64]> = model.basis().columns().collect();
                // The Gram path keeps half of the digits (condition at most 212).
                let exponent = if model.path() == FitPath::Gram { 2 } else { 1 };
                let white = 1e3 * f64::EPSILON * model.condition().powi(exponent);
                for i in 0..rank {
                    for j in 0..=i {
                        let one = f64::from(u8::from(i == j));
                        let error = (inner(columns[i], columns[j]) - one).abs();
                        assert!(error < 200.0 * f64::EPSILON, "{error:e} {:?}", model.path());
                        let product: f64 = states.iter().map(|z| z[i] * z[j]).sum();
                        let error = (product - one).abs();
                        assert!(error < white, "{error:e} {:e} {fewer}", model.condition());
                    }
                }
            }
        }
    }
}

/// Six noisy oscillations seen by many channels, with noise in each.
pub(crate) fn population(seed: u64, samples: usize, channels: usize) -> Vec<f64> {
    let mut noise = Noise(seed);
    let mixing = Noise(77).normals(12 * channels);
    let mut x = [0.0_f64; 12];
    (0..samples)
        .flat_map(|_| {
            for (k, pair) in x.chunks_mut(2).enumerate() {
                let (sine, cosine) = (0.1 + 0.13 * k as f64).sin_cos();
                let (a, b) = (pair[0], pair[1]);
                pair[0] = 0.98 * (cosine * a - sine * b) + (1.0 + 0.4 * k as f64) * noise.normal();
                pair[1] = 0.98 * (sine * a + cosine * b) + (1.0 + 0.4 * k as f64) * noise.normal();
            }
            let weights = mixing.chunks(12);
            let sample = |w: &[f64]| w.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>();
            weights.map(|w| sample(w) + 0.5 * noise.normal()).collect::<Vec<_>>()
        })
        .collect()
}

/// Few directions of wide windows are found alone, and are those of the other paths.
#[test]
fn few_directions_of_wide_windows_are_those_of_all_of_them() {
    // Fewer windows than entries, and more.
    for (channels, delays, samples) in [(24, 13, 150), (30, 14, 240)] {
        let signals = [population(1, samples, channels), population(2, samples - 9, channels)];
        let trials = [0, 1].map(|i| Recording::new(&signals[i], channels).unwrap());
        for (centre, steps) in [(Centre::None, 1), (Centre::Mean, 3)] {
            let dmd = Dmd::new().delays(delays).rank(Rank::Fixed(12)).centre(centre);
            let dmd = dmd.steps_ahead(steps);
            let wide = dmd.fit(&trials).unwrap();
            assert_eq!(wide.path(), FitPath::Krylov);
            let mut memory = vec![0.0; Dmd::memory_len(dmd.shape(channels))];
            let whole = dmd.fit_in(&trials, &mut memory).unwrap();
            assert_ne!(whole.path(), FitPath::Krylov);
            let (a, b) = (entries(wide.operator()), entries(whole.operator()));
            let difference = difference_up_to_signs(&a, &b, 12);
            assert!(difference < 1e-8, "{difference:e}");
            assert_eq!((wide.spectrum().len(), wide.singular_values().len()), (13, 12));
            for (i, (x, y)) in wide.spectrum().iter().zip(whole.spectrum()).enumerate() {
                let bound = if i < 12 { 1e-11 } else { 0.05 };
                assert!((x - y).abs() < bound * y, "{i}: {x} {y}");
            }
            assert_eq!(
                (wide.as_ref().rows(), wide.as_ref().pairs()),
                (whole.rows(), whole.pairs())
            );
            assert!((wide.residual() - whole.residual()).abs() < 1e-8);
            let intercepts = wide.as_ref().intercept().iter().zip(whole.intercept());
            intercepts.for_each(|(x, y)| assert!((x.abs() - y.abs()).abs() < 1e-8, "{x} {y}"));
            // In single precision the same operator, to its accuracy.
            let singles =
                signals.each_ref().map(|x| x.iter().map(|x| *x as f32).collect::<Vec<_>>());
            let trials = [0, 1].map(|i| Recording::new(&singles[i], channels).unwrap());
            let single = dmd.fit(&trials).unwrap();
            let single: Vec<f64> =
                single.operator().columns().flatten().map(|x| f64::from(*x)).collect();
            let difference = difference_up_to_signs(&single, &b, 12);
            assert!(difference < 1e-3, "{difference:e}");
        }
    }
}

/// Where no gap follows the rank, the other paths do the fit.
#[test]
fn wide_windows_without_a_gap_are_fitted_as_a_whole() {
    // One recording in the first half of the channels, then in the second: every singular value comes twice, and an odd
    // rank cuts a pair.
    let half = population(8, 140, 15);
    let place = |at: usize| -> Vec<f64> {
        half.chunks(15)
            .flat_map(|sample| {
                (0..30).map(move |c| if c / 15 == at { sample[c % 15] } else { 0.0 })
            })
            .collect()
    };
    let signals = [place(0), place(1)];
    let trial = [0, 1].map(|i| Recording::new(&signals[i], 30).unwrap());
    let dmd = Dmd::new().delays(10).rank(Rank::Fixed(13)).centre(Centre::None);
    let model = dmd.fit(&trial).unwrap();
    assert_eq!(model.path(), FitPath::Qr);
    assert_eq!(dmd.rank(Rank::Fixed(12)).fit(&trial).unwrap().path(), FitPath::Krylov);
    let mut memory = vec![0.0; Dmd::memory_len(dmd.shape(30))];
    let whole = dmd.fit_in(&trial, &mut memory).unwrap();
    assert!(model.operator().columns().eq(whole.operator().columns()));
}

/// Recordings whose channels have sizes from 1 to 1/condition, evenly in the exponent; of one recording, or of noise.
fn graded(seed: u64, samples: usize, channels: usize, condition: f64) -> Vec<f64> {
    let mut samples = signal(seed, samples, channels, 1.0);
    for sample in samples.chunks_mut(channels) {
        for (c, x) in sample.iter_mut().enumerate() {
            *x *= condition.powf(-(c as f64) / (channels - 1) as f64);
        }
    }
    samples
}

/// The bound of QR, p eps condition / gap, is met by compensated moments too, and 1e-9 up to a condition of 1e6.
#[test]
fn compensated_moments_are_as_good_as_a_factorisation_up_to_a_million() {
    let mut conditions = Vec::new();
    for exponent in 0..=6 {
        for (seed, channels, delays, interval, steps) in
            [(1, 2, 8, 1, 1), (2, 3, 5, 2, 2), (3, 4, 3, 2, 1), (4, 3, 6, 1, 3)]
        {
            for (centre, scale) in [(Centre::None, Scale::UnitNorm), (Centre::Mean, Scale::None)] {
                let condition = 10.0_f64.powi(exponent);
                let signals = [(seed, 400), (seed + 10, 77), (seed + 20, 230)]
                    .map(|(seed, samples)| graded(seed, samples, channels, condition));
                let trials = signals.each_ref().map(|x| Recording::new(x, channels).unwrap());
                let width = channels * delays;
                for rank in [width / 2, width] {
                    let dmd = Dmd::new().delays(delays).interval(interval).steps_ahead(steps);
                    let dmd = dmd.rank(Rank::Fixed(rank)).centre(centre).scale(scale);
                    let model = dmd.fit(&trials).unwrap();
                    let mut memory = vec![0.0; Dmd::memory_len(dmd.shape(channels))];
                    let whole = dmd.fit_in(&trials, &mut memory).unwrap();
                    let spectrum = whole.spectrum();
                    let gaps = spectrum.windows(2).take(rank).map(|pair| 1.0 - pair[1] / pair[0]);
                    let gap = gaps.fold(1.0, f64::min);
                    let condition = whole.condition();
                    if condition > 1e6 {
                        continue;
                    }
                    assert_eq!(model.path(), FitPath::CompensatedGram, "{condition:e} {gap:e}");
                    conditions.push(condition);
                    let power = if whole.path() == FitPath::Gram { 2 } else { 1 };
                    let bound = width as f64 * f64::EPSILON * condition.powi(power) / gap;
                    let difference = difference_up_to_signs(
                        &entries(model.operator()),
                        &entries(whole.operator()),
                        rank,
                    );
                    let allowed = bound.max(1e-12);
                    assert!(difference < allowed, "{condition:e} {gap:e}: {difference:e}");
                    for (x, y) in model.singular_values().iter().zip(whole.singular_values()) {
                        assert!((x - y).abs() < 1e-9 * y, "{condition:e}: {x} {y}");
                    }
                    assert!((model.residual() - whole.residual()).abs() < 1e-8);
                }
            }
        }
    }
    let largest = conditions.iter().copied().fold(0.0, f64::max);
    assert!(conditions.len() > 80 && largest > 3e5, "{} {largest:e}", conditions.len());
}

/// Whatever there is to say about a recording, it is said as on the other paths.
#[test]
fn recordings_at_the_limits_are_fitted_or_refused_as_in_the_callers_memory() {
    let plain = signal(5, 300, 3, 1.0);
    let each = |change: &dyn Fn(usize, f64) -> f64| -> Vec<f64> {
        plain.iter().enumerate().map(|(at, x)| change(at % 3, *x)).collect()
    };
    let waves: Vec<f64> = (0..300)
        .flat_map(|t| [0.3, 0.7, 0.3].map(|omega: f64| (omega * f64::from(t)).sin()))
        .collect();
    let cases = [
        ("tiny", each(&|_, x| 1e-150 * x)),
        ("huge", each(&|_, x| 1e150 * x)),
        ("tiny and huge", each(&|c, x| [1e150, 1e-150, 1e150][c] * x)),
        ("a constant", each(&|c, x| if c == 1 { 0.1 } else { x })),
        ("a large constant", each(&|c, x| if c == 1 { 1e9 } else { x })),
        ("twice the same", each(&|c, x| if c == 1 { 0.0 } else { x })),
        ("whole numbers", each(&|_, x| (100.0 * x).round())),
        ("an offset", each(&|_, x| 1e4 + x)),
        ("of rank four", waves),
        ("beyond a condition of a million", each(&|c, x| [1.0, 1e-9, 1e-9][c] * x)),
    ];
    for (name, samples) in &cases {
        let trial = [Recording::new(samples, 3).unwrap()];
        for centre in [Centre::None, Centre::Mean] {
            for scale in [Scale::None, Scale::UnitVariance, Scale::UnitNorm] {
                for rank in [2, 4, 9, 15] {
                    let dmd = Dmd::new().delays(5).rank(Rank::Fixed(rank));
                    let dmd = dmd.centre(centre).scale(scale);
                    let mut memory = vec![0.0; Dmd::memory_len(dmd.shape(3))];
                    match (dmd.fit(&trial), dmd.fit_in(&trial, &mut memory)) {
                        (Ok(ours), Ok(whole)) => {
                            let (x, y) = (ours.operator(), whole.operator());
                            // Equal waves have equal singular values, whose directions are arbitrary.
                            let (x, y) = (x.frobenius_norm(), y.frobenius_norm());
                            let what = format!("{name} {centre:?} {scale:?} {rank}");
                            assert!((x - y).abs() < 1e-8 * y, "{what}: {x} {y}");
                        }
                        (ours, whole) => {
                            assert_eq!(ours.map(|_| ()), whole.map(|_| ()), "{name} {rank}");
                        }
                    }
                }
            }
        }
    }
}

/// Without a ridge nothing determines an operator along directions that the earlier windows of all pairs lack: there are
/// fewer pairs than directions, or a direction that only the last window has. What is left of the moments there is
/// rounding, which an offset changes.
#[test]
fn directions_without_evidence_are_refused_without_a_ridge() {
    fn refused<T: Scalar>(samples: &[f64], channels: usize, dmd: Dmd) {
        let samples: Vec<T> = cast(samples);
        let recording = [Recording::new(&samples, channels).unwrap()];
        let fitted = dmd.ridge(0.0).fit(&recording).map(|model| model.path());
        if fitted != Err(Error::Singular) {
            eprintln!("X {fitted:?} {channels} {} {}", samples[0].into(), size_of::<T>());
        }
        assert!(dmd.ridge(0.1).fit(&recording).is_ok(), "{dmd:?}");
    }
    let mut noise = Noise(77);
    for case in 0..300 {
        let (channels, delays, steps) = (1 + case % 3, 1 + case / 3 % 4, 1 + case / 12 % 3);
        let offset = [0.0, 1.0, 100.0][case % 3];
        let mut sample = || noise.normal() + offset;
        let dmd = Dmd::new().delays(delays).steps_ahead(steps).scale(Scale::None);
        let rank = 1 + case % (channels * delays);
        for (centre, pairs) in [(Centre::None, rank - 1), (Centre::Mean, rank)] {
            // One window more than directions, or the least singular value is rounding, too.
            if pairs == 0 || pairs + steps < rank + 2 {
                continue;
            }
            let samples: Vec<f64> =
                (0..(pairs + steps + delays - 1) * channels).map(|_| sample()).collect();
            let dmd = dmd.centre(centre).rank(Rank::Fixed(rank));
            refused::<f64>(&samples, channels, dmd);
            refused::<f32>(&samples, channels, dmd);
        }
        let mut ends: Vec<f64> = (0..(60 + case) * channels).map(|_| sample()).collect();
        ends.iter_mut().step_by(channels).for_each(|x| *x = offset);
        let last = ends.len() - channels;
        ends[last] += 10.0;
        let dmd = dmd.delays(1).centre(Centre::Mean).rank(Rank::Full);
        refused::<f64>(&ends, channels, dmd);
        refused::<f32>(&ends, channels, dmd);
    }
}
