"""What several tests use."""

import dynamical_similarity as ds
import numpy as np
import pytest


@pytest.fixture(scope="session")
def lorenz():
    """Three kinds of Lorenz recordings, two of each."""
    return [ds.simulate("lorenz", samples=700, rho=rho, seed=seed) for rho in (28, 60, 90) for seed in (1, 2)]


@pytest.fixture(scope="session")
def models(lorenz):
    """Operators of rank 5."""
    return ds.fit_all(lorenz, delays=12, rank=5)


@pytest.fixture
def random():
    """A generator of random numbers."""
    return np.random.default_rng(7)
