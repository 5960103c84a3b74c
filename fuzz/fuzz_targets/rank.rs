//! Any recording through every rule for the rank and the delays: an answer within its range and finite
//! evidence, the same twice, or a typed error, in both scalars.

use arbitrary::Unstructured;
use dynamical_similarity::{
    Centre, CommonRank, DelayEvidence, DelayRule, Dmd, Error, HeldOut, HeldOutTask, LatentEvidence,
    LatentRank, Model, Rank, RankEvidence, Recording, Scalar, Scale, StateOrder,
};
use crate::{finite, number, numbers, single, size};

/// Settings, and what a cross-validation asks for beside them.
#[derive(Clone, Copy)]
struct Settings {
    dmd: Dmd,
    most: usize,
    steps: usize,
    first: usize,
}

fn latent<T: Scalar>(trials: &[Recording<'_, T>], dmd: &Dmd) {
    let found = LatentEvidence::of(trials, dmd);
    assert_eq!(found, LatentEvidence::of(trials, dmd));
    let Ok(found) = found else { return };
    assert!((1..=9).contains(&found.rank.number()));
    if let LatentRank::Found(rank) = found.rank {
        assert!(found.unexplained[rank - 1] <= 0.02 && rank <= found.energy.len(), "{found:?}");
    }
    assert!(finite(&found.unexplained) && finite(&found.energy) && found.predictable.is_finite());
    assert!(found.energy.iter().all(|e| (0.0..=1.0).contains(e)), "{found:?}");
    assert!(found.unexplained.iter().all(|u| *u > -1e-9 && *u < 1.0 + 1e-9), "{found:?}");
    assert!(found.predictable > 0.0 && found.folds.len() == 5, "{found:?}");
}

fn state_order<T: Scalar>(trials: &[Recording<'_, T>], dmd: &Dmd, width: usize) {
    let found = StateOrder::of(trials, dmd);
    assert_eq!(found, StateOrder::of(trials, dmd));
    let Ok(found) = found else { return };
    assert!((1..=width).contains(&found.order), "{found:?}");
    assert!(finite(&found.squared_correlations) && finite(&found.criterion), "{found:?}");
    assert!(found.squared_correlations.iter().all(|x| (0.0..=1.0).contains(x)), "{found:?}");
}

fn held_out<T: Scalar>(trials: &[Recording<'_, T>], settings: Settings, width: usize) {
    let Settings { dmd, most, steps, first } = settings;
    let longest = HeldOut::most_delays(trials, &dmd, steps);
    let task = HeldOutTask { most, steps, first, most_delays: 0 };
    let found = HeldOut::of_from(trials, &dmd, task);
    assert_eq!(found, HeldOut::of_from(trials, &dmd, task));
    let Ok(found) = found else { return };
    assert!(dmd.embedding().delays() <= longest, "{longest}");
    let ranks = 1..=most.min(width);
    assert!(!found.ranks.is_empty() && found.ranks.len() <= *ranks.end(), "{found:?}");
    for answer in [found.rank(), found.several_steps_rank(), found.akaike_rank()] {
        assert!(ranks.contains(&answer), "{answer} {found:?}");
    }
    for at in &found.ranks {
        let errors = [at.one_step.mean_squared_error, at.several_steps.mean_squared_error];
        let spread = [at.one_step_standard_error, at.several_steps_standard_error];
        assert!(finite(&errors) && finite(&spread) && finite(&[at.non_normality, at.condition]));
    }
}

fn delays<T: Scalar>(trials: &[Recording<'_, T>], dmd: &Dmd, rule: DelayRule) {
    let found = DelayEvidence::of(trials, dmd, rule);
    assert_eq!(found, DelayEvidence::of(trials, dmd, rule));
    let Ok(found) = found else { return };
    assert!((5..=50).contains(&found.delays), "{found:?}");
    for at in &found.tried {
        assert!(finite(&[at.mean_squared_error, at.standard_error]) && at.rank >= 1, "{found:?}");
    }
}

/// The rank of a fit, which is that of the evidence where a rule reads samples.
fn fitted<T: Scalar>(trials: &[Recording<'_, T>], dmd: &Dmd, width: usize) -> Option<usize> {
    let evidence = RankEvidence::of(trials, dmd);
    assert_eq!(evidence, RankEvidence::of(trials, dmd));
    let model = dmd.fit(trials).ok()?;
    assert!((1..=width).contains(&model.rank()));
    // No more directions than there are: one more than all of them is refused with their number.
    let full = dmd.rank(Rank::Full).fit(trials);
    let all = full.as_ref().map_or(width, Model::rank);
    assert!(model.rank() <= all, "{} {all}", model.rank());
    if full.is_ok() && *dmd != dmd.reduced_rank(true) {
        let refused = dmd.rank(Rank::Fixed(all + 1)).fit(trials).map(|model| model.rank());
        assert_eq!(refused, Err(Error::RankTooLarge { requested: all + 1, available: all }));
    }
    assert!(model.operator().columns().all(finite));
    if let Ok(evidence) = evidence {
        let answer = evidence.rank.expect("a fit has a rank, so the rule has an answer");
        assert!(model.rank() == answer.max(2).min(width).min(all));
    }
    Some(model.rank())
}

fn check<T: Scalar>(settings: Settings, trials: &[Vec<T>], channels: usize) {
    let recordings: Result<Vec<_>, _> =
        trials.iter().map(|trial| Recording::new(trial, channels)).collect();
    let Ok(recordings) = recordings else { return };
    let width = settings.dmd.embedding().width(channels);
    latent(&recordings, &settings.dmd);
    state_order(&recordings, &settings.dmd, width);
    held_out(&recordings, settings, width);
    for rule in [DelayRule::Autocorrelation, DelayRule::Prediction] {
        delays(&recordings, &settings.dmd, rule);
    }
    let rules = [
        Rank::Latent,
        Rank::StateOrder,
        Rank::Predictive,
        Rank::HardThreshold,
        Rank::ExplainedVariance(0.9),
        settings.dmd.rank_rule(),
    ];
    let fits = rules.map(|rule| fitted(&recordings, &settings.dmd.rank(rule), width));
    let answers: Vec<usize> = fits.into_iter().flatten().collect();
    let Ok(study) = CommonRank::of(&answers) else { return assert!(answers.is_empty()) };
    assert!(study.rank == 2 || answers.contains(&study.rank));
    assert_eq!(study.histogram.iter().map(|(_, count)| count).sum::<usize>(), answers.len());
    assert!(study.below().is_none_or(|below| below + 1 == study.rank));
}

/// Samples: arbitrary, a pattern of them again and again, or a rotation with a few arbitrary numbers added.
fn samples(
    bytes: &mut Unstructured<'_>,
    count: usize,
    channels: usize,
) -> arbitrary::Result<Vec<f64>> {
    let kind = bytes.arbitrary::<u8>()?;
    let given = numbers(bytes, if kind & 3 == 0 { count } else { count.min(24) })?;
    if given.is_empty() || kind & 3 == 0 {
        return Ok(given);
    }
    let turn = f64::from(kind) / 40.0;
    Ok((0..count)
        .map(|at| {
            let again = given[(at * at / 3 + at) % given.len()];
            let wave = (turn * (at / channels.max(1)) as f64 + (at % channels.max(1)) as f64).sin();
            match kind & 3 {
                1 => given[at % given.len()],
                2 => wave + 1e-3 * again,
                _ => 100.0 * wave + again,
            }
        })
        .collect())
}

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let channels = size(bytes, 3)?;
    let choice = bytes.arbitrary::<u8>()?;
    let dmd = Dmd::new()
        .delays(size(bytes, 6)?)
        .interval(size(bytes, 3)?)
        .steps_ahead(size(bytes, 3)?)
        .rank(match choice & 3 {
            0 => Rank::Full,
            1 => Rank::Threshold(number(bytes)?),
            2 => Rank::ExplainedVariance(number(bytes)?),
            _ => Rank::Fixed(size(bytes, 12)?),
        })
        .ridge(if choice & 4 == 0 { 1e-8 } else { number(bytes)? })
        .reduced_rank(choice & 8 != 0 && choice & 16 != 0)
        .centre(if choice & 32 == 0 { Centre::None } else { Centre::Mean })
        .scale(match choice >> 6 {
            0 => Scale::UnitVariance,
            1 => Scale::UnitNorm,
            _ => Scale::None,
        });
    let (most, steps, first) = (size(bytes, 12)?, size(bytes, 4)?, size(bytes, 9)?);
    let settings = Settings { dmd, most, steps, first };
    // One recording needs ten blocks that each hold a window and its future.
    let count = size(bytes, 6)?;
    let longest = if count < 5 { 240 } else { 40 };
    let trials: Vec<Vec<f64>> = (0..count)
        .map(|_| {
            let length = size(bytes, longest)?;
            samples(bytes, length * channels, channels)
        })
        .collect::<arbitrary::Result<_>>()?;
    check(settings, &trials, channels);
    let trials: Vec<Vec<f32>> = trials.iter().map(|trial| single(trial)).collect();
    check(settings, &trials, channels);
    Ok(())
}

pub fn fuzz_target(data: &[u8]) {
    let _ = run(&mut Unstructured::new(data));
}
