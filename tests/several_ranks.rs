//! Models of several ranks from one decomposition, against a fit for each rank.

use crate::common::{Noise, difference_up_to_signs};
use crate::fit_paths::{entries, population, signal};
use dynamical_similarity::{Centre, Dmd, Error, FitPath, Model, Rank, Recording, Scale};

/// The models of one decomposition, each compared with a fit of its own.
fn check(signals: &[Vec<f64>], channels: usize, dmd: Dmd, ranks: &[usize]) -> Vec<Model<f64>> {
    let trials: Vec<_> = signals.iter().map(|x| Recording::new(x, channels).unwrap()).collect();
    let found = dmd.fit_ranks(&trials, ranks).unwrap();
    assert_eq!(found.len(), ranks.len());
    let models = found.into_iter().zip(ranks).map(|(model, rank)| {
        let (model, alone) = (model.unwrap(), dmd.rank(Rank::Fixed(*rank)).fit(&trials).unwrap());
        assert_eq!(model.settings(), alone.settings());
        assert_eq!((model.rank(), model.warnings()), (alone.rank(), alone.warnings()));
        let order = model.operator().rows();
        let (a, b) = (entries(model.operator()), entries(alone.operator()));
        let difference = difference_up_to_signs(&a, &b, order);
        // p eps condition / gap stays below 1e-8 for the conditions (1e5 at most) and gaps used here.
        assert!(difference < 1e-8, "rank {rank}: {difference:e}");
        assert!((model.residual() - alone.residual()).abs() < 1e-8);
        let values = model.singular_values().iter().zip(alone.singular_values());
        values.for_each(|(x, y)| assert!((x - y).abs() < 1e-7 * y, "rank {rank}: {x} {y}"));
        let (view, other) = (model.as_ref(), alone.as_ref());
        assert_eq!(view.intercept().len(), other.intercept().len());
        let intercepts = view.intercept().iter().zip(other.intercept());
        intercepts.for_each(|(x, y)| assert!((x.abs() - y.abs()).abs() < 1e-8, "{x} {y}"));
        model
    });
    models.collect()
}

#[test]
fn ranks_of_one_decomposition_are_those_of_separate_fits() {
    let settings = |steps, centre| Dmd::new().steps_ahead(steps).centre(centre);
    for (steps, centre) in [(1, Centre::Mean), (3, Centre::None)] {
        let dmd = settings(steps, centre);
        let plain = [signal(1, 200, 2, 1.0), signal(2, 90, 2, 1.0)];
        let models = check(&plain, 2, dmd.delays(4), &[3, 5, 2, 5]);
        assert!(models.iter().all(|model| model.path() == FitPath::Gram));
        // The largest rank decides the path.
        let steep = [signal(3, 300, 2, 1e4), signal(4, 150, 2, 1e4)];
        let models = check(&steep, 2, dmd.delays(4), &[2, 3, 6]);
        assert!(models.iter().all(|model| model.path() == FitPath::Qr));
        // Fewer windows than entries of a window.
        let short = [signal(5, 30, 6, 1.0), signal(6, 25, 6, 1.0)];
        let models = check(&short, 6, dmd.delays(12), &[4, 7]);
        assert!(models.iter().all(|model| model.path() == FitPath::Qr));
        // Scaled channels, and reduced-rank regression, which keeps all directions.
        check(&plain, 2, dmd.delays(4).scale(Scale::UnitVariance), &[1, 4]);
        check(&plain, 2, dmd.delays(4).reduced_rank(true), &[2, 3]);
    }
}

#[test]
fn ranks_of_leading_directions_alone_are_those_of_separate_fits() {
    let signals = [population(1, 150, 24), population(2, 141, 24)];
    let dmd = Dmd::new().delays(13);
    let models = check(&signals, 24, dmd, &[4, 5, 12]);
    for (model, rank) in models.iter().zip([4, 5, 12]) {
        assert_eq!(model.path(), FitPath::Krylov);
        assert_eq!((model.spectrum().len(), model.singular_values().len()), (rank + 1, rank));
    }
}

/// Every singular value comes twice, so that an odd rank cuts a pair. Where it is one of several ranks, all are found from
/// the whole decomposition.
#[test]
fn a_rank_without_a_gap_behind_it_is_not_cut_from_leading_directions() {
    let half = population(8, 140, 15);
    let place = |at: usize| -> Vec<f64> {
        let wide = |sample: &[f64]| -> Vec<f64> {
            (0..30).map(|c| if c / 15 == at { sample[c % 15] } else { 0.0 }).collect()
        };
        half.chunks(15).flat_map(wide).collect()
    };
    let signals = [place(0), place(1)];
    let trials = [0, 1].map(|i| Recording::new(&signals[i], 30).unwrap());
    let dmd = Dmd::new().delays(10).centre(Centre::None);
    let path = |ranks: &[usize]| -> Vec<FitPath> {
        let found = dmd.fit_ranks(&trials, ranks).unwrap();
        found.into_iter().map(|model| model.unwrap().path()).collect()
    };
    assert_eq!(path(&[10, 12]), [FitPath::Krylov; 2]);
    assert_eq!(path(&[11, 12]), [FitPath::Qr; 2]);
}

#[test]
fn a_rank_that_is_refused_leaves_the_others() {
    // Two sines have four directions.
    let samples: Vec<f64> =
        (0..300).map(|t| (0.3 * f64::from(t)).sin() + (0.8 * f64::from(t)).cos()).collect();
    let trial = [Recording::new(&samples, 1).unwrap()];
    let dmd = Dmd::new().delays(8);
    let found = dmd.fit_ranks(&trial, &[6, 0, 3, 9, 4, 6]).unwrap();
    let rank = |at: usize| found[at].as_ref().map(Model::rank).map_err(|error| *error);
    for (at, requested) in [(0, 6), (3, 9), (5, 6)] {
        assert_eq!(rank(at), Err(Error::RankTooLarge { requested, available: 4 }));
        assert_eq!(
            rank(at),
            dmd.rank(Rank::Fixed(requested)).fit(&trial).map(|model| model.rank())
        );
    }
    assert!(matches!(rank(1), Err(Error::InvalidSetting { .. })));
    assert_eq!((rank(2), rank(4)), (Ok(3), Ok(4)));
    assert!(dmd.fit_ranks(&trial, &[]).unwrap().is_empty());
    // The conventions of dsa-metric cut a rank down.
    let cut = Dmd::dsa_metric().delays(8).fit_ranks(&trial, &[2, 30]).unwrap();
    let cut: Vec<usize> = cut.into_iter().map(|model| model.unwrap().rank()).collect();
    assert_eq!(cut[0], 2);
    assert!(cut[1] >= 4 && cut[1] <= 8);
    // What concerns the recording concerns every rank.
    let short = [Recording::new(&samples[..7], 1).unwrap()];
    let refused = dmd.fit_ranks(&short, &[2, 3]).unwrap();
    assert!(refused.iter().all(|model| matches!(model, Err(Error::TooShort { .. }))));
    let mut noise = Noise(3);
    let white: Vec<f32> = (0..400).map(|_| noise.normal() as f32).collect();
    let single = [Recording::new(&white, 1).unwrap()];
    let found = dmd.fit_ranks(&single, &[2, 8]).unwrap();
    assert!(found.iter().all(Result::is_ok));
}
