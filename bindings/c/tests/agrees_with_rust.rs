//! The functions for C give the same bits as the library, in both scalars.

use core::ptr::null_mut;
use dynamical_similarity::{
    Centre, Dmd, Effort, FitPath, MatRef, Metric, Procrustes, Rank, Recording, Scale, Shape,
    UnequalRanks, Wasserstein, WassersteinOrder,
};
use dynamical_similarity_c::*;

/// Two channels that repeat only after a long time; unlike for every seed.
fn samples(seed: u32, count: usize) -> impl Iterator<Item = f64> {
    (0..2 * count as u32).map(move |i| {
        let wheel = (i * (seed + 3) + i / 7) % 23;
        f64::from(wheel) - 11.0 + 0.01 * f64::from((i * i) % (17 + seed))
    })
}

/// The settings of the library that those of C stand for.
fn plain(settings: &ds_dmd_t) -> Dmd {
    let rank = match settings.rank {
        DS_RANK_FULL => Rank::Full,
        rank => Rank::Fixed(rank),
    };
    Dmd::new()
        .delays(settings.delays)
        .interval(settings.interval)
        .steps_ahead(settings.steps_ahead)
        .rank(rank)
        .ridge(settings.ridge)
        .centre([Centre::None, Centre::Mean][settings.centre as usize])
        .scale([Scale::None, Scale::UnitVariance, Scale::UnitNorm][settings.scale as usize])
}

macro_rules! agreement {
    ($name:ident, $scalar:ty, $model:ident, $recording:ident, $matrix:ident, $comparison:ident,
     $fit:ident, $distance:ident, $wasserstein:ident) => {
        #[test]
        fn $name() {
            let trials: Vec<Vec<$scalar>> = [(1, 150), (2, 90), (3, 150)]
                .map(|(seed, count)| samples(seed, count).map(|x| x as $scalar).collect())
                .to_vec();
            let mut operators = Vec::new();
            for chosen in [&trials[..1], &trials[1..2], &trials[..]] {
                for (rank, centre, scale) in [
                    (5, DS_CENTRE_NONE, DS_SCALE_NONE),
                    (4, DS_CENTRE_MEAN, DS_SCALE_UNIT_VARIANCE),
                    (DS_RANK_FULL, DS_CENTRE_MEAN, DS_SCALE_UNIT_NORM),
                ] {
                    let settings = ds_dmd_t {
                        delays: 4,
                        interval: 2,
                        steps_ahead: 1,
                        rank,
                        ridge: 1e-6,
                        centre,
                        scale,
                    };
                    operators.push(fitted(&settings, chosen));
                }
            }
            for pair in operators.windows(2) {
                compared(&pair[0], &pair[1]);
            }
        }

        /// The operator, the same from both.
        fn fitted(settings: &ds_dmd_t, chosen: &[Vec<$scalar>]) -> Vec<$scalar> {
            let dmd = plain(settings);
            let recordings: Vec<_> = chosen.iter().map(|x| Recording::new(x, 2).unwrap()).collect();
            let mut memory = vec![<$scalar>::NAN; Dmd::memory_len(dmd.shape(2))];
            let expected = dmd.fit_in(&recordings, &mut memory).unwrap();

            let shape = ds_shape_t { channels: 2, delays: settings.delays, rank: settings.rank };
            let handed: Vec<_> = chosen
                .iter()
                .map(|x| $recording { samples: x.as_ptr(), count: x.len() / 2, channels: 2 })
                .collect();
            let mut room = vec![<$scalar>::NAN; ds_fit_memory_len(shape)];
            let mut model = core::mem::MaybeUninit::<$model>::uninit();
            // SAFETY: every pointer leads to as many values as its length says.
            let model = unsafe {
                let status = $fit(
                    settings,
                    handed.as_ptr(),
                    handed.len(),
                    room.as_mut_ptr(),
                    room.len(),
                    model.as_mut_ptr(),
                    null_mut(),
                );
                assert_eq!(status, ds_status_t::DS_OK);
                model.assume_init()
            };
            same_entries(&model.operator_matrix, expected.operator());
            same_entries(&model.basis, expected.basis());
            let spectrum = expected.spectrum();
            let handed = $matrix { entries: model.spectrum, rows: model.spectrum_len, columns: 1 };
            same_entries(&handed, MatRef::new(spectrum, spectrum.len(), 1).unwrap());
            assert_eq!(model.singular_values, model.spectrum);
            assert_eq!(
                (model.condition, model.residual, model.rank, model.rows, model.pairs),
                (
                    expected.condition(),
                    expected.residual(),
                    expected.rank(),
                    expected.rows(),
                    expected.pairs()
                )
            );
            let path = if expected.path() == FitPath::Gram { DS_PATH_GRAM } else { DS_PATH_QR };
            assert_eq!(model.path, path);
            let few = model.warnings.flags & DS_WARNING_FEW_ROWS != 0;
            assert_eq!(few, expected.warnings().few_rows);
            expected.operator().columns().flatten().copied().collect()
        }

        fn same_entries(handed: &$matrix, expected: MatRef<'_, $scalar>) {
            assert_eq!((handed.rows, handed.columns), (expected.rows(), expected.cols()));
            // SAFETY: the matrix lies in memory that the caller keeps.
            let entries = unsafe {
                core::slice::from_raw_parts(handed.entries, handed.rows * handed.columns)
            };
            let expected = expected.columns().flatten();
            assert!(entries.iter().zip(expected).all(|(x, y)| x.to_bits() == y.to_bits()));
        }

        fn compared(a: &[$scalar], b: &[$scalar]) {
            let order = |x: &[$scalar]| x.len().isqrt();
            let (left, right) = (order(a), order(b));
            let handed = [(a, left), (b, right)].map(|(x, n)| $matrix {
                entries: x.as_ptr(),
                rows: n,
                columns: n,
            });
            let [first, second] = &handed;
            let a = MatRef::new(a, left, left).unwrap();
            let b = MatRef::new(b, right, right).unwrap();
            let metrics = [Metric::Angular, Metric::Chordal, Metric::Frobenius];
            let efforts = [Effort::Fast, Effort::Default, Effort::Thorough];
            for (metric, effort) in (0..3).flat_map(|m| (0..3).map(move |e| (m, e))) {
                let solver = Procrustes::new()
                    .metric(metrics[metric as usize])
                    .effort(efforts[effort as usize])
                    .unequal_ranks(UnequalRanks::Pad);
                let mut memory = vec![<$scalar>::NAN; solver.memory_len(left.max(right))];
                let expected = solver.compare_in(a, b, &mut memory).unwrap();
                let settings =
                    ds_procrustes_t { metric, effort, unequal_ranks: DS_UNEQUAL_RANKS_PAD };
                let mut room =
                    vec![<$scalar>::NAN; ds_distance_memory_len(left.max(right), effort)];
                let mut found = core::mem::MaybeUninit::<$comparison>::uninit();
                // SAFETY: every pointer leads to as many values as its length says.
                let found = unsafe {
                    let status = $distance(
                        &settings,
                        first,
                        second,
                        room.as_mut_ptr(),
                        room.len(),
                        found.as_mut_ptr(),
                        null_mut(),
                    );
                    assert_eq!(status, ds_status_t::DS_OK);
                    found.assume_init()
                };
                assert_eq!(
                    (found.distance, found.lower_bound, found.cosine, found.norm_ratio),
                    (
                        expected.distance(),
                        expected.lower_bound(),
                        expected.cosine(),
                        expected.norm_ratio()
                    )
                );
                assert_eq!(
                    (found.evaluations, found.certified),
                    (expected.evaluations(), expected.is_certified())
                );
                same_entries(&found.transform, expected.transform());
            }
            spectra(&handed, a, b);
        }

        fn spectra([first, second]: &[$matrix; 2], a: MatRef<'_, $scalar>, b: MatRef<'_, $scalar>) {
            let (left, right) = (a.rows(), b.rows());
            let orders =
                [WassersteinOrder::Two, WassersteinOrder::One, WassersteinOrder::TwoSquared];
            let rules = [UnequalRanks::Error, UnequalRanks::Pad, UnequalRanks::Transport];
            for (order, unequal_ranks) in (0..3).flat_map(|o| (0..3).map(move |u| (o, u))) {
                let solver = Wasserstein::new()
                    .order(orders[order as usize])
                    .unequal_ranks(rules[unequal_ranks as usize]);
                let mut memory = vec![<$scalar>::NAN; solver.memory_len(left, right)];
                let expected = solver.compare_in(a, b, &mut memory);
                let settings = ds_wasserstein_t { order, unequal_ranks };
                let mut room =
                    vec![<$scalar>::NAN; ds_wasserstein_memory_len(left, right, unequal_ranks)];
                let mut found = -1.0;
                // SAFETY: every pointer leads to as many values as its length says.
                let status = unsafe {
                    $wasserstein(
                        &settings,
                        first,
                        second,
                        room.as_mut_ptr(),
                        room.len(),
                        &mut found,
                        null_mut(),
                    )
                };
                match expected {
                    Ok(expected) => assert_eq!((status, found), (ds_status_t::DS_OK, expected)),
                    Err(_) => assert_eq!((status, found), (ds_status_t::DS_RANK_MISMATCH, -1.0)),
                }
            }
        }
    };
}

mod single {
    use super::*;
    agreement!(
        the_same_bits_in_f32,
        f32,
        ds_model_f32_t,
        ds_recording_f32_t,
        ds_matrix_f32_t,
        ds_comparison_f32_t,
        ds_fit_f32,
        ds_distance_f32,
        ds_wasserstein_f32
    );
}

mod double {
    use super::*;
    agreement!(
        the_same_bits_in_f64,
        f64,
        ds_model_f64_t,
        ds_recording_f64_t,
        ds_matrix_f64_t,
        ds_comparison_f64_t,
        ds_fit_f64,
        ds_distance_f64,
        ds_wasserstein_f64
    );
}

#[test]
fn defaults_are_those_of_the_library() {
    let defaults = ds_dmd_default();
    let plain = Dmd::new().delays(3);
    let same = plain
        .interval(defaults.interval)
        .steps_ahead(defaults.steps_ahead)
        .rank(Rank::Full)
        .ridge(defaults.ridge);
    assert_eq!(plain, same);
    assert_eq!((defaults.rank, defaults.scale), (DS_RANK_FULL, DS_SCALE_NONE));
    // The mean is subtracted unless it is said otherwise.
    assert_eq!(defaults.centre, DS_CENTRE_MEAN);
    assert_eq!(plain, plain.centre(Centre::Mean));
    let shape = ds_shape_t { channels: 3, delays: 4, rank: 5 };
    let expected = Dmd::memory_len(Shape { channels: 3, delays: 4, rank: 5 });
    assert_eq!(ds_fit_memory_len(shape), expected);
}
