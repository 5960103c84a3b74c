"""Systems with known inputs in the call forms of dsa-metric."""

import dynamical_similarity as ds
import numpy as np
import pytest
from dynamical_similarity import dsa


def driven(rate, gain, seed, samples=4000):
    """A rotation with a decay, driven by noise: outputs (time, 2) and inputs (time, 1)."""
    rng = np.random.default_rng(seed)
    u, y = rng.normal(size=(samples, 1)), np.zeros((samples, 2))
    a = rate * np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
    for t in range(samples - 1):
        y[t + 1] = a @ y[t] + gain * np.array([1.0, 0.3]) * u[t]
    return y, u


@pytest.fixture(scope="module")
def systems():
    made = [driven(rate, gain, seed) for rate in (0.9, 0.6) for gain in (1.0, 4.0) for seed in (1, 2)]
    return [y for y, _ in made], [u for _, u in made]


CONFIG = {"n_delays": 4, "rank": 2}
STATE = {"compare": "state", "score_method": "wasserstein"}


def test_models_have_the_matrices_of_the_library(systems):
    y, u = systems[0][0], systems[1][0]
    model = dsa.SubspaceDMDc(y, u, n_delays=4, rank=2, lamb=0.0)
    with pytest.raises(ValueError, match="fit"):
        model.predict()
    model.fit()
    own = ds.fit_controlled(y, u, delays=4, order=2)
    assert (model.A_v.numpy() == own.state_matrix).all() and (model.B_v == own.input_matrix).all()
    assert (model.A is model.A_v) and model.C_v.shape == (2, 2) and model.info["rank_used"] == 2
    assert model.info["noise_covariance"].shape == (4, 4)
    assert np.abs(np.abs(np.linalg.eigvals(model.A_v)) - 0.9).max() < 1e-9
    assert model.predict().shape == y.shape
    assert np.abs(model.predict(y, u) - y)[5:].max() < 1e-6
    three = np.stack([y[:100], y[100:200]]), np.stack([u[:100], u[100:200]])
    assert model.predict(*three, reseed=5).shape == three[0].shape
    x, after, between = model.get_training_latent_states()
    assert x.shape == after.shape == (3999, 2) and between.shape == (3999, 1)
    assert np.abs(x @ model.A_v.T + between @ model.B_v.T - after)[20:].max() < 1e-6
    assert [len(x) for x in model.project_to_latent(list(three[0]), list(three[1]), False)] == [100, 100]
    dmdc = dsa.DMDc(y, u, rank_output=2, lamb=0.0)
    dmdc.fit()
    assert np.abs(np.abs(np.linalg.eigvals(dmdc.A_v)) - 0.9).max() < 1e-9


def test_the_parts_tell_what_differs(systems):
    outputs, inputs = systems
    rate, gain = np.repeat([0, 1], 4), np.tile(np.repeat([0, 1], 2), 2)
    found = dsa.InputDSA(outputs, inputs, dmd_config=CONFIG, simdist_config={"return_distance_components": True})
    distances = found.fit_score()
    assert distances.shape == found.sims.shape == (8, 8, 3)
    same = (rate[:, None] == rate) & (gain[:, None] == gain)
    # Two fits of one system have nearly the same basis: its scale comes from the samples.
    assert distances[..., 0][same].max() < 0.3 * distances[..., 0][~same].min()
    same_rate = rate[:, None] == rate
    assert distances[..., 1][same_rate].max() < 0.3 * distances[..., 1][~same_rate].min()
    joint = dsa.InputDSA(outputs, inputs, dmd_config=CONFIG).fit_score()
    assert (joint == distances[..., 0]).all()
    state = dsa.InputDSA(outputs, inputs, dmd_config=CONFIG, simdist_config=STATE).fit_score()
    assert state.shape == (8, 8) and state[same_rate].max() < 1e-6 < state[~same_rate].min()
    control = dsa.InputDSA(outputs, inputs, dmd_config=CONFIG, simdist_config={"compare": "control"})
    assert control.fit_score().shape == (8, 8)


def test_forms_of_input_and_of_result(systems):
    outputs, inputs = systems
    config = {"dmd_config": CONFIG}
    one = dsa.InputDSA(outputs[0], inputs[0], outputs[4], inputs[4], **config).fit_score()
    assert isinstance(one, float)
    row = dsa.InputDSA(outputs[:3], inputs[:3], outputs[4], inputs[4], **config).fit_score()
    assert row.shape == (3,) and row[0] == one
    grid = dsa.InputDSA(outputs[:3], inputs[:3], outputs[4:6], inputs[4:6], n_jobs=2, **config).fit_score()
    assert grid.shape == (3, 2) and (grid[:, 0] == row).all()
    data_class = dsa.SubspaceDMDcConfig(n_delays=4, rank=2, lamb=1e-8)
    again = dsa.InputDSA(outputs[:3], inputs[:3], outputs[4:6], inputs[4:6], dmd_config=data_class).fit_score()
    assert (again == grid).all()
    control = {"n_delays": 2, "rank_output": 2}
    general = dsa.GeneralizedDSA(
        outputs[:2], X_control=inputs[:2], dmd_class=dsa.DMDc, dmd_config=control, simdist_config={"compare": "joint"}
    )
    assert general.fit_score().shape == (2, 2)
    changed = dsa.InputDSA(outputs[:3], inputs[:3], **config)
    changed.fit_score()
    changed.update_compare_method("state", {"score_method": "angular"})
    assert changed.score().shape == (3, 3)
    changed.update_compare_method("control")
    assert changed.score().shape == (3, 3)


def test_a_rotated_pair_has_no_distance():
    rng = np.random.default_rng(9)
    a, b = rng.normal(size=(5, 5)) / 3, rng.normal(size=(5, 2))
    q = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    kinds = [{"compare": "control"}, {"return_distance_components": True}, {}]
    other = rng.normal(size=(5, 5)) / 3, rng.normal(size=(5, 2))
    for score_method in ("euclidean", "angular"):
        for kind in kinds:
            comparison = dsa.ControllabilitySimilarityTransformDist(score_method=score_method, **kind)
            assert np.max(comparison.fit_score(a, q @ a @ q.T, b, q @ b)) < 1e-10
            assert np.min(comparison.fit_score(a, other[0], b, other[1])) > 1e-3


def test_what_is_missing_or_unknown_is_refused(systems):
    outputs, inputs = systems
    for message, make in [
        ("X_control", lambda: dsa.InputDSA(outputs, None)),
        ("Y_control", lambda: dsa.InputDSA(outputs, inputs, outputs)),
        ("X has 8 systems", lambda: dsa.InputDSA(outputs, inputs[:3])),
        ("SubspaceDMDc or DMDc", lambda: dsa.InputDSA(outputs, inputs, dmd_class=dsa.DMD)),
        ("compare", lambda: dsa.InputDSA(outputs, inputs, simdist_config={"compare": "both"})),
        ("align_inputs", lambda: dsa.ControllabilitySimilarityTransformDist(align_inputs=True)),
        ("SimilarityTransformDist", lambda: dsa.ControllabilitySimilarityTransformDist(compare="state")),
        ("score_method", lambda: dsa.ControllabilitySimilarityTransformDist(score_method="wasserstein")),
        ("backend", lambda: dsa.SubspaceDMDc(backend="moesp")),
        ("needed", lambda: dsa.SubspaceDMDc(outputs[0]).fit()),
        ("delay_interval", lambda: dsa.DMDc(delay_interval=2)),
        ("threshold", lambda: dsa.DMDc(rank_thresh_output=0.1)),
        ("not both", lambda: dsa.DMDc(rank_output=1, rank_explained_variance_output=0.5)),
        ("smoother", lambda: dsa.SubspaceDMDc().project_to_latent(outputs[0], inputs[0], method="smooth")),
    ]:
        with pytest.raises(ValueError, match=message):
            make()
    with pytest.raises(ValueError, match=r"X\[1\]"):
        dsa.InputDSA(outputs[:2], [inputs[0], np.ones_like(inputs[1])], dmd_config=CONFIG).fit_score()
