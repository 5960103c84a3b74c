//! The front end of the monitor: averages and projections, unusable samples, storage.

use dynamical_similarity::monitor::{FrontEnd, FrontEndSample};
use dynamical_similarity::{Error, MatRef};
use proptest::prelude::*;

type Front<T> = FrontEnd<T, Vec<T>>;

fn front(mean: &[f64], columns: &[f64], factor: usize) -> Front<f64> {
    let (n, k) = (mean.len(), columns.len() / mean.len());
    let memory = vec![f64::NAN; FrontEnd::<f64, ()>::memory_len(n, k)];
    FrontEnd::new_in(mean, MatRef::new(columns, n, k).unwrap(), factor, memory).unwrap()
}

/// What comes out of a front end, as numbers: `None` for a missing sample.
fn outcome(sample: FrontEndSample<'_, f64>) -> Option<Option<Vec<f64>>> {
    match sample {
        FrontEndSample::Pending => None,
        FrontEndSample::Ready(values) => Some(Some(values.to_vec())),
        FrontEndSample::Missing => Some(None),
    }
}

#[derive(Clone, Debug)]
enum Arrived {
    Whole,
    Missing,
    NotFinite,
    Saturated,
}

fn arrivals() -> impl Strategy<Value = Vec<Arrived>> {
    let one = prop_oneof![
        5 => Just(Arrived::Whole),
        1 => Just(Arrived::Missing),
        1 => Just(Arrived::NotFinite),
        1 => Just(Arrived::Saturated),
    ];
    prop::collection::vec(one, 1..60)
}

proptest! {
    /// y = W mean(x - mean) over the usable samples of each group; groups with fewer than half of them are missing.
    #[test]
    fn groups_are_averaged_and_projected(
        n in 1_usize..9,
        components in 1_usize..9,
        factor in 1_usize..8,
        arrived in arrivals(),
        numbers in prop::collection::vec(-3.0..3.0_f64, 8 + 64 + 60 * 8),
    ) {
        let k = components.min(n);
        let (mean, rest) = numbers.split_at(8);
        let (weights, samples) = rest.split_at(64);
        let (mean, weights) = (&mean[..n], &weights[..n * k]);
        let mut front = front(mean, weights, factor).limits(-10.0, 10.0).unwrap();
        for (group, arrived) in arrived.chunks(factor).enumerate() {
            let (mut sum, mut used) = (vec![0.0; n], 0.0);
            for (at, kind) in arrived.iter().enumerate() {
                let t = group * factor + at;
                let mut sample = samples[t * 8..][..n].to_vec();
                let found = match kind {
                    Arrived::Missing => front.push_missing(),
                    Arrived::Whole => {
                        sum.iter_mut().zip(&sample).for_each(|(to, x)| *to += x);
                        used += 1.0;
                        front.push(&sample).unwrap()
                    }
                    Arrived::NotFinite => {
                        sample[t % n] = [f64::NAN, f64::INFINITY][t % 2];
                        front.push(&sample).unwrap()
                    }
                    Arrived::Saturated => {
                        sample[t % n] = [10.0, -12.0][t % 2];
                        front.push(&sample).unwrap()
                    }
                };
                let found = outcome(found);
                if at + 1 < factor {
                    prop_assert_eq!(found, None);
                } else if 2.0 * used < factor as f64 {
                    prop_assert_eq!(found, Some(None));
                } else {
                    let values = found.flatten().expect("a sample");
                    prop_assert_eq!(values.len(), k);
                    for (y, weights) in values.iter().zip(weights.chunks(n)) {
                        let terms = weights.iter().zip(&sum).zip(mean);
                        let wanted: f64 = terms.map(|((w, s), m)| w * (s / used - m)).sum();
                        prop_assert!((y - wanted).abs() < 1e-13 * 50.0, "{} {}", y, wanted);
                    }
                }
            }
        }
    }
}

/// 96 channels of a converter at 1 kHz, 16 components at 50 Hz.
fn array() -> (Vec<f32>, Vec<f32>, Vec<[i16; 96]>) {
    let noise = |i: usize| ((i * 7_919) % 4_001) as f32 / 4_001.0 - 0.5;
    let mean = (0..96).map(|i| 30.0 * noise(i)).collect();
    let columns = (0..96 * 16).map(|i| noise(3 * i + 1)).collect();
    let sample = |t: usize| core::array::from_fn(|c| (2_000.0 * noise(97 * t + c)) as i16);
    (mean, columns, (0..2_000).map(sample).collect())
}

#[test]
fn counts_give_the_bits_of_numbers_and_a_stored_front_end_those_of_the_first() {
    let (mean, columns, samples) = array();
    let memory = || vec![f32::NAN; FrontEnd::<f32, ()>::memory_len(96, 16)];
    let components = MatRef::new(&columns, 96, 16).unwrap();
    let new = || FrontEnd::new_in(&mean, components, 20, memory()).unwrap();
    let mut numbers = new().limits(-32_768.0, 32_767.0).unwrap();
    let mut words = vec![0; FrontEnd::<f32, ()>::words_len(96, 16) + 3];
    let length = numbers.write(&mut words).unwrap();
    assert_eq!(length, words.len() - 3);
    words[length] = 77;
    let (mut stored, rest) = Front::<f32>::from_words(&words, memory()).unwrap();
    assert_eq!(rest, [77, 0, 0]);
    assert_eq!((stored.channels(), stored.components(), stored.factor()), (96, 16, 20));
    let mut ready = 0;
    for counts in &samples {
        let values = counts.map(f32::from);
        let left = format!("{:?}", numbers.push(&values).unwrap());
        assert_eq!(left, format!("{:?}", stored.push_i16(counts).unwrap()));
        ready += usize::from(left.contains("Ready"));
    }
    assert_eq!(ready, samples.len() / 20);
    // Any flipped bit is found.
    for at in 0..length {
        let mut damaged = words.clone();
        damaged[at] ^= 1 << (at % 32);
        let found = Front::<f32>::from_words(&damaged, memory()).map(|_| ());
        let refused = match found {
            Err(Error::Corrupted { .. }) => at != 1,
            Err(Error::OtherVersion { .. }) => at == 1,
            _ => false,
        };
        assert!(refused, "{at}: {found:?}");
    }
    // Made in double precision, read by a device in single.
    let wide: Vec<f64> = columns.iter().map(|x| f64::from(*x)).collect();
    let wide_mean: Vec<f64> = mean.iter().map(|x| f64::from(*x)).collect();
    let double = front(&wide_mean, &wide, 20).limits(-32_768.0, 32_767.0).unwrap();
    let mut words = vec![0; FrontEnd::<f64, ()>::words_len(96, 16)];
    assert_eq!(double.write(&mut words), Ok(words.len()));
    let (mut rounded, rest) = Front::<f32>::from_words(&words, memory()).unwrap();
    assert!(rest.is_empty());
    let mut numbers = new();
    for counts in &samples {
        let left = format!("{:?}", numbers.push_i16(counts).unwrap());
        assert_eq!(left, format!("{:?}", rounded.push_i16(counts).unwrap()));
    }
}

#[test]
fn refusals_say_what_is_wrong_and_change_nothing() {
    let one = [1.0, 0.0, 0.0, 1.0];
    let build = |mean: &[f64], columns: usize, factor: usize, room: usize| {
        let components = MatRef::new(&one[..2 * columns], 2, columns).unwrap();
        FrontEnd::new_in(mean, components, factor, vec![0.0; room]).map(|_| ())
    };
    assert_eq!(build(&[0.0, 0.0], 2, 1, 10), Ok(()));
    let small = Error::MemoryTooSmall { needed: 10, got: 9 };
    assert_eq!(build(&[0.0, 0.0], 2, 1, 9), Err(small));
    assert!(matches!(build(&[0.0], 2, 1, 10), Err(Error::ShapeMismatch { .. })));
    assert!(matches!(build(&[0.0, 0.0], 2, 0, 10), Err(Error::InvalidSetting { .. })));
    let infinite = build(&[0.0, f64::INFINITY], 2, 1, 10);
    assert_eq!(infinite, Err(Error::NonFiniteEntry { row: 0, column: 1 }));
    let wide = FrontEnd::new_in(&[0.0], MatRef::new(&one[..2], 1, 2).unwrap(), 1, vec![0.0; 20]);
    assert!(matches!(wide, Err(Error::ShapeMismatch { expected: 1, got: 2, .. })));
    for (lowest, highest) in [(1.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
        let found = front(&[0.0, 0.0], &one, 2).limits(lowest, highest);
        assert!(matches!(found, Err(Error::InvalidSetting { .. })));
    }
    let mut kept = front(&[0.0, 0.0], &one, 2);
    kept.push(&[1.0, 2.0]).unwrap();
    let wrong =
        Error::ShapeMismatch { what: "the number of channels of a sample", expected: 2, got: 3 };
    assert_eq!(kept.push(&[1.0; 3]), Err(wrong));
    assert_eq!(kept.push_i16(&[1; 3]), Err(wrong));
    assert_eq!(kept.push(&[3.0, 6.0]), Ok(FrontEndSample::Ready(&[2.0, 4.0])));
    // A result beyond the range of the scalar is a missing sample, not an infinity.
    let mut huge = front(&[0.0, 0.0], &[1.0, 1.0], 1);
    assert_eq!(huge.push(&[f64::MAX / 1.5; 2]), Ok(FrontEndSample::Missing));
    assert_eq!(huge.push(&[1.0, 2.0]), Ok(FrontEndSample::Ready(&[3.0])));
}
