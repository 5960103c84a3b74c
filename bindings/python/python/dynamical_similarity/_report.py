"""The page of a comparison, as ``dsa compare --output`` writes it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._errors import Error
from ._program import run
from ._recording import Recording, names_of, save, words

if TYPE_CHECKING:
    from ._recording import RecordingLike


def report(
    recordings: Iterable[RecordingLike] | Mapping[str, RecordingLike],
    output: str | os.PathLike[str],
    *,
    names: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    strata: Sequence[str] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Compare recordings and write a page about it: ``report.html`` with its pictures, and all numbers beside it.

    Parameters
    ----------
    recordings : iterable, or mapping of names to recordings
        Recordings, each as :func:`fit` takes it.
    output : str or path
        The folder of the results. It is made if there is none, and results of an earlier run are replaced.
    names : sequence of str, optional
        The names of the recordings.
    labels, strata : sequence of str, optional
        The class of each recording, and what it belongs to, such as its subject.
    **options
        The options of ``dsa compare`` with underscores, such as `delays`, `rank`, `metric`, `resamples`, `baseline`, `question`,
        `sensors`, `quick`, `threads`. Without delays and rank, a fan of windows and ranks is compared.

    Returns
    -------
    dict
        The contents of ``report.json``.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import dynamical_similarity as ds
    >>> recordings = {f"rho {rho}, {seed}": ds.simulate("lorenz", samples=400, rho=rho, seed=seed)
    ...               for rho in (28, 60) for seed in (1, 2)}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = ds.report(recordings, folder, labels=["28", "28", "60", "60"], delays=10, rank=4)
    ...     (pathlib.Path(folder) / "report.html").exists()
    True
    """
    import csv
    import json
    import tempfile

    if isinstance(recordings, Mapping):
        names = list(recordings) if names is None else names
        recordings = recordings.values()
    recordings = list(recordings)
    names = list(names or names_of(recordings))
    for what, values in (("names", names), ("labels", labels), ("strata", strata)):
        if values is not None and len(values) != len(recordings):
            raise Error(f"there are {len(values)} {what} for {len(recordings)} recordings")
    if len(set(names)) != len(names):
        raise Error("two recordings have the same name")
    with tempfile.TemporaryDirectory() as folder:
        files = [
            save(
                Path(folder) / _file_name(name), recording, recording.rate if isinstance(recording, Recording) else None
            )
            for name, recording in zip(names, recordings)
        ]
        given: dict[str, Any] = {"output": Path(output), **options}
        for what, values in (("labels", labels), ("strata", strata)):
            if values is not None:
                given[what] = Path(folder) / f"{what}.csv"
                with open(given[what], "w", newline="", encoding="utf-8") as table:
                    csv.writer(table).writerows(zip((file.name for file in files), values))
        run(["compare", *words(given), "--", *(os.fspath(file) for file in files)])
    found: dict[str, Any] = json.loads((Path(output) / "report.json").read_text(encoding="utf-8"))
    return found


def _file_name(name: str) -> str:
    """A name that every system takes for a file."""
    made = "".join(" " if letter in '/\\:*?"<>|' or not letter.isprintable() else letter for letter in name).strip()
    if not made:
        raise Error(f"{name!r} is no name for a recording")
    return made
