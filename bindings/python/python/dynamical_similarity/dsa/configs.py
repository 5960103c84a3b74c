"""Settings of models and comparisons as data classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, ClassVar


@dataclass
class DMDConfig:
    """Settings of `DMD` for `GeneralizedDSA`.

    Attributes
    ----------
    n_delays : int
        Samples of a delay window.
    delay_interval : int
        Samples between two delays.
    rank : int or None
        Directions kept; None keeps all.
    lamb : float
        The ridge. Its default is 0 here, as in dsa-metric, and 1e-8 in `DMD` and `DSA`.
    send_to_cpu : bool
        Without effect.

    Examples
    --------
    >>> DMDConfig(n_delays=3).n_delays
    3
    """

    n_delays: int = 1
    delay_interval: int = 1
    rank: int | None = None
    lamb: float = 0.0
    send_to_cpu: bool = False


@dataclass
class SimilarityTransformDistConfig:
    """Settings of `SimilarityTransformDist` for `GeneralizedDSA`.

    Attributes
    ----------
    iters, lr : int, float
        Without effect.
    score_method : str
        "wasserstein", "angular" or "euclidean".

    Examples
    --------
    >>> SimilarityTransformDistConfig(score_method="angular").score_method
    'angular'
    """

    iters: int = 1500
    score_method: str = "wasserstein"
    lr: float = 5e-3
    compare: ClassVar[str] = "state"


@dataclass
class SubspaceDMDcConfig:
    """Settings of `SubspaceDMDc`.

    Examples
    --------
    >>> SubspaceDMDcConfig(n_delays=5, rank=3).rank
    3
    """

    n_delays: int = 1
    rank: int | None = None
    lamb: float = 0.0
    backend: str = "n4sid"


@dataclass
class DMDcConfig:
    """Settings of `DMDc`.

    Examples
    --------
    >>> DMDcConfig(n_delays=5, rank_output=3).rank_output
    3
    """

    n_delays: int = 1
    rank_input: int | None = None
    rank_output: int | None = None
    lamb: float = 0.0
    delay_interval: int = 1


@dataclass
class ControllabilitySimilarityTransformDistConfig:
    """Settings of `ControllabilitySimilarityTransformDist`.

    Examples
    --------
    >>> ControllabilitySimilarityTransformDistConfig().compare
    'joint'
    """

    score_method: str = "euclidean"
    compare: str = "joint"
    align_inputs: bool = False
    return_distance_components: bool = False


def as_dict(config: Any) -> dict[str, Any]:
    """Settings given as a mapping, a data class, an object of one, or a plain class with attributes, as a new dict.

    Raises
    ------
    TypeError
        If `config` is none of these.

    Examples
    --------
    >>> as_dict(DMDConfig)["n_delays"], as_dict({"rank": 5})
    (1, {'rank': 5})
    """
    if isinstance(config, Mapping):
        return {str(key): value for key, value in config.items()}
    if isinstance(config, type):
        config = config()
    if not is_dataclass(config) or isinstance(config, type):
        raise TypeError(f"settings are a dict or a data class, but this is {type(config).__name__}")
    # An attribute without an annotation is no field of a data class, but its author means it as a setting.
    attributes = {name: value for name, value in vars(type(config)).items() if _is_setting(name, value)}
    return {**attributes, **{field.name: getattr(config, field.name) for field in fields(config)}}


def _is_setting(name: str, value: object) -> bool:
    return (
        not name.startswith("_")
        and not callable(value)
        and not isinstance(value, (property, classmethod, staticmethod))
    )
