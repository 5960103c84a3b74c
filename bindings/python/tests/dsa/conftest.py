"""Fixtures of the tests of the calls of dsa-metric."""

import pytest
from dynamical_similarity.dsa import notices


@pytest.fixture(autouse=True)
def every_notice_again():
    """Notices are given once per process; every test sees them again."""
    notices.forget()
