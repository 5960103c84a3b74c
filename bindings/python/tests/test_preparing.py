"""Recordings in memory are prepared, named and compared as files are."""

import dynamical_similarity as ds
import numpy as np
import pytest


@pytest.fixture
def counts():
    return np.random.default_rng(0).poisson(0.5, size=(6, 200, 4))


def test_an_array_is_prepared_as_its_file_is(tmp_path, counts):
    np.save(tmp_path / "counts.npy", counts)
    how = {"rate": 1000, "bin": "4ms", "smooth": "8ms", "components": 3}
    from_file, from_array = ds.read(tmp_path / "counts.npy", **how), ds.prepare(counts, **how)
    assert from_array.rate == from_file.rate == 250
    assert from_array.notes == from_file.notes
    for one, other in zip(from_array.trials, from_file.trials, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_recording_is_prepared_again_with_the_rate_and_the_notes_that_it_has(tmp_path, counts):
    np.savez(tmp_path / "counts.npz", counts=counts, fs=1000.0)
    read = ds.read(tmp_path / "counts.npz")
    prepared = ds.prepare(read, bin="4ms", components=2)
    assert prepared.rate == 250 and prepared.channels == 2
    assert prepared.notes[: len(read.notes)] == read.notes and len(prepared.notes) > len(read.notes)
    assert prepared.path == read.path


def test_trials_of_unequal_length_are_prepared(counts):
    trials = [trial[: 100 + 4 * at] for at, trial in enumerate(counts)]
    prepared = ds.prepare(trials, rate=1000, bin="4ms")
    assert [len(trial) for trial in prepared.trials] == [25 + at for at in range(6)]
    np.testing.assert_array_equal(prepared.trials[1][0], trials[1][:4].sum(axis=0))


def test_a_refusal_names_no_file_that_nobody_gave(counts):
    with pytest.raises(ds.Error, match="rate") as caught:
        ds.prepare(counts, bin="4ms")
    assert "recording.np" not in str(caught.value)


def test_a_fan_is_the_one_of_a_report(tmp_path):
    recordings = [ds.simulate("lorenz", samples=300, rho=rho, seed=seed) for rho in (28, 60) for seed in (1, 2)]
    page = ds.report(recordings, tmp_path / "page", quick=True)
    np.testing.assert_array_equal(ds.fan(recordings, quick=True).distances, page["distances"])


def test_a_report_knows_the_rate_of_recordings(tmp_path, counts):
    recordings = [ds.prepare(counts[half], rate=1000, bin="4ms") for half in (slice(0, 3), slice(3, 6))]
    assert ds.report(recordings, tmp_path / "page", delays=3, rank=2)["rate"] == 250
    assert ds.report([part.trials for part in recordings], tmp_path / "page", delays=3, rank=2)["rate"] is None


def test_frequencies_are_those_of_the_recording_whatever_is_predicted():
    x = np.exp(-np.arange(0, 2, 0.01) / 0.5) * np.cos(2 * np.pi * 3 * np.arange(0, 2, 0.01))
    for steps_ahead in (1, 4):
        model = ds.fit(x, delays=4, rank=2, centre="none", steps_ahead=steps_ahead)
        np.testing.assert_allclose(model.frequencies(100), [3, -3], rtol=1e-6)
        np.testing.assert_allclose(model.decay_times(100), 0.5, rtol=1e-6)
