"""Where dsa-metric is wrong or fails, its calls return the right value or say what is wrong."""

import pickle
import warnings

import calls
import numpy as np
import pytest
from dynamical_similarity import dsa


@pytest.fixture(scope="module")
def x():
    return calls.recordings()


def turn(step, samples=200):
    time = np.arange(samples)
    return np.stack([np.cos(step * time), np.sin(step * time)], axis=1)


METHODS = ("angular", "euclidean", "wasserstein")


@pytest.mark.parametrize("method", METHODS)
def test_an_operator_that_is_not_finite_is_refused(method):
    bad = np.eye(3)
    bad[2, 1] = np.nan
    for a, b in ((bad, np.eye(3)), (np.eye(3), bad)):
        with pytest.raises(ValueError, match="finite"):
            dsa.SimilarityTransformDist(score_method=method).fit_score(a, b)


@pytest.mark.parametrize("method", ["angular", "euclidean"])
def test_a_zero_operator_has_no_angle(method):
    with pytest.raises(ValueError, match="zero"):
        dsa.SimilarityTransformDist(score_method=method).fit_score(np.zeros((3, 3)), np.eye(3))


@pytest.mark.parametrize("method", ["angular", "euclidean"])
def test_unequal_ranks_never_mix_two_kinds_of_distances(x, method):
    with pytest.raises(ValueError, match="ranks 3 and 2; fit both with the same rank, or compare eigenvalues"):
        dsa.SimilarityTransformDist(score_method=method).fit_score(np.eye(3), np.eye(2))
    systems = [x["linear0"], x["linear1"]]
    with pytest.raises(ValueError, match="ranks 5 and 4; fit both with the same rank, or compare eigenvalues"):
        dsa.DSA(systems, n_delays=3, rank=[4, 5], score_method=method).fit_score()


def test_unequal_numbers_of_eigenvalues_are_padded_or_transported_as_there():
    distance = dsa.SimilarityTransformDist(score_method="wasserstein")
    assert distance.fit_score(np.eye(3), np.eye(2)) == pytest.approx(1 / 3, abs=1e-15)
    assert distance.fit_score(np.ones(3, complex), np.ones(2, complex)) == 0.0


@pytest.mark.parametrize("method", METHODS)
def test_scoring_changes_nothing(x, method):
    model = dsa.DSA([x["linear0"], x["linear1"]], n_delays=3, rank=5, score_method=method)
    model.fit_dmds()
    before = [dmd.A_v.copy() for dmd in model.dmds[0]]
    recording = x["linear0"].copy()
    first = model.score()
    model.update_compare_method("state", {"score_method": "wasserstein"})
    spectra = model.score()
    model.update_compare_method("state", {"score_method": method})
    assert np.array_equal(model.score(), first)
    for dmd, kept in zip(model.dmds[0], before, strict=True):
        assert np.array_equal(dmd.A_v, kept)
    assert np.array_equal(x["linear0"], recording)
    fresh = dsa.DSA([x["linear0"], x["linear1"]], n_delays=3, rank=5).fit_score()
    assert np.array_equal(spectra, fresh)


@pytest.mark.parametrize("method", METHODS)
def test_distances_are_symmetric_reproducible_and_zero_for_one_operator(method):
    a, b = calls.pairs()["first"]
    distance = dsa.SimilarityTransformDist(score_method=method)
    assert distance.fit_score(a, b) == distance.fit_score(b, a) == distance.fit_score(a, b) > 0
    assert distance.fit_score(a, a.copy()) == 0.0


def test_the_number_of_threads_changes_no_bit(x):
    systems = [x[name] for name in ("linear0", "linear1", "linear2")]
    for method in METHODS:
        found = [dsa.DSA(systems, n_delays=3, rank=5, score_method=method, n_jobs=n).fit_score() for n in (1, 2, -1)]
        assert np.array_equal(found[0], found[1]) and np.array_equal(found[0], found[2])


def test_a_model_is_fitted_again_with_its_rule_for_the_rank(x):
    dmd = dsa.DMD(x["linear1"], n_delays=4, rank_thresh=2.0).fit()
    first = dmd.rank
    assert dmd.fit().rank == first
    dmd.fit(x["linear1"] * 1000)
    assert dmd.rank > first
    assert dmd.fit(rank=3).rank == 3
    assert dmd.fit(rank_explained_variance=0.5).rank != 3


def test_two_rules_for_the_rank_are_refused(x):
    with pytest.raises(ValueError, match="one of rank"):
        dsa.DMD(x["linear0"], rank=2, rank_thresh=0.1)


def test_samples_that_are_not_finite_are_refused_by_name(x):
    bad = x["linear1"].copy()
    bad[5, 2] = np.inf
    with pytest.raises(ValueError, match=r"X\[1\]: .*finite"):
        dsa.DSA([x["linear0"], bad], n_delays=3, rank=4).fit_score()


@pytest.mark.parametrize(
    "settings", [{"rank": 0}, {"rank": -1}, {"n_delays": 0}, {"steps_ahead": 0}, {"delay_interval": 0}, {"lamb": -1.0}]
)
def test_settings_outside_their_range_are_refused(x, settings):
    with pytest.raises(ValueError):
        dsa.DMD(x["linear0"], **{"n_delays": 2, **settings}).fit()


def test_samples_of_another_shape_are_refused():
    for bad in (
        np.zeros(10),
        np.zeros((2, 2, 10, 3)),
        [],
        [np.zeros((10, 2)), np.zeros((10, 3))],
        np.zeros((10, 2), complex),
    ):
        with pytest.raises(ValueError):
            dsa.DMD(bad, n_delays=2).fit()


def test_fewer_windows_than_entries_are_fitted_like_any_other(x):
    wide = dsa.DMD(x["trials"][:2, :30], n_delays=20, rank=5).fit()
    assert wide.A_v.shape == (5, 5) and np.isfinite(wide.A_v).all()


def test_directions_of_rounding_are_not_fitted(x):
    twice = np.hstack([x["linear0"], x["linear0"][:, :1]])
    assert dsa.DMD(twice, n_delays=2).fit().A_v.shape == (8, 8)
    assert dsa.DMD(x["linear0"][:12], n_delays=10, rank=8).fit().rank == 3
    for constant in (np.ones((50, 2)), np.zeros((50, 2))):
        with pytest.raises(ValueError, match="constant"):
            dsa.DMD(constant, n_delays=2).fit()
    with pytest.raises(ValueError, match="trial 1 has 2 samples"):
        dsa.DMD([x["linear0"], x["linear0"][:2]], n_delays=5, rank=2).fit()


def test_a_list_of_one_array_of_trials_is_this_array(x):
    listed = dsa.DMD([x["trials"]], n_delays=3, rank=5).fit()
    assert np.array_equal(listed.A_v, dsa.DMD(x["trials"], n_delays=3, rank=5).fit().A_v)


def test_a_list_of_trials_of_one_length_is_one_array(x):
    one = dsa.DMD(list(x["trials"]), n_delays=3, rank=5).fit()
    assert one.data.shape == x["trials"].shape and not one.is_list_data and (one.ntrials, one.n) == (4, 4)
    assert one.predict().shape == x["trials"].shape
    ragged = dsa.DMD([x["trials"][0], x["trials"][1][:50]], n_delays=3, rank=5).fit()
    assert ragged.is_list_data and [len(trial) for trial in ragged.data] == [90, 50]
    assert [part.shape for part in ragged.predict()] == [(90, 4), (50, 4)]


def test_a_fitted_model_survives_pickling_and_its_arrays_can_be_written(x):
    dmd = dsa.DMD(x["linear0"], n_delays=3, rank=5).fit()
    again = pickle.loads(pickle.dumps(dmd))
    assert np.array_equal(again.A_v, dmd.A_v) and np.array_equal(again.predict(), dmd.predict())
    for array in (dmd.A_v, dmd.U, dmd.S, dmd.V, dmd.A_havok_dmd, dmd.predict()):
        kept = array.copy()
        array *= 2
        assert np.array_equal(array.detach().cpu().numpy(), 2 * kept.to("cpu").clone().numpy())
    assert np.array_equal(dmd.predict(), again.predict())


def test_the_recording_is_copied(x):
    recording = x["linear0"].copy()
    dmd = dsa.DMD(recording, n_delays=3, rank=5)
    recording[:] = 0.0
    assert np.array_equal(dmd.fit().A_v, dsa.DMD(x["linear0"], n_delays=3, rank=5).fit().A_v)


def test_fewer_values_than_systems_are_refused(x):
    systems = [x["linear0"], x["linear1"], x["linear2"]]
    with pytest.raises(ValueError, match="rank has 2 values for 3 systems"):
        dsa.DSA(systems, rank=(3, 4))
    with pytest.raises(ValueError, match="one per side"):
        dsa.DSA(systems, systems, rank=(3, 4, 5))
    with pytest.raises(ValueError, match="n_delays has 2 values for 3 systems"):
        dsa.DSA(systems, systems, n_delays=([1, 2], [1, 2, 3]))


def test_integers_of_numpy_and_none_are_values_per_side(x):
    model = dsa.DSA(x["linear0"], x["linear1"], n_delays=2, rank=(np.int64(3), None))
    assert model.rank == [[3], [None]]
    model.fit_dmds()
    assert [side[0].A_v.shape[0] for side in model.dmds] == [3, 8]
    assert dsa.DSA(x["linear0"], x["linear1"], rank="None").rank == [[None], [None]]
    assert dsa.DSA(x["linear0"], x["linear1"], rank=np.array([2.0, 3.0])).rank == [[2], [3]]


def test_unknown_settings_are_refused(x):
    with pytest.raises(TypeError, match="foo"):
        dsa.DSA(x["linear0"], x["linear1"], foo=3)
    with pytest.raises(ValueError, match="score_method"):
        dsa.DSA(x["linear0"], x["linear1"], score_method="cosine")
    with pytest.raises(ValueError, match="compared with"):
        dsa.DSA(x["linear0"])
    with pytest.raises(ValueError, match="known inputs"):
        dsa.GeneralizedDSA([x["linear0"]], X_control=[x["linear1"]])
    with pytest.raises(ValueError, match="inputs"):
        dsa.DSA([x["linear0"]]).update_compare_method()


def test_arguments_without_effect_are_accepted_and_said_once(x):
    pair = x["linear0"], x["linear1"]

    def everything():
        dsa.DSA(*pair, n_delays=2, rank=3, device="cuda", iters=10, lr=0.1, verbose=False, score_method="angular")
        dsa.DMD(pair[0], device="cuda:1", verbose=True, send_to_cpu=True)
        dsa.SimilarityTransformDist(iters=10, lr=1e-3, zero_pad=True, group="O(n)", wasserstein_compare="eig")

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        everything()
        everything()
    starts = sorted(str(one.message).split()[0].rstrip(",") for one in said)
    assert {one.filename for one in said} == {__file__}
    assert starts == ["device", "group", "iters", "wasserstein_compare", "zero_pad"]
    with pytest.raises(TypeError, match="rescale"):
        dsa.SimilarityTransformDist(rescale=True)
    with pytest.raises(ValueError, match="gradient"):
        dsa.SimilarityTransformDist(differentiable=True)


def test_the_transform_carries_one_operator_to_the_other():
    a, b = calls.pairs()["similar"]
    distance = dsa.SimilarityTransformDist()
    assert distance.C_star is None
    assert distance.fit_score(a, b) < 1e-7
    c = distance.C_star.numpy()
    assert np.allclose(a, c @ b @ c.T, atol=1e-6)
    assert distance.score(a, b) < 1e-6
    with pytest.raises(ValueError, match="eigenvalues"):
        distance.score(score_method="wasserstein")


def test_a_score_of_other_operators_uses_the_transform():
    a, b = calls.pairs()["first"]
    distance = dsa.SimilarityTransformDist()
    found = distance.fit_score(a, b)
    assert distance.score(score_method="euclidean") == pytest.approx(2 * np.sin(found / 2), abs=1e-15)
    assert found > 0.1
    assert distance.score(3 * a, b / 7) == pytest.approx(found, abs=1e-12)
    c = distance.C_star.numpy()
    assert distance.score(a, c.T @ a @ c) < 1e-7


def test_weights_of_eigenvalues():
    pytest.importorskip("scipy", reason="SciPy makes the transport plan")
    a, b = np.array([1.0, 0.0], complex), np.array([1.0, 0.0], complex)
    distance = dsa.SimilarityTransformDist(score_method="wasserstein")
    assert distance.fit_score(a, b, wasserstein_weightings=([0.75, 0.25], [0.25, 0.75])) == pytest.approx(
        0.5, abs=1e-12
    )
    with pytest.raises(ValueError, match="sum to 1"):
        distance.fit_score(a, b, wasserstein_weightings=([0.75, 0.5], [0.25, 0.75]))


def test_statistics_of_what_has_none_are_refused():
    flat, moving = np.ones((10, 2)), np.random.default_rng(0).normal(size=(10, 2))
    for function in (dsa.mase, dsa.r2, dsa.correl):
        with pytest.raises(ValueError):
            function(flat, moving)
    with pytest.raises(ValueError, match="shape"):
        dsa.mse(moving, moving[:, 0])
    with pytest.raises(ValueError, match="finite"):
        dsa.mae(moving, moving * np.nan)
    assert dsa.nmse(flat, flat) == 0.0 and dsa.nmse(flat, moving) == np.inf
    assert dsa.aic(moving, flat, 2, norm=False) == pytest.approx(20 * dsa.aic(moving, flat, 2))
    assert dsa.log_mse(moving, flat, norm=False) == pytest.approx(20 * dsa.log_mse(moving, flat))


def test_persistence_does_not_cross_trials():
    trials = [np.arange(5.0)[:, None], 1000 + np.arange(7.0)[:, None]]
    assert dsa.mase(trials, [trial + 1 for trial in trials]) == pytest.approx(1.0)


def test_splits_of_a_recording_are_compared(x):
    similar = dsa.compare_data_splits(x["linear0"], 4, 2, 1)
    assert isinstance(similar, float) and 0 < similar < 1
    assert dsa.dsa_bw_data_splits(x["linear0"], 4, 2, 1, nsplits=3, avg=False).shape == (3, 3)
    listed = dsa.compare_data_splits([x["linear0"], x["linear1"]], 4, 2, 1)
    assert listed == pytest.approx(
        dsa.DSA(x["linear0"], x["linear1"], rank=4, n_delays=2, score_method="angular").fit_score()
    )
    matrices, models = dsa.compare_data_splits(
        [x["trials"], x["other_trials"]], 4, 2, 1, "custom", [0, 40, 80], avg=False, score_method="wasserstein"
    )
    assert matrices.shape == (2, 2, 2) and len(models) == 2
    assert np.array_equal(
        matrices[1], dsa.DSA([x["trials"][:, 40:80], x["other_trials"][:, 40:80]], rank=4, n_delays=2).fit_score()
    )
    value, models = dsa.compare_data_splits(x["linear0"], 4, 2, 1, split_points=[0, 100, 200])
    assert value == similar and len(models) == 1
    with pytest.raises(ValueError, match="split_points"):
        dsa.compare_data_splits(x["linear0"], 4, 2, 1, "custom")
    with pytest.raises(ValueError, match="two parts"):
        dsa.compare_data_splits(x["linear0"], 4, 2, 1, nsplits=1)


def test_a_single_trial_is_fitted_on_its_first_part(x):
    train, test, _ = dsa.sweeps.split_train_test(x["linear0"][None])
    assert np.array_equal(train[0], x["linear0"][:160]) and np.array_equal(test[0], x["linear0"][160:])
    found = [dsa.sweep_ranks_delays(data, [1, 2], [2, 4])[1] for data in (x["linear0"], x["linear0"][None])]
    assert np.array_equal(*found)


def test_a_sweep_of_trials_of_unequal_length_has_residuals(x):
    ragged = [x["linear0"], x["linear1"][:150], x["linear0"][:120], x["linear2"], x["linear1"]]
    found = dsa.sweep_ranks_delays(ragged, [1, 2], [2, 4])
    assert len(found) == 4 and all(np.isfinite(part).all() for part in found)
    with pytest.raises(ValueError, match=r"n_delays=300, rank=2"):
        dsa.DefaultSweeper(x["linear0"], param1_values=[1, 300], param2_values=[2]).sweep()
    with pytest.raises(RuntimeError, match="sweep"):
        _ = dsa.DefaultSweeper(x["linear0"], param1_values=[1], param2_values=[2]).aics
    with pytest.raises(ValueError, match="inputs"):
        dsa.DefaultSweeper(x["linear0"], param1_values=[1], param2_values=[2], model_class="DMDc")


def test_residuals_find_the_eigenvalues_that_the_data_have():
    random = np.random.default_rng(3)
    noisy = [turn(0.3, 600) + 0.01 * random.normal(size=(600, 2)) for _ in range(2)]
    model = dsa.DMD(noisy[0], n_delays=5, rank=8).fit()
    eigenvalues, vectors, residuals, normalised = dsa.ResidualComputer(model, noisy[1]).compute()
    assert vectors.shape == (8, 8) and normalised.shape == (8,)
    best = eigenvalues[np.argsort(residuals)[:2]]
    assert np.allclose(np.sort(np.angle(best)), [-0.3, 0.3], atol=1e-2)
    reduced = dsa.DMD(noisy[0], n_delays=2, rank=2, reduced_rank_reg=True).fit()
    assert dsa.ResidualComputer(reduced, noisy[1]).compute()[1].shape == (4, 2)
    with pytest.raises(ValueError, match="DMD"):
        dsa.ResidualComputer(object(), noisy[1])


def test_predictions_that_cannot_be_made_are_refused(x):
    dmd = dsa.DMD(x["linear0"], n_delays=3, rank=4)
    with pytest.raises(ValueError, match="fit"):
        dmd.predict()
    dmd.fit()
    for bad, what in ((x["lorenz28"], "channels"), (x["linear0"][:2], "window"), (x["linear0"] * np.nan, "finite")):
        with pytest.raises(ValueError, match=what):
            dmd.predict(bad)
    with pytest.raises(ValueError, match="reseed"):
        dmd.predict(reseed=0)
    growing = dsa.DMD(2.0 ** np.arange(60.0)[:, None], n_delays=1, rank=1, lamb=0.0).fit()
    with pytest.raises(ValueError, match="range"):
        growing.predict(np.ones((2000, 1)), reseed=10_000)


def test_eigenfunctions_advance_by_their_eigenvalues():
    model = dsa.DMD(np.stack([turn(0.3), 2 * turn(0.3)[:, ::-1] * [1, -1]]), n_delays=2, rank=2, lamb=0.0).fit()
    eigenvalues, along, samples = model.project_onto_modes()
    assert along.shape == (2, 199, 2) and samples.shape == (2, 199, 2)
    assert np.allclose(along[:, 1:], along[:, :-1] * eigenvalues, atol=1e-9)


def test_other_classes_of_models_are_used_if_they_have_an_operator(x):
    class Regressor:
        """Counts its fits, as an object that is shared would."""

        fits = 0

    class Koopman:
        """Linear regression of a sample on the one before it."""

        def __init__(self, regressor, gain=1.0):
            self.regressor, self.gain = regressor, gain

        def fit(self, data):
            self.regressor.fits += 1
            self.A = self.gain * np.linalg.lstsq(data[:-1], data[1:], rcond=None)[0].T

    class Empty(Koopman):
        def fit(self, data):
            pass

    systems = [x["linear0"], x["linear1"], x["linear2"]]
    model = dsa.DSA(systems, dmd_class=Koopman, regressor=Regressor(), gain=[1.0, 0.5, 0.5])
    score = model.fit_score()
    assert score.shape == (3, 3) and (score[~np.eye(3, dtype=bool)] > 0).all()
    assert [one.regressor.fits for one in model.dmds[0]] == [1, 1, 1]
    expected = dsa.SimilarityTransformDist(score_method="wasserstein").fit_score(model.dmds[0][0], model.dmds[0][2])
    assert score[0, 2] == pytest.approx(expected, abs=1e-15)
    with pytest.raises(ValueError, match="no operator"):
        dsa.DSA(systems, dmd_class=Empty, regressor=Regressor()).fit_score()
    Koopman.__module__ = "pydmd.dmd"
    with pytest.raises(ValueError, match="pykoopman"):
        dsa.DSA(systems, dmd_class=Koopman, regressor=Regressor())


def test_another_class_of_distances_is_asked_for_every_pair(x):
    class Norms:
        def __init__(self, power=1.0):
            self.power = power

        def fit_score(self, a, b):
            return abs(np.linalg.norm(a) - np.linalg.norm(b)) ** self.power

    systems = [x["linear0"], x["linear1"], x["linear2"]]
    model = dsa.GeneralizedDSA(systems, similarity_class=Norms, dmd_config={"rank": 3}, simdist_config={"power": 2.0})
    score = model.fit_score()
    norms = [np.linalg.norm(dmd.A_v) for dmd in model.dmds[0]]
    assert score[0, 2] == score[2, 0] == abs(norms[2] - norms[0]) ** 2.0
