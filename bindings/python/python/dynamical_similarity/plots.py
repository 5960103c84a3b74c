"""Pictures, drawn with matplotlib. Every function draws into the Axes that it is given, or into new ones, and returns them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ._errors import Error

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ._compare import DistanceMatrix
    from ._model import Model
    from ._monitor import Report
    from ._statistics import Reliability
    from ._sweep import Sweep

__all__ = ["distance_map", "heat_map", "monitor", "reliability", "spectrum", "sweep"]

MOST_NAMES = 40
"""With more recordings than this a heat map shows no names."""

MOST_NUMBERS = 10
"""With more recordings than this the cells of a heat map show no numbers."""


def _axes(ax: Axes | None, **figure: Any) -> Axes:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError("pictures need matplotlib: pip install 'dynamical-similarity[plot]'") from None
    return plt.subplots(**figure)[1]  # type: ignore[no-any-return]


def _colours(classes: Sequence[str]) -> dict[str, Any]:
    from matplotlib import colormaps

    names = list(dict.fromkeys(classes))
    colours = colormaps["tab10" if len(names) <= 10 else "tab20"]
    return {name: colours(at % colours.N) for at, name in enumerate(names)}


def _checked(classes: Sequence[str] | None, count: int) -> list[str] | None:
    if classes is None:
        return None
    if len(classes) != count:
        raise Error(f"there are {len(classes)} classes for {count} recordings")
    return [str(name) for name in classes]


def order(matrix: DistanceMatrix) -> npt.NDArray[np.intp]:
    """An order of the recordings in which near ones are neighbours: average linkage, each merged group beside the nearer end of
    the other. Recordings keep their order if the matrix is not square."""
    count = matrix.shape[0]
    if not matrix.is_among or count < 3:
        return np.arange(count)
    distances = matrix.distances
    between = distances.copy()
    np.fill_diagonal(between, np.inf)
    groups: dict[int, list[int]] = {at: [at] for at in range(count)}
    while len(groups) > 1:
        i, j = sorted(divmod(int(np.argmin(between)), count))
        a, b = groups[i], groups.pop(j)
        ends = [(distances[a[-1], b[0]], a + b), (distances[a[-1], b[-1]], a + b[::-1])]
        ends += [(distances[a[0], b[0]], a[::-1] + b), (distances[a[0], b[-1]], b + a)]
        merged = (len(a) * between[i] + len(b) * between[j]) / (len(a) + len(b))
        groups[i] = min(ends, key=lambda end: end[0])[1]
        between[i], between[:, i] = merged, merged
        between[j], between[:, j] = np.inf, np.inf
        between[i, i] = np.inf
    return np.array(next(iter(groups.values())))


def heat_map(
    matrix: DistanceMatrix,
    *,
    classes: Sequence[str] | None = None,
    ax: Axes | None = None,
    cmap: str = "viridis_r",
    ordered: bool = True,
    numbers: bool | None = None,
) -> Axes:
    """Draw distances as a heat map; recordings are ordered by clustering, and classes have colours.

    Parameters
    ----------
    matrix : DistanceMatrix
        Distances.
    classes : sequence of str, optional
        The class of each recording (of each row, where the columns are other recordings).
    ax : matplotlib Axes, optional
        Where to draw.
    cmap : str
        A colour map of matplotlib.
    ordered : bool
        False keeps the order of the recordings.
    numbers : bool, optional
        Whether cells show their distances; by default where there are at most 10 rows and columns.
    """
    rows, columns = matrix.shape
    names = _checked(classes, rows)
    at = order(matrix) if ordered else np.arange(rows)
    across = at if matrix.is_among else np.arange(columns)
    size = min(12.0, 3.0 + 0.28 * max(rows, columns))
    axes = _axes(ax, figsize=(size + 1.5, size), layout="constrained")
    shown = matrix.distances[np.ix_(at, across)]
    image = axes.imshow(shown, cmap=cmap, aspect="auto")
    if numbers if numbers is not None else max(rows, columns) <= MOST_NUMBERS:
        fills: Any = image.cmap(image.norm(shown))
        for (row, column), distance in np.ndenumerate(shown):
            colour = _readable_on(fills[row, column])
            axes.text(column, row, f"{distance:.2g}", ha="center", va="center", fontsize="small", color=colour)
    axes.figure.colorbar(image, ax=axes, label=f"distance ({matrix.metric})" if matrix.metric else "distance")
    if max(rows, columns) <= MOST_NAMES:
        axes.set_yticks(range(rows), [matrix.row_labels[k] for k in at])
        axes.set_xticks(range(columns), [matrix.column_labels[k] for k in across], rotation=90)
    else:
        axes.set_yticks([])
        axes.set_xticks([])
    if names is not None:
        colours = _colours(names)
        for place, k in enumerate(at):
            axes.add_patch(_square(axes, place, colours[names[k]]))
        for label, k in zip(axes.get_yticklabels(), at):
            label.set_color(colours[names[k]])
        handles = [_key(name, colour) for name, colour in colours.items()]
        # Above the picture: below it are the names of the columns.
        axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False, ncols=4)
    return axes


def _readable_on(colour: Any) -> str:
    """Black or white, whichever has the larger contrast (relative luminance of sRGB, WCAG 2.1)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if luminance > 0.179 else "white"


def _square(axes: Axes, row: int, colour: Any) -> Any:
    """The colour of a class, to the right of a row."""
    from matplotlib.patches import Rectangle

    right = axes.get_xlim()[1]
    wide = 0.02 * (right + 0.5)
    return Rectangle((right + 0.2 * wide, row - 0.5), wide, 1.0, color=colour, clip_on=False, linewidth=0)


def _key(name: str, colour: Any) -> Any:
    from matplotlib.patches import Patch

    return Patch(color=colour, label=name)


def distance_map(
    matrix: DistanceMatrix,
    *,
    classes: Sequence[str] | None = None,
    ax: Axes | None = None,
    names: bool | None = None,
) -> Axes:
    """Draw recordings as points of a plane (classical multidimensional scaling, Torgerson 1952).

    Parameters
    ----------
    matrix : DistanceMatrix
        Distances of recordings with each other.
    classes : sequence of str, optional
        The class of each recording.
    ax : matplotlib Axes, optional
        Where to draw.
    names : bool, optional
        Whether points have names; by default where there are at most 40.
    """
    if not matrix.is_among:
        raise Error("a map needs the distances of recordings with each other")
    count = matrix.shape[0]
    given = _checked(classes, count)
    centring = np.eye(count) - 1.0 / count
    values, vectors = np.linalg.eigh(-0.5 * centring @ matrix.distances**2 @ centring)
    places = vectors[:, ::-1][:, :2] * np.sqrt(np.maximum(values[::-1][:2], 0.0))
    share = np.maximum(values[::-1][:2], 0.0).sum() / max(np.abs(values).sum(), np.finfo(float).tiny)
    axes = _axes(ax, figsize=(5.5, 5.0), layout="constrained")
    groups = given or ["recordings"] * count
    for name, colour in _colours(groups).items():
        of = [k for k in range(count) if groups[k] == name]
        axes.scatter(
            places[of, 0],
            places[of, 1] if places.shape[1] > 1 else 0 * places[of, 0],
            color=colour,
            label=name,
        )
    if names if names is not None else count <= MOST_NAMES:
        for name, place in zip(matrix.row_labels, places):
            axes.annotate(name, tuple(place), xytext=(4, 4), textcoords="offset points", fontsize="small")
    if given is not None:
        axes.legend(frameon=False)
    axes.set_aspect("equal", "datalim")
    axes.margins(0.15)  # room for names
    axes.set_title(f"{100 * share:.0f} % of the squared distances are shown", fontsize="medium")
    axes.set_xlabel("first coordinate")
    axes.set_ylabel("second coordinate")
    return axes


def spectrum(
    model: Model | Sequence[Model],
    *,
    labels: Sequence[str] | None = None,
    rate: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the eigenvalues of one or several models: in the complex plane with the unit circle or, where the rate is given, by
    their frequencies and moduli.

    Parameters
    ----------
    model : Model or sequence of Model
        Models.
    labels : sequence of str, optional
        Their names.
    rate : float, optional
        Samples per second. Of a conjugate pair only the eigenvalue with the positive frequency is drawn then.
    ax : matplotlib Axes, optional
        Where to draw.
    """
    models = list(model) if isinstance(model, Sequence) else [model]
    if labels is not None and len(labels) != len(models):
        raise Error(f"there are {len(labels)} labels for {len(models)} models")
    axes = _axes(ax, figsize=(5.0, 5.0) if rate is None else (6.0, 4.0), layout="constrained")
    if rate is None:
        circle = np.exp(1j * np.linspace(0.0, 2.0 * np.pi, 361))
        axes.plot(circle.real, circle.imag, color="0.7", linewidth=1.0, zorder=0)
    else:
        axes.axhline(1.0, color="0.7", linewidth=1.0, zorder=0)
    for at, one in enumerate(models):
        x, y = one.eigenvalues.real, one.eigenvalues.imag
        if rate is not None:
            frequencies = one.frequencies(rate)
            kept = frequencies >= 0
            x, y = frequencies[kept], np.abs(one.eigenvalues)[kept]
        axes.scatter(x, y, s=30, alpha=0.8, label=labels[at] if labels is not None else None)
    if labels is not None:
        axes.legend(frameon=False)
    if rate is None:
        axes.set_aspect("equal")
    axes.set_xlabel("real part" if rate is None else "frequency / Hz")
    axes.set_ylabel("imaginary part" if rate is None else "modulus of the eigenvalue")
    return axes


def sweep(found: Sweep, *, quantity: str = "mean_absolute_scaled_error", ax: Axes | None = None) -> Axes:
    """Draw a quantity of a sweep, as the mean over recordings, over delays and ranks. The best setting is marked where the
    quantity is the error one step ahead."""
    grid = getattr(found, quantity, None)
    if not isinstance(grid, np.ndarray) or grid.ndim != 3:
        raise Error(f"a sweep has no quantity {quantity!r}")
    axes = _axes(ax, figsize=(6.5, 4.5), layout="constrained")
    # One column a number of delays, however far apart they are.
    places = np.arange(len(found.delays))
    # Yellow is better.
    cmap = "viridis" if quantity == "r_squared" else "viridis_r"
    image = axes.pcolormesh(places, found.ranks, np.mean(grid, axis=0).T, cmap=cmap, shading="nearest")
    shown = places[:: 1 + len(places) // 16]
    axes.set_xticks(shown, [str(found.delays[at]) for at in shown])
    axes.figure.colorbar(image, ax=axes, label=quantity.replace("_", " "))
    if quantity == "mean_absolute_scaled_error":
        delays, rank = found.best
        axes.plot(
            np.flatnonzero(found.delays == delays)[0],
            rank,
            marker="o",
            markersize=10,
            markerfacecolor="none",
            markeredgecolor="red",
            linestyle="",
        )
    axes.set_xlabel("delays")
    axes.set_ylabel("rank")
    return axes


def reliability(found: Reliability, *, ax: Axes | None = None) -> Axes:
    """Draw the distance between the halves of each recording against that to other recordings; above the line a recording is
    not repeatable."""
    axes = _axes(ax, figsize=(5.0, 5.0), layout="constrained")
    most = 1.05 * max([*found.within, *found.between, np.finfo(float).tiny])
    axes.plot([0.0, most], [0.0, most], color="0.7", linewidth=1.0)
    axes.scatter(found.between, found.within)
    for at in found.not_repeatable:
        name = found.halves.row_labels[at].rsplit(", ", 1)[0]
        place = (found.between[at], found.within[at])
        axes.annotate(name, place, xytext=(4, 4), textcoords="offset points", fontsize="small")
    axes.set_xlim(0.0, most)
    axes.set_ylim(0.0, most)
    axes.set_aspect("equal")
    axes.set_xlabel("median distance to halves of other recordings")
    axes.set_ylabel("distance between own halves")
    axes.set_title(f"reliability {found.discriminability:.2f} (chance 0.5)")
    return axes


def monitor(reports: Sequence[Report], *, ax: Axes | None = None) -> Axes:
    """Draw the scores of a monitor over time, in standard deviations, with alarms and warnings."""
    axes = _axes(ax, figsize=(7.5, 3.5), layout="constrained")
    times = [report.time for report in reports]
    for name, values in (
        ("dynamics", [report.z for report in reports]),
        ("gate", [report.gate_z for report in reports]),
    ):
        axes.plot(
            times,
            [np.nan if value is None else value for value in values],
            marker="o",
            markersize=3,
            label=name,
        )
    half = 0.5 * min(np.diff(times), default=30.0)
    named = set()
    for report in reports:
        kind = report.status.split(":")[0]
        if kind not in ("ok", "insufficient data"):
            axes.axvspan(
                report.time - half,
                report.time + half,
                color="tab:red" if kind == "alarm" else "0.6",
                alpha=0.2,
                linewidth=0,
                label=None if kind in named else kind,
            )
            named.add(kind)
    axes.set_xlabel("time / s")
    axes.set_ylabel("z (standard deviations of the null band)")
    axes.legend(frameon=False)
    return axes
