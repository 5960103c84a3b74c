"""Residuals of eigenvalues, and what is left of a spectrum after cleaning."""

import dynamical_similarity as ds
import numpy as np
import pytest


def recording(seed, noise=0.1, dtype=np.float64):
    random = np.random.default_rng(seed)
    time = np.arange(1200)
    waves = sum(np.sin(step * time + random.uniform(0, 6.28)) for step in (0.21, 0.63))
    return (waves + noise * random.normal(size=len(time))).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_residuals_are_those_of_the_definition(dtype):
    x = recording(1, dtype=dtype)
    model = ds.fit(x[:600], delays=8, rank=5, centre="none")
    found = model.residuals(x[600:])
    windows = np.lib.stride_tricks.sliding_window_view(x[600:].astype(float), 8)[:, ::-1]
    states = windows @ model.basis / model.singular_values
    values, vectors = np.linalg.eig(model.operator.astype(float).T)
    before, after = states[:-1] @ vectors, states[1:] @ vectors
    expected = np.linalg.norm(after - values * before, axis=0) / np.linalg.norm(before, axis=0)
    near = np.abs(found.eigenvalues[:, None] - values).argmin(axis=1)
    np.testing.assert_allclose(found.residuals, expected[near], rtol=1e-9 if dtype == np.float64 else 2e-3)
    np.testing.assert_array_equal(found.eigenvalues, model.eigenvalues)


def test_the_sines_have_the_smallest_residuals_on_held_out_halves():
    x = recording(2)
    model = ds.fit(x, delays=12, rank=9)
    spectrum = model.held_out_residuals(x)
    kept = spectrum.smallest(4)
    angles = sorted(np.angle(kept.eigenvalues[kept.eigenvalues.imag > 0]))
    np.testing.assert_allclose(angles, [0.21, 0.63], atol=2e-3)
    assert kept.residuals.max() < 0.1 < np.sort(spectrum.residuals)[4]
    assert len(spectrum.cleaned(0.1)) == 4 and len(spectrum.cleaned(0)) == 0
    assert len(spectrum.smallest(3)) == 4, "pairs stay together"
    np.testing.assert_allclose(np.linalg.eigvals(kept.operator).real.sum(), kept.eigenvalues.real.sum())


def test_cleaned_spectra_of_one_system_are_near():
    spectra = []
    for seed in (3, 4, 5):
        x = recording(seed)
        spectra.append(ds.fit(x, delays=12, rank=9).held_out_residuals(x))
    plain = ds.distance_matrix(spectra, metric="wasserstein")
    cleaned = ds.distance_matrix(spectra, metric="wasserstein", cleaned=0.1)
    off = ~np.eye(3, dtype=bool)
    assert 3 * cleaned.distances[off].max() < plain.distances[off].min()
    one = ds.compare(spectra[0], spectra[1], metric="wasserstein", cleaned=4)
    assert one.distance == cleaned.distances[0, 1]
    by_hand = ds.eigenvalue_distance(spectra[0].smallest(4).eigenvalues, spectra[1].smallest(4).eigenvalues)
    assert abs(one.distance - by_hand) < 1e-14


def test_what_cannot_be_cleaned_is_refused():
    x = recording(6)
    model = ds.fit(x, delays=12, rank=4)
    spectrum = model.held_out_residuals(x)
    with pytest.raises(ds.Error, match="needs spectra"):
        ds.compare(model, model, metric="wasserstein", cleaned=2)
    with pytest.raises(ds.Error, match="no angular distance"):
        ds.compare(spectrum, spectrum)
    with pytest.raises(ds.Error, match="the smallest is"):
        ds.compare(spectrum, spectrum, metric="wasserstein", cleaned=0.0)
    with pytest.raises(ds.Error):
        model.residuals(x[:5])
    with pytest.raises(ds.Error):
        spectrum.smallest(0)
