"""Analyses as the notebooks of dsa-metric run them, with the import changed."""

from dataclasses import dataclass

import calls
import numpy as np
import pytest
from dynamical_similarity.dsa import (
    DMD,
    DSA,
    DefaultSweeper,
    DMDConfig,
    GeneralizedDSA,
    ResidualComputer,
    SimilarityTransformDist,
    SimilarityTransformDistConfig,
    compute_all_stats,
)
from dynamical_similarity.dsa.stats import mase


def nearest(distances):
    """The nearest other entry of each."""
    return np.argmin(np.where(np.eye(len(distances), dtype=bool), np.inf, distances), axis=1)


@pytest.fixture(scope="module")
def classes():
    """Two kinds of systems, each seen twice in other coordinates, as trials of one length."""
    random = np.random.default_rng(5)
    seen = []
    for seed in (0, 1):
        trials = calls.linear(seed, 150, trials=6)
        for _ in range(2):
            seen.append(trials @ np.linalg.qr(random.normal(size=(4, 4)))[0])
    return seen


@pytest.mark.filterwarnings("ignore:device has no effect", "ignore:iters, lr and eps")
def test_models_of_two_kinds_by_operators_and_by_dsa(classes):
    operators = []
    for trials in classes:
        dmd = DMD(trials, n_delays=5, rank=8, delay_interval=1, device="cuda")
        dmd.fit()
        operators.append(dmd.A_v.numpy())
    comparison = SimilarityTransformDist(device="cpu", iters=2000, lr=1e-3, score_method="wasserstein")
    distances = np.zeros((4, 4))
    for i, a in enumerate(operators):
        for j, b in enumerate(operators):
            distances[i, j] = distances[j, i] = comparison.fit_score(a, b)
    assert list(nearest(distances)) == [1, 0, 3, 2]
    whole = DSA(
        classes,
        n_delays=5,
        rank=8,
        delay_interval=1,
        verbose=True,
        device="cuda",
        iters=1000,
        lr=1e-2,
        score_method="angular",
    ).fit_score()
    assert list(nearest(whole)) == [1, 0, 3, 2]


def test_a_reference_is_compared_with_distorted_versions(classes):
    versions = [classes[0] + amount * classes[0] ** 3 for amount in (0.0, 0.05, 0.5)]
    score = DSA(classes[0], versions, n_delays=3, rank=6, verbose=True, score_method="wasserstein").fit_score()
    assert score.shape == (3,) and score[0] < 1e-20 and score[0] < score[1] < score[2]


def test_clips_of_the_lorenz_system_at_two_parameters():
    clips = [calls.lorenz(rho, start=start) for rho in (28.0, 75.0) for start in ((1.0, 2.0, 20.0), (-5.0, 3.0, 30.0))]
    clips = [(clip - clip.mean(axis=0)) / clip.std(axis=0) for clip in clips]
    dsa = DSA(clips, n_delays=20, rank=6, score_method="wasserstein")
    distances = dsa.fit_score()
    assert (dsa.n_delays[0][0], dsa.rank[0][0]) == (20, 6)
    assert np.array_equal(distances, distances.T) and not distances.diagonal().any()
    assert list(nearest(distances)) == [1, 0, 3, 2]


def test_lorenz_is_predicted_from_four_trials():
    samples = calls.lorenz(28.0, samples=800)
    dmd = DMD(samples.reshape(4, 200, -1), n_delays=30, verbose=True)
    dmd.fit(rank=40)
    predictions = dmd.predict()
    assert predictions.shape == dmd.data.shape == (4, 200, 3)
    start = (dmd.n_delays - 1) * dmd.delay_interval + 1
    assert np.array_equal(predictions[:, :start], dmd.data[:, :start])
    stats = compute_all_stats(dmd.data[:, start:], predictions[:, start:], rank=dmd.rank, norm=True)
    assert stats["MASE"] < 0.1 and stats["R2"] > 0.999
    held_out = calls.lorenz(28.0, start=(-5.0, 3.0, 30.0)).reshape(2, 100, -1)
    assert mase(held_out[:, start:], dmd.predict(held_out)[:, start:]) < 0.2


def test_settings_as_data_classes_and_as_dicts(classes):
    pair = [classes[0], classes[2]]
    by_class = GeneralizedDSA(
        pair,
        dmd_class=DMD,
        similarity_class=SimilarityTransformDist,
        dmd_config=DMDConfig(n_delays=3, rank=6),
        simdist_config=SimilarityTransformDistConfig(score_method="angular"),
    )
    by_dict = GeneralizedDSA(
        pair, dmd_config={"n_delays": 3, "rank": 6, "lamb": 0.0}, simdist_config={"score_method": "euclidean"}
    )
    angle, chord = by_class.fit_score()[0, 1], by_dict.fit_score()[0, 1]
    assert chord == pytest.approx(2 * np.sin(angle / 2), abs=1e-9) and angle > 0.01

    @dataclass
    class Settings:
        n_delays: int = 3
        rank = 6

    assert GeneralizedDSA(pair, dmd_config=Settings).fit_score().shape == (2, 2)
    assert GeneralizedDSA(pair, dmd_config=Settings).rank == [[6, 6]]
    by_class.update_compare_method(compare="state", simdist_config=SimilarityTransformDistConfig)
    assert by_class.score()[0, 1] == pytest.approx(DSA(pair, n_delays=3, rank=6, lamb=0.0).fit_score()[0, 1], abs=1e-15)


def test_a_sweep_and_its_residuals(classes, tmp_path):
    sweeper = DefaultSweeper(
        data=classes[0],
        control_data=None,
        param1_name="n_delays",
        param1_values=np.arange(1, 4),
        param2_name="rank",
        param2_values=np.arange(1, 9),
        compute_residuals=True,
        save_models=True,
    )
    sweeper.sweep()
    assert np.isnan(sweeper.mases[0, 4:]).all() and np.isfinite(sweeper.mases[1:]).all()
    assert np.nanargmin(sweeper.aics[0]) == 3
    assert sweeper.fitted_models[0][3].rank == 4 and sweeper.fitted_models[0][5] is None
    residuals = ResidualComputer(sweeper.fitted_models[0][3], classes[1])
    assert residuals.get_average_residual() > sweeper.residuals[0, 3] > 0
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="matplotlib draws")
    pyplot.switch_backend("agg")
    _, axes = sweeper.plot(save_path=tmp_path / "sweep.png")
    assert len(axes) == 4 and (tmp_path / "sweep.png").stat().st_size > 1000
    assert residuals.plot(title="test")[1].get_title() == "test"
    _, axes = sweeper.plot(x_axis_param="n_delays", metrics=["MSE"])
    assert len(axes) == 1 and len(axes[0].lines) == 8
