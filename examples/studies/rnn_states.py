"""States of sixteen trained networks, as trials x time x units, and tables of their tasks and kinds.

Usage: python3 rnn_states.py DIR      (needs NumPy)

The networks are those of ../case_studies/networks, whose text has the equations. Every network gets the same pulses and
noise of its own, as trained networks are usually probed.
"""

import pathlib
import sys

import numpy as np

NETWORKS = pathlib.Path(__file__).parent.parent / "case_studies" / "networks"
TASKS = ["flip-flop", "integrator"]
KINDS = ["tanh", "relu", "softplus", "gru"]
TRIALS, STEPS, DROPPED, NOISE, CHANCE_OF_A_PULSE = 60, 250, 50, 0.01, 0.03


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


PHI = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0), "softplus": lambda x: np.logaddexp(0, x)}


def states(weights, kind, pulses, random):
    recurrent = weights["weight_hh_l0"].astype(float)
    state = np.zeros((len(pulses), recurrent.shape[1]))
    kept = []
    for t in range(pulses.shape[1]):
        drive = pulses[:, t] @ weights["weight_ih_l0"].T + weights["bias_ih_l0"]
        if kind == "gru":
            back = state @ recurrent.T + weights["bias_hh_l0"]
            (r1, z1, n1), (r2, z2, n2) = np.split(drive, 3, 1), np.split(back, 3, 1)
            update = sigmoid(z1 + z2)
            state = update * state + (1 - update) * np.tanh(n1 + sigmoid(r1 + r2) * n2)
        else:
            state = PHI[kind](drive + state @ recurrent.T)
        state = state + NOISE * random.standard_normal(state.shape)
        kept.append(state)
    return np.stack(kept[DROPPED:], axis=1)


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(1)
pulses = random.choice([-1.0, 0.0, 1.0], (TRIALS, STEPS, 3), p=[CHANCE_OF_A_PULSE / 2, 1 - CHANCE_OF_A_PULSE, CHANCE_OF_A_PULSE / 2])
tasks, kinds = [], []
for task in TASKS:
    for kind in KINDS:
        for number in (1, 2):
            name = f"{task}-{kind}-{number}"
            with np.load(NETWORKS / f"{name}.npz") as weights:
                np.save(folder / f"{name}.npy", states(weights, kind, pulses, random).astype(np.float32))
            tasks.append(f"{name},{task}\n")
            kinds.append(f"{name},{kind}\n")
(folder / "tasks.csv").write_text("".join(tasks))
(folder / "kinds.csv").write_text("".join(kinds))
