"""Distances: the same bits as the program, on every executor, and an end by Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import dynamical_similarity as ds
import numpy as np
import pytest


def dsa(*words, folder):
    """Runs the program that the package brings along."""
    program = "import sys; from dynamical_similarity._program import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_distances_are_those_of_the_program_to_the_bit(lorenz, models, tmp_path):
    files = []
    for at, x in enumerate(lorenz):
        files.append(f"{at}.npy")
        np.save(tmp_path / files[-1], x)
    for metric in ("angular", "chordal", "wasserstein"):
        words = [*files, "--delays", "12", "--rank", "5", "--metric", metric, "--no-halves"]
        dsa("compare", *words, "--output", metric, folder=tmp_path)
        program = np.load(tmp_path / metric / "distances.npy")
        assert ds.distance_matrix(models, metric=metric).distances.tobytes() == program.tobytes()
        bounds = np.load(tmp_path / metric / "lower_bounds.npy")
        assert ds.distance_matrix(models, metric=metric).lower_bounds.tobytes() == bounds.tobytes()
    dsa("compare", *files, "--quick", "--sensors", "shared", "--no-halves", "--output", "fan", folder=tmp_path)
    program = np.load(tmp_path / "fan" / "distances.npy")
    assert ds.fan(lorenz, quick=True).distances.tobytes() == program.tobytes()
    words = ["--baseline", "log-spectrum,cka,euclidean", "--delays", "12", "--rank", "5", "--no-halves"]
    dsa("compare", *files, *words, "--output", "baselines", folder=tmp_path)
    for method in ("log-spectrum", "cka", "euclidean"):
        program = np.load(tmp_path / "baselines" / f"baseline_{method}.npy")
        assert ds.baseline(lorenz, method=method).distances.tobytes() == program.tobytes()


def test_the_matrix_has_the_distances_of_its_pairs(models):
    matrix = ds.distance_matrix(models, certify=True)
    assert matrix.is_among and matrix.shape == (6, 6)
    for i, a in enumerate(models):
        for j, b in enumerate(models[:i]):
            pair = ds.compare(a, b, certify=True)
            assert (pair.distance, pair.lower_bound, pair.certified) == (
                matrix[i, j],
                matrix.lower_bounds[i, j],
                matrix.certified[i, j],
            )
            turned = pair.transform @ b.operator @ pair.transform.T
            cosine = (a.operator * turned).sum() / np.linalg.norm(a.operator) / np.linalg.norm(turned)
            assert np.isclose(np.arccos(min(cosine, 1.0)), pair.distance, atol=1e-7)
    between = ds.distance_matrix(models[:2], models[2:])
    assert between.shape == (2, 4) and not between.is_among
    assert between.distances.tobytes() == np.ascontiguousarray(ds.distance_matrix(models)[:2, 2:]).tobytes()
    assert np.asarray(matrix) is matrix.distances and len(matrix) == 6


def test_threads_and_executors_change_no_bit(models, monkeypatch):
    monkeypatch.setattr("dynamical_similarity._compare.PAIRS_OF_A_BLOCK", 4)
    for options in ({}, {"metric": "wasserstein"}, {"unequal_ranks": "pad"}):
        operators = [np.array(model.operator) for model in models]
        if "unequal_ranks" in options:
            operators[1] = operators[1][:3, :3]
        alone = ds.distance_matrix(operators, **options)
        for threads in (1, 3):
            assert (
                ds.distance_matrix(operators, threads=threads, **options).distances.tobytes()
                == alone.distances.tobytes()
            )
        with ThreadPoolExecutor(2) as threads, ProcessPoolExecutor(2) as processes:
            for executor in (threads, processes):
                seen = []
                tell = lambda done, total, seen=seen: seen.append((done, total))
                elsewhere = ds.distance_matrix(operators, executor=executor, progress=tell, **options)
                for name in ("distances", "lower_bounds", "certified"):
                    assert getattr(elsewhere, name).tobytes() == getattr(alone, name).tobytes()
                assert seen[-1] == (15, 15) and len(seen) == 4


@pytest.mark.parametrize("options", [{}, {"metric": "wasserstein"}, {"certify": True}])
def test_nearest_neighbours_are_those_of_the_matrix(models, options):
    matrix = ds.distance_matrix(models, **options)
    found = ds.nearest(models, k=2, **options)
    for i in range(6):
        others = sorted((matrix[i, j], j) for j in range(6) if j != i)[:2]
        assert list(zip(found.distances[i], found.indices[i])) == others
        assert (found.lower_bounds[i] == matrix.lower_bounds[i][found.indices[i]]).all()
    assert found.searches <= 15 and ds.nearest(models[:2], k=4).indices.tolist() == [[1], [0]]
    with pytest.raises(ds.Error):
        ds.nearest(models, k=-1)


def test_an_error_of_a_worker_is_the_error(models):
    with ProcessPoolExecutor(1) as executor, pytest.raises(ds.Error, match="rank") as refused:
        ds.distance_matrix([models[0], np.eye(3)], executor=executor)
    assert refused.value.kind == "RankMismatch"


def test_dask_workers_find_the_same_bits(models, monkeypatch):
    distributed = pytest.importorskip("dask.distributed", reason="dask.distributed is not installed")
    monkeypatch.setattr("dynamical_similarity._compare.PAIRS_OF_A_BLOCK", 4)
    alone = ds.distance_matrix(models)
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        elsewhere = ds.distance_matrix(models, executor=client.get_executor())
        # Fits where the recordings are; only models travel.
        fits = client.map(
            lambda seed: ds.fit(ds.simulate("lorenz", samples=300, seed=seed), delays=5, rank=3), range(4)
        )
        there = ds.distance_matrix(client.gather(fits))
    assert elsewhere.distances.tobytes() == alone.distances.tobytes()
    here = [ds.fit(ds.simulate("lorenz", samples=300, seed=seed), delays=5, rank=3) for seed in range(4)]
    assert there.distances.tobytes() == ds.distance_matrix(here).distances.tobytes()


def test_ctrl_c_ends_a_long_matrix(random):
    operators = list(0.3 * random.normal(size=(150, 15, 15)))
    timer = threading.Timer(0.7, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        ds.distance_matrix(operators, effort="thorough")
    interrupted = time.monotonic()
    # The library is whole after it.
    assert ds.distance_matrix(operators[:3]).shape == (3, 3)
    assert time.monotonic() - interrupted < 30.0


def test_progress_is_told_and_may_end_the_work(models, capsys):
    seen = []
    ds.distance_matrix(models, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (15, 15)

    def stop(done, total):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        ds.distance_matrix(models, progress=stop)
    ds.distance_matrix(models, progress=True)
    ds.fit_all([ds.simulate("lorenz", samples=300, seed=1)], delays=5, rank=3, progress=True)


@pytest.mark.parametrize(
    ("a", "b", "options", "kind"),
    [
        (np.eye(3), np.eye(2), {}, "RankMismatch"),
        (np.zeros((2, 2)), np.eye(2), {}, "ZeroOperator"),
        (np.full((2, 2), np.nan), np.eye(2), {}, "NonFiniteEntry"),
        (np.eye(3)[:2], np.eye(2), {}, ""),
        (np.eye(2), np.eye(2), {"metric": "cosine"}, ""),
        (np.eye(2), np.eye(2), {"effort": "huge"}, ""),
        (np.eye(17), 2 * np.eye(17), {"certify": True}, "InvalidSetting"),
        (np.zeros((0, 0)), np.zeros((0, 0)), {}, "Empty"),
    ],
)
def test_what_cannot_be_compared_is_refused(a, b, options, kind):
    with pytest.raises(ds.Error) as refused:
        ds.compare(a, b, **options)
    assert refused.value.kind == kind
    if kind != "ZeroOperator":
        with pytest.raises(ds.Error):
            ds.distance_matrix([a, b], **options)


def test_eigenvalues_alone_have_a_distance(random):
    a, b = (random.normal(size=6) + 1j * random.normal(size=6) for _ in range(2))
    from itertools import permutations

    best = min(np.mean(np.abs(a - b[list(order)]) ** 2) for order in permutations(range(6)))
    assert np.isclose(ds.eigenvalue_distance(a, b, metric="wasserstein-squared"), best, rtol=1e-12)
    with pytest.raises(ds.Error):
        ds.eigenvalue_distance(a, b[:4])
    with pytest.raises(ds.Error, match="Wasserstein"):
        ds.eigenvalue_distance(a, b, metric="angular")


def test_the_page_is_that_of_the_program(lorenz, tmp_path):
    labels = ["28", "28", "60", "60", "90", "90"]
    found = ds.report(lorenz, tmp_path / "page", labels=labels, delays=12, rank=5)
    assert found == json.loads((tmp_path / "page" / "report.json").read_text())
    assert (tmp_path / "page" / "report.html").read_text().startswith("<!DOCTYPE html>")
    models = ds.fit_all(lorenz, delays=12, rank=5)
    assert np.load(tmp_path / "page" / "distances.npy").tobytes() == ds.distance_matrix(models).distances.tobytes()
    for wrong, match in (
        ({"labels": ["a"]}, "labels"),
        ({"names": ["a"] * 6}, "same name"),
        ({"metric": "x"}, "metric"),
    ):
        with pytest.raises(ds.Error, match=match):
            ds.report(lorenz, tmp_path / "page", **wrong)
