"""Fits: every form of a recording, no copies, and what is refused."""

import gc
import pickle
import threading
import tracemalloc

import dynamical_similarity as ds
import numpy as np
import pytest


def same(a, b):
    return a.operator.tobytes() == b.operator.tobytes() and a.basis.tobytes() == b.basis.tobytes()


def test_every_form_of_a_recording_is_the_same_recording(random, tmp_path):
    x = random.normal(size=(3, 120, 4)).cumsum(axis=1)
    whole = ds.fit(x, delays=4, rank=5)
    np.savez(tmp_path / "trials.npz", *x)
    np.save(tmp_path / "trials.npy", x)

    class Tensor:
        """What a tensor of torch looks like from outside."""

        def detach(self):
            return self

        cpu = detach

        def numpy(self):
            return x

    forms = [
        list(x),
        tuple(trial for trial in x),
        np.asfortranarray(x),
        x[:, ::-1][:, ::-1],
        Tensor(),
        [trial.tolist() for trial in x],
        tmp_path / "trials.npy",
        str(tmp_path / "trials.npz"),
        ds.read(tmp_path / "trials.npy"),
    ]
    for form in forms:
        assert same(ds.fit(form, delays=4, rank=5), whole)
    ragged = ds.fit([x[0], x[1, :50], x[2, :80]], delays=4, rank=5)
    assert ragged.windows == 117 + 47 + 77
    assert same(ds.fit(x[0, :, 0], delays=4, rank=3), ds.fit(x[0, :, :1], delays=4, rank=3))
    integers = (100 * x).astype(np.int16)
    assert same(ds.fit(integers, delays=4, rank=5), ds.fit(integers.astype(float), delays=4, rank=5))


def test_single_precision_stays_single(random):
    x = random.normal(size=(300, 3)).cumsum(axis=0)
    single, double = (ds.fit(x.astype(kind), delays=4, rank=4) for kind in (np.float32, np.float64))
    assert single.operator.dtype == np.float32 and double.operator.dtype == np.float64
    assert np.abs(np.sort_complex(single.eigenvalues) - np.sort_complex(double.eigenvalues)).max() < 1e-3
    assert "float32" in repr(single)
    assert single.predict(x.astype(np.float32)).dtype == np.float32


def test_contiguous_samples_are_lent_and_not_changed(random):
    x = random.normal(size=(2_000_000, 4))
    before = x[:1000].copy()
    gc.collect()
    tracemalloc.start()
    ds.fit(x, delays=2, rank=3)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # NumPy tells of its memory; a copy would take 64 MB.
    assert peak < 2_000_000
    assert (x[:1000] == before).all()


def test_other_threads_run_during_a_fit(random):
    x = random.normal(size=(60_000, 30))
    turns = []
    fitting = threading.Thread(target=lambda: ds.fit(x, delays=8, rank=40))
    fitting.start()
    while fitting.is_alive():
        turns.append(1)
        fitting.join(1e-3)
    assert len(turns) > 20


def test_a_model_says_what_was_fitted_and_cannot_be_changed(lorenz):
    model = ds.fit(lorenz[0], delays=10, interval=2, rank=4, ridge=1e-6, scale="unit-variance")
    assert (model.rank, model.delays, model.interval, model.channels) == (4, 10, 2, 3)
    assert model.operator.shape == (4, 4) and model.basis.shape == (30, 4)
    assert np.allclose(model.basis.T @ model.basis, np.eye(4))
    assert np.allclose(np.sort_complex(np.linalg.eigvals(model.operator)), np.sort_complex(model.eigenvalues))
    assert np.isclose(model.condition, model.singular_values[0] / model.singular_values[-1])
    assert model.settings["ridge"] == 1e-6 and model.windows == 700 - 18
    with pytest.raises(ValueError, match="read-only"):
        model.operator[0, 0] = 1.0
    constant = np.column_stack([lorenz[0][:, 0], np.ones(700)])
    assert ds.fit(constant, delays=5, rank=3).warnings == ["constant: channels 1"]
    assert "few_rows" in ds.fit(lorenz[0][:60], delays=10, rank=3).warnings


def test_the_operator_carries_windows_to_the_next(lorenz):
    """By the definition, without the library: A and b are the regression of whitened windows."""
    x, delays, rank = lorenz[0], 6, 4
    model = ds.fit(x, delays=delays, rank=rank, ridge=0.0)
    windows = np.lib.stride_tricks.sliding_window_view(x, delays, axis=0)[:, :, ::-1].transpose(0, 2, 1)
    windows = windows.reshape(len(windows), -1)
    _, s, vt = np.linalg.svd(windows - windows.mean(axis=0), full_matrices=False)
    assert np.allclose(s[:rank], model.singular_values, rtol=1e-9)
    v = (windows - windows.mean(axis=0)) @ model.basis / model.singular_values
    before, after = v[:-1] - v[:-1].mean(axis=0), v[1:] - v[1:].mean(axis=0)
    solution = np.linalg.lstsq(before, after, rcond=None)[0].T
    assert np.allclose(solution, model.operator, atol=1e-9)
    assert np.allclose(np.abs(vt[:rank] @ model.basis), np.eye(rank), atol=1e-9)


def test_models_can_be_pickled_and_keep_every_bit(lorenz):
    for x in (lorenz[0], lorenz[0].astype(np.float32)):
        model = ds.fit(x, delays=8, rank=4)
        again = pickle.loads(pickle.dumps(model))
        assert same(model, again) and repr(model) == repr(again)
        assert model.spectrum.tobytes() == again.spectrum.tobytes()
        assert model.predict(x)[20:].tobytes() == again.predict(x)[20:].tobytes()
    data = bytearray(model.__reduce__()[1][0])
    for damaged in (b"", b"nothing", bytes(data[:-3]), bytes(data[:40])):
        with pytest.raises(ds.Error, match="not a model"):
            model.__reduce__()[0](damaged)


def test_predictions_are_those_of_the_definition(lorenz):
    x = lorenz[0]
    model = ds.fit(x, delays=5, rank=5)
    predicted = model.predict(x)
    assert np.isnan(predicted[:5]).all() and np.isfinite(predicted[5:]).all()
    errors = model.prediction_errors(x)
    assert np.isclose(errors["mean_squared_error"], np.mean((predicted[5:] - x[5:]) ** 2))
    stacked = model.predict(np.stack([x, x]))
    assert stacked.shape == (2, 700, 3) and np.array_equal(stacked[1], predicted, equal_nan=True)
    assert isinstance(model.predict([x, x[:100]]), list)
    free = model.predict(x, steps=None)
    assert np.array_equal(free[5], predicted[5]) and not np.array_equal(free[6], predicted[6])
    with pytest.raises(ds.Error):
        model.predict(x[:, :2])


BAD = [
    (np.full((50, 2), np.nan), {}, "NonFinite"),
    (np.array([[1.0, np.inf]] * 50), {}, "NonFinite"),
    (np.zeros((50, 2)), {}, "DegenerateSignal"),
    (np.zeros((0, 2)), {}, "Empty"),
    (np.zeros((50, 0)), {}, "Empty"),
    (np.ones((2, 2)), {}, "TooShort"),
    (np.arange(100.0).reshape(50, 2) ** 2, {"rank": 7}, "RankTooLarge"),
    (np.random.default_rng(0).normal(size=(50, 2)), {"delays": 0}, "InvalidSetting"),
    (np.random.default_rng(0).normal(size=(50, 2)), {"rank": 0}, "InvalidSetting"),
    (np.random.default_rng(0).normal(size=(50, 2)), {"ridge": -1.0}, "InvalidSetting"),
    (np.random.default_rng(0).normal(size=(50, 2)), {"ridge": np.nan}, "InvalidSetting"),
    (np.random.default_rng(0).normal(size=(50, 2)), {"rank": "best"}, ""),
    (np.random.default_rng(0).normal(size=(50, 2)), {"centre": "middle"}, ""),
    (np.random.default_rng(0).normal(size=(50, 2)), {"delays": -1}, ""),
    (np.random.default_rng(0).normal(size=(50, 2)), {"delays": 2.5}, ""),
    (np.ones((2, 2, 2, 2)), {}, ""),
    (np.ones((50, 2), complex), {}, ""),
    (np.array([["a", "b"]] * 50), {}, ""),
    ([np.ones((50, 2)), np.ones(50)], {}, ""),
    ([np.ones((50, 2)), np.ones((50, 3))], {}, "ShapeMismatch"),
    ([], {}, "Empty"),
    ("no such file.npy", {}, ""),
]


@pytest.mark.parametrize(("recording", "settings", "kind"), BAD)
def test_what_cannot_be_fitted_is_refused_with_a_sentence(recording, settings, kind):
    with pytest.raises(ds.Error) as refused:
        ds.fit(recording, **{"delays": 3, "rank": 2, **settings})
    assert isinstance(refused.value, ValueError)
    assert refused.value.kind == kind
    assert len(str(refused.value)) > 15
    again = pickle.loads(pickle.dumps(refused.value))
    assert (str(again), again.kind, again.fields) == (str(refused.value), kind, refused.value.fields)


def test_a_refusal_among_several_names_the_recording(lorenz):
    with pytest.raises(ds.Error, match="^recording 2: trial 0, sample 3, channel 1 is not") as refused:
        broken = lorenz[0].copy()
        broken[3, 1] = np.nan
        ds.fit_all([*lorenz[:2], broken], delays=5, rank=3)
    assert refused.value.recording == 2 and refused.value.fields["sample"] == 3
    with pytest.raises(ds.Error, match="^recording 1: ") as refused:
        ds.fit_all([lorenz[0], lorenz[0][:4]], delays=5, rank=3)
    assert refused.value.recording == 1


def test_one_rank_is_chosen_for_all(lorenz):
    ranks = {model.rank for model in ds.fit_all(lorenz, delays=10)}
    assert len(ranks) == 1 and ranks.pop() >= 2
    alone = [ds.fit(x, delays=10, rank="variance:0.999").rank for x in lorenz]
    assert {model.rank for model in ds.fit_all(lorenz, delays=10, rank="variance:0.999")} == {min(alone)}
    assert ds.fit_all([], delays=10, rank=3) == []


def test_conditions_take_their_means_away(random):
    stimulus = np.sin(0.1 * np.arange(200))
    trials = stimulus[:, np.newaxis] + 0.2 * random.normal(size=(6, 200, 2))
    assert "shared_response" in ds.fit(trials, delays=4, rank=3, conditions=[0] * 6).warnings
    without = ds.fit(trials, delays=4, rank=3, conditions=[0] * 6, centre="condition")
    assert "shared_response" not in without.warnings
    with pytest.raises(ds.Error):
        ds.fit(trials, delays=4, rank=3, conditions=[0, 1], centre="condition")
