"""Recordings: whatever holds samples, as lists of trials in C order."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from . import _native
from ._errors import Error

Array = npt.NDArray[np.floating[Any]]

if TYPE_CHECKING:
    from typing import TypeAlias

    RecordingLike: TypeAlias = npt.ArrayLike | Sequence[npt.ArrayLike] | "Recording" | str | os.PathLike[str]
    """What holds one recording: an array of (time, channels) or (trials, time, channels), a list of arrays of (time,
    channels) of any lengths, what :func:`read` gives, or the path of a file that :func:`read` reads."""


@dataclass(frozen=True)
class Recording:
    """A recording as it was read from a file.

    Attributes
    ----------
    trials : list of ndarray
        Arrays of (time, channels), in double precision.
    rate : float or None
        Samples per second, where the file states them.
    channel_names : list of str
        Empty where the file names none.
    notes : list of str
        What the reader decided by itself.
    path : str
        The file.
    """

    trials: list[npt.NDArray[np.float64]]
    rate: float | None = None
    channel_names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    path: str = ""

    @property
    def channels(self) -> int:
        """Channels of every trial."""
        return int(self.trials[0].shape[1])

    def __len__(self) -> int:
        return len(self.trials)

    def __repr__(self) -> str:
        samples = sorted({len(trial) for trial in self.trials})
        length = f"{samples[0]}" if len(samples) == 1 else f"{samples[0]} to {samples[-1]}"
        rate = "" if self.rate is None else f", {self.rate:g} per second"
        count = len(self.trials)
        return f"Recording({count} trial{'s' * (count != 1)} of {length} samples x {self.channels} channels{rate})"


def words(options: dict[str, Any]) -> list[str]:
    """Keyword arguments as the words of a command line: ``raw_channels=96`` is ``--raw-channels 96``."""
    made: list[str] = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            made.append(option)
        elif isinstance(value, (str, os.PathLike)) or not isinstance(value, Iterable):
            made += [option, os.fspath(value) if isinstance(value, os.PathLike) else str(value)]
        else:
            made += [option, ",".join(str(item) for item in value)]
    return made


def read(path: str | os.PathLike[str], **options: Any) -> Recording:
    """Read a recording from a file, in every format that the program ``dsa`` reads, and prepare it.

    Parameters
    ----------
    path : str or path
        A file of NumPy (.npy, .npz), MATLAB (.mat), HDF5 (.h5, .hdf5), NWB (.nwb), EDF (.edf, .bdf), a table (.csv, .tsv), or
        raw 16-bit integers (.bin, .dat, .raw).
    **options
        The options of ``dsa doctor`` with underscores: `dataset`, `axes`, `select`, `raw_channels`, `rate`, `trials`, `gaps`,
        `mark`, `resample`, `decimate`, `bin`, `smooth`, `causal`, `components`, `sphere`. ``dsa doctor --help`` explains them.

    Returns
    -------
    Recording
        It can be given to every function that takes a recording.

    Raises
    ------
    Error
        If the file cannot be read, or a sample is missing or infinite.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import dynamical_similarity as ds
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "day1.npy"
    ...     np.save(file, np.random.default_rng(0).normal(size=(300, 4)))
    ...     ds.read(file, rate=100, decimate=3, select="0-1")
    Recording(1 trial of 100 samples x 2 channels, 33.3333 per second)
    """
    name = os.fspath(path)
    found = _native.read(["doctor", *words(options), "--", name])
    return Recording(found["trials"], found["rate"], found["channel_names"], found["notes"], name)


def prepare(recording: RecordingLike, *, rate: float | None = None, **options: Any) -> Recording:
    """Prepare a recording that is in memory: resample, bin, smooth, reduce to principal components.

    Nothing is done without being asked for, and the steps are applied in this order, whatever the order of the arguments:
    `select`, `mark`, `resample` or `decimate`, `bin`, `smooth`, `components` with or without `sphere`.

    Parameters
    ----------
    recording : array, list of arrays, Recording or path
        A recording as :func:`fit` takes it.
    rate : float, optional
        Samples per second; that of the recording by default. Widths in ms or s need it.
    **options
        The options of ``dsa doctor`` that prepare recordings, as in :func:`read`.

    Returns
    -------
    Recording
        In double precision. Its ``notes`` say what was decided by itself, such as the share of variance that components keep.

    Examples
    --------
    >>> import numpy as np
    >>> import dynamical_similarity as ds
    >>> counts = np.random.default_rng(0).poisson(0.1, size=(20, 300, 12))
    >>> ds.prepare(counts, rate=1000, bin="10ms", smooth="20ms", components=5)
    Recording(20 trials of 30 samples x 5 channels, 100 per second)
    """
    if isinstance(recording, (str, os.PathLike)):
        return read(recording, rate=rate, **options)
    held = recording if isinstance(recording, Recording) else Recording([])
    with tempfile.TemporaryDirectory() as folder:
        file = save(Path(folder) / "recording", recording)
        try:
            found = read(file, rate=held.rate if rate is None else rate, **options)
        except Error as error:
            raise Error(str(error).replace(f"{file}: ", ""), error._details) from None
    return replace(found, notes=held.notes + found.notes, path=held.path)


def save(stem: Path, recording: RecordingLike, rate: float | None = None) -> Path:
    """Write the trials of a recording to a new file, with the rate if one is given: the file."""
    trials = trials_of(recording)
    lengths = [len(trial) for trial in trials]
    if min(lengths) == max(lengths):
        arrays = [np.stack(trials)]
    else:
        arrays = trials
    file = stem.with_name(f"{stem.name}.npy" if rate is None and len(arrays) == 1 else f"{stem.name}.npz")
    if file.suffix == ".npy":
        np.save(file, arrays[0])
    elif rate is None:
        np.savez(file, *arrays)
    else:
        np.savez(file, *arrays, fs=np.float64(rate))
    return file


def _array(samples: Any) -> npt.NDArray[Any]:
    """An array, from whatever holds numbers; tensors of torch are brought to this machine first."""
    if hasattr(samples, "detach"):
        samples = samples.detach().cpu().numpy()
    array = np.asarray(samples)
    if array.dtype.kind not in "fiub":
        raise Error(f"the samples are of the type {array.dtype}, and must be real numbers")
    return array


def trials_of(recording: RecordingLike, dtype: type[np.floating[Any]] | None = None) -> list[Array]:
    """The trials of a recording, as arrays of (time, channels) in C order.

    Arrays of float32 stay so unless another `dtype` is given; everything else becomes float64. No array is copied that has the
    right type and order already.
    """
    if isinstance(recording, (str, os.PathLike)):
        recording = read(recording)
    if isinstance(recording, Recording):
        pieces: list[npt.NDArray[Any]] = list(recording.trials)
    elif isinstance(recording, (list, tuple)) and recording and np.ndim(recording[0]) == 2:
        pieces = [_array(trial) for trial in recording]
    else:
        array = _array(recording)
        if array.ndim == 1:
            array = array[:, np.newaxis]
        if array.ndim not in (2, 3):
            raise Error(
                f"a recording has two or three axes, (time, channels) or (trials, time, channels), and this one has {array.ndim}"
            )
        pieces = [array] if array.ndim == 2 else list(array)
    for at, piece in enumerate(pieces):
        if piece.ndim != 2:
            raise Error(f"trial {at} has {piece.ndim} axes, and a trial has two: (time, channels)")
    if not pieces:
        raise Error("a recording needs at least one trial")
    if dtype is None:
        dtype = np.float32 if all(piece.dtype == np.float32 for piece in pieces) else np.float64
    return [np.ascontiguousarray(piece, dtype) for piece in pieces]


def recordings_of(
    recordings: Iterable[RecordingLike] | Mapping[Any, RecordingLike],
) -> tuple[list[list[npt.NDArray[np.float64]]], list[str]]:
    """The trials of several recordings, in double precision, and a name for each recording: the key of a mapping, or the name of
    its file, or its number."""
    if isinstance(recordings, (str, os.PathLike, Recording)):
        raise Error("several recordings are needed, as a list, and this is one")
    keys = list(recordings) if isinstance(recordings, Mapping) else None
    items = list(recordings.values() if isinstance(recordings, Mapping) else recordings)
    found = []
    for at, recording in enumerate(items):
        try:
            found.append(cast("list[npt.NDArray[np.float64]]", trials_of(recording, np.float64)))
        except Error as error:
            raise Error(f"recording {at}: {error}", error._details, at) from None
    return found, names_of(items) if keys is None else [str(key) for key in keys]


def names_of(recordings: Sequence[Any]) -> list[str]:
    """A name for each recording: that of its file, or its number."""
    names = []
    for at, recording in enumerate(recordings):
        path = recording.path if isinstance(recording, Recording) else recording
        names.append(Path(path).stem if isinstance(path, (str, os.PathLike)) and path else str(at))
    return names if len(set(names)) == len(names) else [str(at) for at in range(len(names))]


def simulate(system: str, *, seed: int = 0, **options: Any) -> npt.NDArray[np.float64]:
    """Simulate one of the systems of the case studies.

    Parameters
    ----------
    system : str
        ``"bistable"``, ``"line"``, ``"point"``, ``"ring"``, ``"flip-flop"``, ``"integrator"``, ``"learning"``, ``"lorenz"``,
        ``"linear"`` or ``"motor-cortex"``.
    seed : int
        The same seed gives the same recording, to the bit, on every machine.
    **options
        The options of ``dsa simulate`` with underscores, such as `trials`, `samples`, `rho`, `channels`, `noise`.

    Returns
    -------
    ndarray
        Shape (time, channels), or (trials, time, channels) where there are several trials.

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> ds.simulate("lorenz", samples=500, rho=28.0, seed=1).shape
    (500, 3)
    """
    data, trials = _native.simulate(
        ["simulate", system, "--output", "recording.npy", "--seed", str(seed), *words(options)]
    )
    return data if trials == 1 else data.reshape(trials, -1, data.shape[1])
