//! Predictions and lag covariances in C give the same bits as the library, in both scalars.

use core::mem::MaybeUninit;
use core::ptr::null_mut;
use dynamical_similarity::{Dmd, Error, Horizon, LagCovariance, Rank, Recording};
use dynamical_similarity_c::ds_status_t::*;
use dynamical_similarity_c::*;

const N: usize = 2;

/// Two channels that repeat only after a long time.
fn samples(seed: u32, count: usize) -> impl Iterator<Item = f64> {
    (0..(N * count) as u32).map(move |i| {
        let wheel = (i * (seed + 3) + i / 7) % 23;
        f64::from(wheel) - 11.0 + 0.01 * f64::from((i * i) % (17 + seed))
    })
}

macro_rules! agreement {
    ($scalar:ty, $model:ident, $recording:ident, $errors:ident, $lags:ident, $fit:ident,
     $memory_len:ident, $first:ident, $predict:ident, $prediction_errors:ident,
     $begin:ident, $push:ident, $push_missing:ident, $pairs:ident, $covariance:ident, $mean:ident,
     $merge:ident, $forget:ident, $clear:ident) => {
        use super::*;

        fn bits(values: &[$scalar]) -> Vec<u64> {
            values.iter().map(|x| x.to_bits().into()).collect()
        }

        #[test]
        fn predictions_are_the_same() {
            let trials: Vec<Vec<$scalar>> = [(1, 150), (2, 90)]
                .map(|(seed, count)| samples(seed, count).map(|x| x as $scalar).collect())
                .to_vec();
            let plain: Vec<_> = trials.iter().map(|x| Recording::new(x, N).unwrap()).collect();
            let handed: Vec<_> = trials
                .iter()
                .map(|x| $recording { samples: x.as_ptr(), count: x.len() / N, channels: N })
                .collect();
            for (rank, steps_ahead) in [(4, 1), (DS_RANK_FULL, 2)] {
                let rule = if rank == DS_RANK_FULL { Rank::Full } else { Rank::Fixed(rank) };
                let dmd = Dmd::new().delays(4).rank(rule).steps_ahead(steps_ahead);
                let mut memory = vec![0.0; Dmd::memory_len(dmd.shape(N))];
                let expected = dmd.fit_in(&plain, &mut memory).unwrap();
                let settings = ds_dmd_t { delays: 4, rank, steps_ahead, ..ds_dmd_default() };
                let shape = ds_shape_t { channels: N, delays: 4, rank };
                let mut room = vec![<$scalar>::NAN; ds_fit_memory_len(shape)];
                let mut model = MaybeUninit::<$model>::uninit();
                let (trials, count) = (handed.as_ptr(), handed.len());
                // SAFETY: every pointer leads to as many values as its length says.
                let model = unsafe {
                    let (at, length) = (room.as_mut_ptr(), room.len());
                    let to = model.as_mut_ptr();
                    assert_eq!($fit(&settings, trials, count, at, length, to, null_mut()), DS_OK);
                    model.assume_init()
                };
                let mut length = 0;
                // SAFETY: as above.
                assert_eq!(unsafe { $memory_len(&model, &mut length, null_mut()) }, DS_OK);
                assert_eq!(length, expected.prediction_memory_len());
                for steps in [DS_HORIZON_FREE, 1, 3] {
                    let horizon = if steps == DS_HORIZON_FREE {
                        Horizon::Free
                    } else {
                        Horizon::Steps(steps)
                    };
                    let mut first = 0;
                    // SAFETY: as above.
                    assert_eq!(unsafe { $first(&model, steps, &mut first, null_mut()) }, DS_OK);
                    assert_eq!(first, expected.first_predicted(horizon));
                    for (trial, handed) in plain.iter().zip(&handed) {
                        let values = (trial.samples() - first) * N;
                        let (mut out, mut predicted) = (vec![0.0; values], vec![1.0; values]);
                        expected
                            .predict_in(trial, horizon, &mut out, &mut vec![0.0; length])
                            .unwrap();
                        let mut memory = vec![<$scalar>::NAN; length];
                        // SAFETY: as above.
                        let status = unsafe {
                            let (to, at) = (predicted.as_mut_ptr(), memory.as_mut_ptr());
                            $predict(&model, steps, handed, to, values, at, length, null_mut())
                        };
                        assert_eq!(status, DS_OK);
                        assert_eq!(bits(&predicted), bits(&out));
                    }
                    let needed = length + 3 * N;
                    let mut memory = vec![<$scalar>::NAN; needed];
                    let plain = expected
                        .prediction_errors_in(&plain, horizon, &mut memory.clone())
                        .unwrap();
                    let mut errors = MaybeUninit::<$errors>::uninit();
                    // SAFETY: as above.
                    let found = unsafe {
                        let (at, to) = (memory.as_mut_ptr(), errors.as_mut_ptr());
                        let status = $prediction_errors(
                            &model,
                            steps,
                            trials,
                            count,
                            at,
                            needed,
                            to,
                            null_mut(),
                        );
                        assert_eq!(status, DS_OK);
                        errors.assume_init()
                    };
                    let of = [
                        found.mean_squared_error,
                        found.r_squared,
                        found.mean_absolute_scaled_error,
                        found.akaike,
                    ];
                    let plain_of = [
                        plain.mean_squared_error,
                        plain.r_squared,
                        plain.mean_absolute_scaled_error,
                        plain.akaike,
                    ];
                    assert_eq!((bits(&of), found.values), (bits(&plain_of), plain.values));
                }
            }
        }

        /// Lag covariances of C and of the library.
        struct Both {
            held: $lags,
            memory: Vec<$scalar>,
            plain: LagCovariance<$scalar, Vec<$scalar>>,
        }

        impl Both {
            fn new(most: usize, shift: [$scalar; N]) -> Self {
                let length = ds_lags_memory_len(N, most);
                let mut memory = vec![<$scalar>::NAN; length];
                let mut held = MaybeUninit::zeroed();
                // SAFETY: as above.
                let held = unsafe {
                    let (to, at) = (held.as_mut_ptr(), memory.as_mut_ptr());
                    assert_eq!($begin(to, most, shift.as_ptr(), N, at, length, null_mut()), DS_OK);
                    held.assume_init()
                };
                let plain = LagCovariance::new_in(N, most, &shift, vec![0.0; length]).unwrap();
                Self { held, memory, plain }
            }

            fn push(&mut self, sample: Option<&[$scalar]>) {
                // SAFETY: as above.
                let status = unsafe {
                    match sample {
                        Some(x) => $push(&mut self.held, x.as_ptr(), N, null_mut()),
                        None => $push_missing(&mut self.held, null_mut()),
                    }
                };
                match sample {
                    Some(x) => self.plain.push(x).unwrap(),
                    None => self.plain.push_missing(),
                }
                assert_eq!(status, DS_OK);
            }

            fn check(&self) {
                let (mut mean, mut plain_mean) = ([1.5; N], [1.5; N]);
                let expected = self.plain.mean_in(&mut plain_mean);
                // SAFETY: as above.
                let status = unsafe { $mean(&self.held, mean.as_mut_ptr(), N, null_mut()) };
                let answer = |result: Result<(), Error>| match result {
                    Ok(()) => DS_OK,
                    Err(Error::Empty) => DS_EMPTY,
                    Err(Error::InvalidSetting { .. }) => DS_INVALID_SETTING,
                    Err(error) => panic!("{error}"),
                };
                assert_eq!((status, bits(&mean)), (answer(expected), bits(&plain_mean)));
                for lag in 0..=self.plain.lags() + 1 {
                    let (mut found, mut plain, mut pairs) = ([2.5; N * N], [2.5; N * N], -1.0);
                    let expected = self.plain.covariance_in(lag, &mut plain);
                    let length = found.len();
                    // SAFETY: as above.
                    let status = unsafe {
                        assert_eq!($pairs(&self.held, lag, &mut pairs, null_mut()), DS_OK);
                        $covariance(&self.held, lag, found.as_mut_ptr(), length, null_mut())
                    };
                    assert_eq!((status, bits(&found)), (answer(expected), bits(&plain)));
                    assert_eq!(pairs, self.plain.pairs(lag));
                }
            }
        }

        #[test]
        fn lag_covariances_are_the_same() {
            let shift = [3.0, -1.0];
            let (mut whole, mut block) = (Both::new(3, shift), Both::new(3, shift));
            whole.check();
            let stream: Vec<$scalar> = samples(5, 200).map(|x| x as $scalar).collect();
            for (t, sample) in stream.chunks(N).enumerate() {
                block.push((t % 17 > 2).then_some(sample));
                if t % 50 == 49 {
                    block.check();
                    // SAFETY: as above.
                    unsafe {
                        assert_eq!($merge(&mut whole.held, &block.held, null_mut()), DS_OK);
                        assert_eq!($clear(&mut block.held, null_mut()), DS_OK);
                        assert_eq!($forget(&mut whole.held, 0.75, null_mut()), DS_OK);
                    }
                    whole.plain.merge(&block.plain).unwrap();
                    block.plain.clear();
                    whole.plain.forget(0.75).unwrap();
                    whole.check();
                    block.check();
                }
            }
            assert_eq!(whole.memory.len(), ds_lags_memory_len(N, 3));
        }
    };
}

mod single {
    agreement!(
        f32,
        ds_model_f32_t,
        ds_recording_f32_t,
        ds_prediction_quality_f32_t,
        ds_lags_f32_t,
        ds_fit_f32,
        ds_prediction_memory_len_f32,
        ds_first_predicted_f32,
        ds_predict_f32,
        ds_prediction_errors_f32,
        ds_lags_begin_f32,
        ds_lags_push_f32,
        ds_lags_push_missing_f32,
        ds_lags_pairs_f32,
        ds_lags_covariance_f32,
        ds_lags_mean_f32,
        ds_lags_merge_f32,
        ds_lags_forget_f32,
        ds_lags_clear_f32
    );
}

mod double {
    agreement!(
        f64,
        ds_model_f64_t,
        ds_recording_f64_t,
        ds_prediction_quality_f64_t,
        ds_lags_f64_t,
        ds_fit_f64,
        ds_prediction_memory_len_f64,
        ds_first_predicted_f64,
        ds_predict_f64,
        ds_prediction_errors_f64,
        ds_lags_begin_f64,
        ds_lags_push_f64,
        ds_lags_push_missing_f64,
        ds_lags_pairs_f64,
        ds_lags_covariance_f64,
        ds_lags_mean_f64,
        ds_lags_merge_f64,
        ds_lags_forget_f64,
        ds_lags_clear_f64
    );
}
