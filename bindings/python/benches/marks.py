"""What the package costs: import, memory, calls, a matrix beside that of the program, growth, and parallel efficiency.

    python bindings/python/benches/marks.py [--dsa target/release/dsa]

Everything that is compared runs in turn, A B A B, and the least time of each counts. Ratios are what to look at.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dynamical_similarity as ds
import numpy as np


def in_turn(*tasks: Callable[[], Any], rounds: int = 5) -> list[float]:
    """The least time of each task in seconds, all tasks taking turns."""
    least = [float("inf")] * len(tasks)
    for _ in range(rounds):
        for at, task in enumerate(tasks):
            start = time.perf_counter()
            task()
            least[at] = min(least[at], time.perf_counter() - start)
    return least


def fresh(code: str) -> dict[str, float]:
    """Runs code in a process of its own: its time in ms, and its memory in MB."""
    program = (
        f"import time; start = time.perf_counter(); {code}; took = time.perf_counter() - start; import json, resource; "
    )
    program += "print(json.dumps([1e3 * took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3]))"
    found = [
        json.loads(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    return {"ms": min(one[0] for one in found), "MB": min(one[1] for one in found)}


def imports() -> None:
    numpy, both = fresh("import numpy"), fresh("import numpy; import dynamical_similarity")
    print(
        f"import: {both['ms'] - numpy['ms']:.0f} ms and {both['MB'] - numpy['MB']:.0f} MB beyond NumPy, "
        f"{both['ms']:.0f} ms and {both['MB']:.0f} MB with it (marks: 100 ms, 30 MB)"
    )


def calls() -> None:
    """The overhead of a call: what it takes for operators and a recording that are as small as they can be."""
    one = np.array([[0.5]])
    tiny = np.random.default_rng(0).normal(size=(8, 1))
    count = 2000

    def compare() -> None:
        for _ in range(count):
            ds.compare(one, one, metric="wasserstein")

    def fit() -> None:
        for _ in range(count):
            ds.fit(tiny, delays=1, rank=1)

    times = in_turn(compare, fit)
    print(f"a call: compare {1e6 * times[0] / count:.1f} us, fit {1e6 * times[1] / count:.1f} us (mark: 20 us)")


def operators(count: int, rank: int = 10) -> list[Any]:
    """Operators of noisy oscillations of ten kinds."""
    random = np.random.default_rng(1)
    found = []
    for k in range(count):
        t = np.arange(400.0)
        speed = 0.1 * (1 + k % 10)
        x = np.stack([np.sin((1 + 0.6 * c) * speed * t + random.uniform(0, 6)) for c in range(3)], axis=1)
        found.append(x + 0.1 * random.normal(size=x.shape))
    return [model.operator for model in ds.fit_all(found, delays=8, rank=rank)]


def beside_the_program(program: str) -> None:
    """Fits and all pairs of the same recordings, which `dsa compare` reads from files."""
    recordings = [ds.simulate("lorenz", samples=400, rho=28.0 + 0.1 * k, seed=k + 1) for k in range(160)]
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for k, x in enumerate(recordings):
            files.append(str(Path(folder) / f"{k:03}.npy"))
            np.save(files[-1], x)
        options = ["--delays", "12", "--rank", "10", "--no-halves", "--threads", "1", "--json"]

        def run(words: list[str]) -> float:
            start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            subprocess.run([program, "compare", *words, *options], capture_output=True, check=True)
            return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - start

        ours, whole = [], []
        for _ in range(5):
            start = time.process_time()
            # The program also compares at the neighbouring ranks, so three ranks are compared here.
            for rank in (9, 10, 11):
                ds.distance_matrix(ds.fit_all(recordings, delays=12, rank=rank, threads=1), threads=1)
            ours.append(time.process_time() - start)
            whole.append(run(files))
    print(
        f"160 recordings at three ranks, fits and all pairs, one thread, CPU time: Python {min(ours):.2f} s, dsa {min(whole):.2f} s, "
        f"ratio {min(ours) / min(whole):.3f} (mark: at most 1.03)"
    )


def growth(most: int) -> None:
    all_operators = operators(most)

    def compared(count: int, threads: int) -> Callable[[], Any]:
        return lambda: ds.distance_matrix(all_operators[:count], threads=threads)

    times = {}
    for count in (most // 4, most // 2, most):
        one, two = in_turn(compared(count, 1), compared(count, 2), rounds=2)
        times[count] = one
        print(
            f"{count} operators of rank 10: one thread {one:.2f} s, two {two:.2f} s, efficiency {one / two / 2:.2f} (mark: .9), "
            f"{1e6 * one / (count * (count - 1) / 2):.0f} us a pair"
        )
    slope = np.polyfit(np.log(list(times)), np.log(list(times.values())), 1)[0]
    print(f"time grows as N to the power {slope:.2f} (N² expected)")
    print(f"memory of the process, at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


def main() -> None:
    """Prints all marks."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--dsa", help="the program dsa, built with --release")
    arguments.add_argument("--most", type=int, default=1000, help="operators of the largest matrix")
    given = arguments.parse_args()
    imports()
    calls()
    if given.dsa:
        beside_the_program(given.dsa)
    else:
        print("the program dsa is missing (--dsa), so that no matrix is compared with its own")
    growth(given.most)


if __name__ == "__main__":
    main()
