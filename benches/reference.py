"""The authors' package dsa-metric on the pairs of timed_pairs, beside this library; see reference.sh.

    python reference.py pairs.csv

Both on one core. Theirs at the defaults of its class DSA for angles (1500 iterations of Adam at rate 0.005, from two
starts; float32, as it casts everything), seed 0. Its cosine is that of the angle that it reports. It does the same
work for every pair of an order: its time is the least of the pairs, in seconds of the processor, so that other load
counts against this library alone, whose times are of the clock (the best of five runs).
"""

import collections
import csv
import math
import sys
import time

INSTALL = """\
The reference cannot be run: {why}.
It wants Python 3.10 with these packages (a CPU build of torch in one wheel; numpy must stay below 2):

    python3.10 -m venv v
    v/bin/pip install torch==1.12.1 numpy==1.26.4 "scipy<1.16" "pandas<3" "scikit-learn<1.8" pot
    v/bin/pip install --no-deps dsa-metric==2.0.2 pydmd
    v/bin/pip install tqdm optht derivative prettytable matplotlib joblib omegaconf h5netcdf ezyrb xarray numpy==1.26.4
    PYTHON=v/bin/python sh benches/reference.sh

Debian's python3-torch with Python 3.11 and a venv with --system-site-packages is another way."""
VERSION = "2.0.2"
ITERATIONS, RATE = 1500, 0.005
# Cosines nearer than this are called the same: theirs is float32.
SAME = 1e-6


def imported():
    """torch and the package's solver, or None and why not."""
    try:
        import importlib.metadata

        import torch
        from DSA import SimilarityTransformDist

        version = importlib.metadata.version("dsa-metric")
    except Exception as error:  # whatever a broken installation raises
        return None, f"{sys.executable}: {error}"
    if version != VERSION:
        return None, f"dsa-metric is {version}, not {VERSION}"
    torch.set_num_threads(1)
    return (torch, SimilarityTransformDist), None


def solve(torch, solver, a, b):
    """Processor seconds and cosine of a pair."""
    torch.manual_seed(0)
    distance = solver(iters=ITERATIONS, lr=RATE, score_method="angular")
    begun = time.process_time()
    angle = float(distance.fit_score(a, b))
    return time.process_time() - begun, math.cos(angle)


def nearer(ours, theirs):
    return "same" if abs(ours - theirs) <= SAME else "ours" if ours > theirs else "reference"


def main():
    found, why = imported()
    if found is None:
        print(INSTALL.format(why=why))
    if sys.argv[1:] == ["--check"]:
        sys.exit(found is None)
    if found is None:
        return
    import numpy as np

    torch, solver = found
    orders = collections.defaultdict(list)
    with open(sys.argv[1], newline="") as file:
        for line in csv.DictReader(file):
            orders[int(line["n"])].append(line)
    operator = lambda n, words: np.array(words.split(), dtype=float).reshape((n, n), order="F")
    # The first call pays for what torch loads.
    distance = solver(iters=10, lr=RATE, score_method="angular")
    distance.fit_score(np.eye(3), np.diag([1.0, 2.0, 3.0]))

    print(f"dsa-metric {VERSION}, torch {torch.__version__}, Python {sys.version.split()[0]}\n")
    pairs, table = [], []
    for n, lines in orders.items():
        solved = [solve(torch, solver, operator(n, x["a"]), operator(n, x["b"])) for x in lines]
        ours, best = ([float(x[key]) for x in lines] for key in ("cosine", "best_known_cosine"))
        theirs = [cosine for _, cosine in solved]
        seconds = min(x for x, _ in solved)
        pair, prepare = (float(lines[0][key]) for key in ("pair_microseconds", "prepare_microseconds"))
        mean = lambda values: sum(values) / len(values)
        wins = collections.Counter(map(nearer, ours, theirs))
        table.append(
            f"| {n} | {pair:.0f} | {prepare:.0f} | {seconds:.2f} | {1e6 * seconds / pair:.0f} "
            f"| {mean(ours):.6f} | {mean(theirs):.6f} | {mean(best):.6f} "
            f"| {wins['ours']} / {wins['same']} / {wins['reference']} |"
        )
        for x, our, their, known, (took, _) in zip(lines, ours, theirs, best, solved):
            name = f"{x['family']} {x['index']}"
            pairs.append(
                f"| {n} | {name} | {took:.2f} | {our:.6f} | {their:.6f} | {known:.6f} | {nearer(our, their)} |"
            )
    print("| n | ours, us/pair | ours, us to prepare an operator | reference, s/pair | ratio of times a pair", end=" ")
    print("| our cosine | reference's cosine | best known | nearer: ours / same / reference |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    print("\n".join(table))
    print("\nCosines are means over these pairs; the larger is nearer the optimum:\n")
    print("| n | pair | reference, s | our cosine | reference's cosine | best known | nearer |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    print("\n".join(pairs))


main()
