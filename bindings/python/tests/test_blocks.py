"""Recordings that are larger than the memory: the bits of a fit in memory, in memory that does not grow."""

import json
import subprocess
import sys

import dynamical_similarity as ds
import numpy as np
import pytest


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """A file of 16-bit integers: 16 channels of slow noise."""
    path = tmp_path_factory.mktemp("raw") / "raw.bin"
    random = np.random.default_rng(3)
    noise = random.normal(size=(400_000, 16))
    for k in range(1, len(noise), 1):
        noise[k] += 0.95 * noise[k - 1]
    (300 * noise @ random.normal(size=(16, 16))).astype("<i2").tofile(path)
    return path


def test_blocks_have_the_bits_of_a_fit_in_memory(raw, tmp_path, monkeypatch):
    mapped = np.memmap(raw, "<i2", "r").reshape(-1, 16)
    whole = ds.fit(np.array(mapped, float), delays=4, rank=8)
    assert whole.fit_path == "compensated-gram"
    np.save(tmp_path / "x.npy", np.array(mapped, float))

    class Dataset:
        """What a data set of h5py looks like."""

        shape, dtype = mapped.shape, mapped.dtype

        def __getitem__(self, at):
            return np.array(mapped[at])

        def __array__(self, dtype=None, copy=None):
            raise AssertionError("it was read at once")

    sources = [mapped, Dataset(), tmp_path / "x.npy", np.load(tmp_path / "x.npy", mmap_mode="r")]
    for length in (1 << 20, 99_999):
        monkeypatch.setattr("dynamical_similarity._blocks.BLOCK_VALUES", length)
        for source in sources:
            model = ds.fit(source, delays=4, rank=8)
            assert model.operator.tobytes() == whole.operator.tobytes()
            assert model.basis.tobytes() == whole.basis.tobytes()
            sources = sources[:2]
    # A part of a map is its own recording; a rule for the rank reads all of it.
    part = ds.fit(mapped[100_000:200_000], delays=4, rank=8)
    assert (
        part.operator.tobytes() == ds.fit(np.array(mapped[100_000:200_000], float), delays=4, rank=8).operator.tobytes()
    )
    assert ds.fit(mapped[:100_000], delays=2, rank="variance:0.9").rank < 32


def test_a_bad_sample_is_found_wherever_it_is(tmp_path):
    x = np.random.default_rng(0).normal(size=(300_000, 8)).astype(np.float32)
    x[299_990, 5] = np.inf
    np.save(tmp_path / "x.npy", x)
    with pytest.raises(ds.Error) as refused:
        ds.fit(tmp_path / "x.npy", delays=3, rank=4)
    assert refused.value.fields == {"trial": 0, "sample": 299_990, "channel": 5}

    class Broken:
        """A file that cannot be read to its end."""

        shape, dtype = (300_000, 8), np.dtype(np.float64)

        def __getitem__(self, at):
            if at.start > 0:
                raise OSError("the disk is gone")
            return x[at]

    with pytest.raises(OSError, match="the disk is gone"):
        ds.fit(Broken(), delays=3, rank=4)


def test_memory_does_not_grow_with_the_length(tmp_path):
    """Ten times as long a file takes no more memory: 15 and 150 MB of integers, 60 and 600 MB of samples."""
    code = """
import sys, json, resource, numpy as np, dynamical_similarity as ds
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
x = np.memmap(sys.argv[1], '<i2', 'r').reshape(-1, 96)
model = ds.fit(x, delays=2, rank=6)
print(json.dumps([before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, model.windows]))
"""
    random, peaks = np.random.default_rng(1), []
    block = (1000 * random.normal(size=(26_000, 96)).cumsum(axis=1)).astype("<i2")
    for repeats in (3, 30):
        path = tmp_path / "raw.bin"
        with open(path, "wb") as file:
            for _ in range(repeats):
                block.tofile(file)
        done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=True)
        before, peak, windows = json.loads(done.stdout)
        assert windows == repeats * 26_000 - 1
        peaks.append((peak - before) / 1e3)
    assert peaks[1] < peaks[0] + 20.0 and peaks[1] < 300.0, peaks
