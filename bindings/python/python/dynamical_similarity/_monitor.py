"""Is a stream still what it was? Calibrations and monitors, as they run on a device."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _native
from ._compare import Comparison, compare
from ._errors import Error
from ._program import run
from ._recording import Recording, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLOCK_SECONDS = 10
STUCK_SECONDS = 5.0


class Calibration:
    """What is normal for a stream: the file that ``dsa calibrate`` writes and a device reads. :func:`calibrate` makes it."""

    def __init__(self, data: bytes) -> None:
        self._native = _native.Calibration(data)
        self._summary = self._native.summary()

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Calibration:
        """Read a calibration from a file."""
        return cls(Path(path).read_bytes())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the calibration to a file, for ``dsa monitor`` or a device."""
        Path(path).write_bytes(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The words that a device reads, low byte first."""
        return self._native.to_bytes()

    @property
    def channels(self) -> int:
        """Channels of a sample that is pushed."""
        return int(self._summary["channels"])

    @property
    def components(self) -> int | None:
        """Components onto which the front end projects the channels; None without a front end."""
        found: int | None = self._summary["components"]
        return found

    @property
    def delays(self) -> int:
        """Samples of a window, per channel."""
        return int(self._summary["delays"])

    @property
    def rank(self) -> int:
        """The most directions that were asked for, and the rank of the operator."""
        return int(self._summary["rank"])

    @property
    def directions(self) -> int:
        """Directions of the channels in which the dynamics are compared."""
        return int(self._summary["directions"])

    @property
    def rate(self) -> float:
        """Samples per second that the monitor takes, behind the front end if there is one."""
        return float(self._summary["rate"])

    @property
    def decimation(self) -> int:
        """Samples of the recorder that are averaged into one."""
        return int(self._summary["decimation"])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.to_bytes(),)

    def __repr__(self) -> str:
        return f"Calibration({self.channels} channels at {self.rate:g} per second, delays={self.delays}, directions={self.directions})"


def calibrate(
    recording: npt.ArrayLike | Recording | str | os.PathLike[str], *, rate: float = 50.0, **options: Any
) -> Calibration:
    """Calibrate a monitor on a recording of the normal state.

    Parameters
    ----------
    recording : array of shape (time, channels), or path
        A single trial, at least 20 blocks of 30 s by default. Rows of NaN are missing samples.
    rate : float
        Samples per second. From 100 on, samples are averaged in groups so that about 50 per second remain.
    **options
        The options of ``dsa calibrate`` with underscores: `components`, `delays`, `rank`, `block`, `blocks`, `artefact`, `cut`,
        `operator`.

    Returns
    -------
    Calibration

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> x = ds.simulate("motor-cortex", seconds=620, seed=3)
    >>> ds.calibrate(x, rate=50)
    Calibration(8 channels at 50 per second, delays=5, directions=8)
    """
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "calibration.dsac"
        given = [*words({"rate": rate, "output": target, **options}), "--"]
        if isinstance(recording, (str, os.PathLike)):
            run(["calibrate", *given, os.fspath(recording)])
        else:
            source = Path(folder) / "recording.npy"
            np.save(source, _samples(recording, np.float64))
            try:
                run(["calibrate", *given, os.fspath(source)])
            except Error as error:
                raise Error(str(error).replace(f"{source}: ", "")) from None
        return Calibration.load(target)


def _samples(recording: Any, dtype: Any) -> npt.NDArray[Any]:
    if isinstance(recording, Recording):
        if len(recording) != 1:
            raise Error(f"a stream is a single trial, and this recording has {len(recording)}")
        recording = recording.trials[0]
    array = np.ascontiguousarray(recording, dtype)
    if array.ndim == 1:
        array = array[:, np.newaxis]
    if array.ndim != 2:
        raise Error(f"samples have two axes, (time, channels), and these have {array.ndim}")
    return array


@dataclass(frozen=True)
class Report:
    """What a monitor says of a window.

    Attributes
    ----------
    time : float
        Seconds from the beginning of the stream to the end of the window.
    status : str
        ``"ok"``, ``"warning"``, ``"alarm: dynamics"``, ``"alarm: geometry"``, ``"alarm: noise"``, ``"alarm: open"`` (the cause is
        not known yet), ``"insufficient data: .."`` or ``"invalid input: .."``.
    standing : str
        The decision that is in force, whatever the input was like.
    score, z : float or None
        The distance of the dynamics from the calibration, where 1 is that of one of its blocks from the others, and in
        standard deviations of the null band.
    gate, gate_z : float or None
        The gate, which also sees other mixtures of the same dynamics, and noise.
    noise, noise_z : float or None
        The noise level over that of the calibration.
    details : dict
        Everything else.
    """

    time: float
    status: str
    standing: str
    score: float | None
    z: float | None
    gate: float | None
    gate_z: float | None
    noise: float | None
    noise_z: float | None
    details: dict[str, Any]

    def __repr__(self) -> str:
        score = "" if self.score is None else f", score={self.score:.4f}, z={self.z:.2f}"
        return f"Report({self.time:g} s, {self.status}{score})"


_WORDS = {
    "Ok": "ok",
    "Warning": "warning",
    "Alarm": "alarm",
    "InsufficientData": "insufficient data",
    "InvalidInput": "invalid input",
}


def _status(status: Any) -> str:
    if isinstance(status, str):
        return _WORDS.get(status, status.lower())
    ((kind, reason),) = status.items()
    said = reason if isinstance(reason, str) else next(iter(reason))
    return f"{_WORDS.get(kind, kind.lower())}: {said.lower()}"


class Monitor:
    """Watches a stream, sample by sample, and reports whether its dynamics are still those of a calibration.

    Parameters
    ----------
    calibration : Calibration
        What is normal.
    window, every : int
        The length of the window that a report looks at, and the time between two reports, in seconds: multiples of 10.
    margin : float
        The score above which a change of the dynamics is an alarm instead of a warning.
    artefact : float
        Samples more than this many standard deviations from the mean of a channel are discarded.
    limits : tuple of two floats, optional
        The range of the converter.
    least_pairs : int
        Pairs of samples that a report needs at every lag.

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> calibration = ds.calibrate(ds.simulate("motor-cortex", seconds=620, seed=3), rate=50)
    >>> monitor = ds.Monitor(calibration)
    >>> reports = monitor.push(ds.simulate("motor-cortex", seconds=150, seed=3, session=1))
    >>> [report.status for report in reports]
    ['insufficient data: pairs', 'ok', 'ok', 'ok', 'ok']
    """

    def __init__(
        self,
        calibration: Calibration,
        *,
        window: int = 60,
        every: int = 30,
        margin: float = 2.5,
        artefact: float = 8.0,
        limits: tuple[float, float] | None = None,
        least_pairs: int = 1500,
    ) -> None:
        for name, seconds in (("window", window), ("every", every)):
            if seconds < BLOCK_SECONDS or seconds % BLOCK_SECONDS:
                raise Error(f"{name} is {seconds}, and must be a multiple of {BLOCK_SECONDS} seconds")
        self.calibration = calibration
        self.reports: list[Report] = []
        rate = calibration.rate
        settings = {
            "window": window // BLOCK_SECONDS,
            "block": round(BLOCK_SECONDS * rate),
            "report_every": every // BLOCK_SECONDS,
            "least_pairs": least_pairs,
            "artefact": artefact,
            "most_rejected": 0.1,
            "stuck": max(2, round(STUCK_SECONDS * rate)),
            "limits": limits,
            "margin": margin,
        }
        self._native = _native.Monitor(calibration._native, settings)

    def push(self, samples: npt.ArrayLike | Recording) -> list[Report]:
        """Take the next samples, shape (time, channels); the reports that fell due.

        A row of NaN is a missing sample. Samples come at the rate of the calibration, so that those of a faster recorder are averaged
        in groups of ``calibration.decimation`` first. A calibration with a front end (``calibration.components``) does that itself
        and takes the samples of the recorder.
        """
        found = [self._report(report) for report in self._native.push(_samples(samples, np.float32))]
        self.reports += found
        return found

    def _report(self, report: dict[str, Any]) -> Report:
        dynamics, gate, noise = (report.pop(name) or {} for name in ("dynamics", "gate", "noise"))
        status, standing = (_status(report.pop(name)) for name in ("status", "standing"))
        return Report(
            report["samples"] / self.calibration.rate,
            status,
            standing,
            dynamics.get("score"),
            dynamics.get("z"),
            gate.get("score"),
            gate.get("z"),
            noise.get("score"),
            noise.get("z"),
            report,
        )

    def compare(self) -> Comparison | None:
        """The Procrustes comparison of the operators of the calibration and of the last report, if there are both.

        The calibration has one if it was made with ``operator=True``.
        """
        found = self._native.operators()
        return None if found is None else compare(found["reference"], found["window"])

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the scores of all reports over time. Needs matplotlib."""
        from . import plots

        return plots.monitor(self.reports, ax=ax)

    def __repr__(self) -> str:
        return f"Monitor({self.calibration!r}, {len(self.reports)} reports)"
