"""The program ``dsa``, and its commands for other modules."""

from __future__ import annotations

from . import _native
from ._errors import Error


def main() -> int:
    """Run ``dsa`` with the arguments of this process."""
    import sys

    return _native.run_program(sys.argv[1:])


def run(words: list[str]) -> str:
    """Run a command of ``dsa``: what it prints to standard output. Its notes go to the log ``dynamical_similarity``.

    Raises
    ------
    Error
        With the sentence of the failure.
    """
    found = _native.run_command(words)
    if found["notes"]:
        import logging

        for line in found["notes"].splitlines():
            logging.getLogger("dynamical_similarity").info(line)
    if found["failure"] is not None:
        raise Error(found["failure"])
    return str(found["output"])
