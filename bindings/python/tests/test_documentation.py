"""Every example in a docstring runs and gives what it says."""

import doctest
import importlib
import pkgutil

import dynamical_similarity
import pytest

MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(dynamical_similarity.__path__, "dynamical_similarity.")
    if not name.endswith("_native")
]


@pytest.mark.parametrize("name", ["dynamical_similarity", *MODULES])
def test_examples_give_what_they_say(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0
