"""Systems with known inputs: identification, filter, distances, pickles, refusals."""

import pickle

import dynamical_similarity as ds
import numpy as np
import pytest


def rotations(rng, a=None, samples=2000, noise=0.0):
    """Inputs and outputs of three damped rotations in random coordinates, and their matrices."""
    if a is None:
        a = np.zeros((6, 6))
        for k, (size, angle) in enumerate([(0.95, 0.3), (0.9, 1.0), (0.8, 1.9)]):
            c, s = size * np.cos(angle), size * np.sin(angle)
            a[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = [[c, -s], [s, c]]
    b, c = rng.normal(size=(6, 2)), rng.normal(size=(3, 6))
    u, y, x = rng.normal(size=(samples, 2)), np.zeros((samples, 3)), np.zeros(6)
    for t in range(samples):
        y[t] = c @ x
        x = a @ x + b @ u[t]
    return u, y + noise * y.std(0) * rng.normal(size=y.shape), (a, b, c)


def test_a_system_is_found_from_several_trials():
    rng = np.random.default_rng(3)
    u, y, (a, b, c) = rotations(rng)
    whole = ds.fit_controlled(y, u, delays=12, order=6)
    assert whole.order == 6 and whole.inputs == 2 and whole.outputs == 3
    true = np.sort_complex(np.linalg.eigvals(a))
    assert np.abs(np.sort_complex(whole.eigenvalues) - true).max() < 1e-10
    wanted = np.stack([c @ np.linalg.matrix_power(a, k) @ b for k in range(20)])
    assert np.abs(whole.markov_parameters(20) - wanted).max() < 1e-9 * np.abs(wanted).max()
    cut = [700, 1300]
    trials = ds.fit_controlled(np.split(y, cut), np.split(u, cut), delays=12, order="gap")
    assert trials.order == 6 and np.abs(np.sort_complex(trials.eigenvalues) - true).max() < 1e-10


def test_the_filter_predicts_new_trials():
    rng = np.random.default_rng(4)
    u, y, (_a, _b, _c) = rotations(rng, noise=0.1)
    model = ds.fit_controlled(y[:1500], u[:1500], delays=12, order=6)
    states, predicted = model.filter(y[1500:], u[1500:])
    assert states.shape == (500, 6) and predicted.shape == (500, 3)
    error = np.mean((predicted - y[1500:])[50:] ** 2) / np.var(y[1500:])
    assert error < 0.02
    simulated = model.filter(y[1500:], u[1500:], correct_every=10_000)[1]
    assert np.mean((simulated - y[1500:])[100:] ** 2) / np.var(y[1500:]) < 0.03
    # Where inputs are ignored, nothing of this can be predicted as well.
    assert np.mean((model.filter(y[1500:], 0 * u[1500:])[1] - y[1500:])[50:] ** 2) / np.var(y[1500:]) > 2 * error
    two = model.filter([y[:400], y[400:900]], [u[:400], u[400:900]])
    assert [len(states) for states, _ in two] == [400, 500]


def test_distances_tell_dynamics_from_inputs():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(5, 5)) / 4, rng.normal(size=(5, 2))
    q = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    same = ds.compare_controlled((a, b), (q @ a @ q.T, q @ b))
    assert same.joint < 1e-10 and same.state < 1e-10 and same.input < 1e-10
    assert np.abs(same.transform - q).max() < 1e-8
    louder = ds.compare_controlled((a, b), (a, 2 * b))
    assert louder.state < 1e-10 and abs(louder.input - np.linalg.norm(b)) < 1e-10
    back = ds.compare_controlled((a, 2 * b), (a, b))
    assert (back.joint, back.state, back.input) == (louder.joint, louder.state, louder.input)
    systems = [(a, b), (q @ a @ q.T, q @ b), (0.8 * a, b)]
    matrices = ds.controlled_distance_matrix(systems, labels=["a", "b", "c"])
    assert list(matrices) == ["joint", "state", "input"] and matrices["joint"].row_labels == ["a", "b", "c"]
    for part, matrix in matrices.items():
        wanted = [
            [0 if i == j else getattr(ds.compare_controlled(x, y), part) for j, y in enumerate(systems)]
            for i, x in enumerate(systems)
        ]
        assert (np.asarray(matrix) == wanted).all()
    one = ds.controlled_distance_matrix(systems, threads=1)
    assert all((np.asarray(one[part]) == np.asarray(matrices[part])).all() for part in one)


def test_dmd_with_control_and_pickles_keep_the_bits():
    u, y, _ = rotations(np.random.default_rng(6), noise=0.01)
    for settings in ({"method": "dmdc", "input_delays": 2}, {}):
        model = ds.fit_controlled(y, u, delays=8, order=6, **settings)
        again = pickle.loads(pickle.dumps(model))
        assert repr(again) == repr(model) and (again.state_matrix == model.state_matrix).all()
        assert (again.filter(y, u)[1] == model.filter(y, u)[1]).all()
        with pytest.raises(ValueError):
            model.state_matrix[0, 0] = 1.0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda y, u: (y, np.ones_like(u)), "input"),
        (lambda y, u: (y, np.stack([y[:, 0], u[:, 0]], 1)), "input"),
        (lambda y, u: (y[:40], u[:40]), "windows"),
        (lambda y, u: ([y, y[:15]], [u, u[:15]]), "trial 1"),
        (lambda y, u: (y, u[:-1]), "samples of the inputs"),
        (lambda y, u: ([y, y], [u]), "trials"),
        (lambda y, u: (np.where(np.arange(len(y))[:, None] == 7, np.nan, y), u), "finite"),
    ],
)
def test_what_cannot_be_identified_is_refused(change, sentence):
    u, y, _ = rotations(np.random.default_rng(7), samples=600)
    with pytest.raises(ds.Error, match=sentence):
        ds.fit_controlled(*change(y, u), delays=8, order=6)


def test_settings_are_refused_with_what_would_be_right():
    u, y, _ = rotations(np.random.default_rng(8), samples=600)
    for settings in ({"order": 0}, {"order": "most"}, {"order": "squares:2"}, {"method": "dmd"}, {"ridge": -1.0}):
        with pytest.raises(ds.Error):
            ds.fit_controlled(y, u, **{"delays": 8, "order": 6, **settings})
    with pytest.raises(ds.Error, match="model, or a pair"):
        ds.compare_controlled("a", "b")
    with pytest.raises(ds.Error):
        ds.compare_controlled((np.eye(2), np.ones((2, 1))), (np.eye(3), np.ones((3, 1))))
