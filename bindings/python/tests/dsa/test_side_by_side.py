"""The same calls with dsa-metric itself, where it is installed; make_reference.py says how to install it."""

import calls
import make_reference
import pytest
from comparison import differences
from dynamical_similarity import dsa


@pytest.fixture(scope="module")
def original():
    try:
        make_reference.original()
    except ImportError as error:
        pytest.skip(f"dsa-metric 2.0.2 cannot be imported, so nothing is compared with it: {error}")
    return make_reference.reference()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_both_packages_return_the_same(original):
    import torch

    ours = {**calls.values(dsa), **calls.angles(dsa)}
    assert differences(ours, original) == []
    assert (
        differences(calls.values(dsa, torch.from_numpy), {n: v for n, v in original.items() if "angle" not in n}) == []
    )


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_float32_is_the_only_reason_why_the_defaults_of_the_original_differ(original):
    import DSA

    x = calls.recordings()
    systems = [x[name] for name in ("linear0", "linear1", "linear2")]
    theirs = DSA.DSA(systems, n_delays=4, rank=5).fit_score()
    ours = dsa.DSA(systems, n_delays=4, rank=5).fit_score()
    assert 0 < abs(ours - theirs).max() < 1e-5


@pytest.mark.filterwarnings("ignore")
def test_models_of_pykoopman_give_the_same_distances(original):
    import DSA.pykoopman
    import pydmd
    import torch

    x = calls.recordings()
    systems = [x["linear0"], x["trials"], x["other_trials"]]
    observables = DSA.pykoopman.observables.TimeDelay(n_delays=2)
    settings = {"observables": observables, "regressor": pydmd.DMD(svd_rank=5)}
    found = []
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        for package in (DSA, dsa):
            model = package.GeneralizedDSA(
                systems,
                dmd_class=DSA.pykoopman.Koopman,
                dmd_config=settings,
                simdist_config={"score_method": "wasserstein"},
            )
            found.append(model.fit_score())
    finally:
        torch.set_default_dtype(before)
    # The original compares these operators in float32.
    assert found[0].max() > 1e-3 and abs(found[0] - found[1]).max() < 1e-6
