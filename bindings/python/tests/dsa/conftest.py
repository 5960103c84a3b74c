"""Fixtures of the tests of the calls of dsa-metric."""

import pathlib
import sys

import pytest
from dynamical_similarity.dsa import notices

# The tests share files that are no tests, whichever way pytest imports them.
sys.path.insert(0, str(pathlib.Path(__file__).parent))


@pytest.fixture(autouse=True)
def every_notice_again():
    """Notices are given once per process; every test sees them again."""
    notices.forget()
