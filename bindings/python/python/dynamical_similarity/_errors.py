"""What is raised where an input cannot be used."""

from __future__ import annotations

from typing import Any


class Error(ValueError):
    """A refusal: what was wrong, and what would be right.

    Parameters
    ----------
    message : str
        One sentence.
    details : str or dict, optional
        The kind of the error as the library names it, with its fields where it has any.
    recording : int, optional
        Which of several recordings it is about, counted from 0.

    Attributes
    ----------
    kind : str
        The kind of the error, such as ``"NonFinite"``, ``"TooShort"`` or ``"RankTooLarge"``; empty for a refusal in words.
    fields : dict
        What the sentence says in numbers, such as ``{"trial": 0, "sample": 5, "channel": 1}``.
    recording : int or None
        Which of several recordings it is about.

    Examples
    --------
    >>> import numpy as np
    >>> import dynamical_similarity as ds
    >>> x = np.random.default_rng(0).normal(size=(50, 2))
    >>> x[5, 1] = np.nan
    >>> try:
    ...     ds.fit(x, delays=3, rank=2)
    ... except ds.Error as error:
    ...     print(error)
    ...     print(error.kind, error.fields)
    trial 0, sample 5, channel 1 is not a finite number
    NonFinite {'trial': 0, 'sample': 5, 'channel': 1}
    """

    def __init__(
        self,
        message: str,
        details: str | dict[str, Any] | None = None,
        recording: int | None = None,
    ) -> None:
        super().__init__(message)
        self._details = details
        self.recording = recording
        self.kind: str = ""
        self.fields: dict[str, Any] = {}
        if isinstance(details, str):
            self.kind = details
        elif details:
            ((self.kind, self.fields),) = details.items()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self._details, self.recording)
