"""The calls of dsa-metric return what it returns, or a smaller angle."""

import pathlib

import calls
import numpy as np
import pytest
from comparison import differences
from dynamical_similarity import dsa


@pytest.fixture(scope="module")
def reference():
    with np.load(pathlib.Path(__file__).with_name("reference.npz")) as kept:
        return dict(kept)


def test_every_call_returns_what_the_original_returned(reference):
    assert len(reference) > 200
    theirs = {name: value for name, value in reference.items() if not name.endswith("angle")}
    assert differences(calls.values(dsa), theirs) == []


@pytest.mark.filterwarnings("ignore:iters, lr and eps")
def test_no_angle_is_above_that_of_the_original(reference):
    theirs = {name: value for name, value in reference.items() if name.endswith("angle")}
    ours = calls.angles(dsa)
    assert len(theirs) == 4
    assert differences(ours, theirs) == []
    assert ours["similar: angle"] < 1e-7


def test_a_wrong_value_is_found(reference):
    wrong = dict(reference)
    wrong["all pairs: score"] = wrong["all pairs: score"] + 1e-11
    wrong["first: angle"] = wrong["first: angle"] + 1e-6
    del wrong["positional: |A_v|"]
    found = differences(wrong, reference)
    assert [line.split(":")[0] for line in found] == ["all pairs", "first", "positional"]


def test_the_same_calls_work_with_tensors(reference):
    class Tensor:
        """What is used of a tensor of torch."""

        def __init__(self, array):
            self.array = array

        def detach(self):
            return self

        def cpu(self):
            return self

        def numpy(self):
            return self.array

    theirs = {name: value for name, value in reference.items() if not name.endswith("angle")}
    assert differences(calls.values(dsa, Tensor), theirs) == []
    x = calls.recordings()
    systems = [Tensor(x[name]) for name in ("linear0", "linear1", "linear2")]
    score = dsa.DSA(systems, n_delays=4, rank=5).fit_score()
    assert np.max(np.abs(score - reference["all pairs: score"])) <= 1e-12
    assert dsa.DSA(systems[0], systems[1], n_delays=4, rank=5).fit_score() == score[0, 1]
