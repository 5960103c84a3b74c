"""Dynamical similarity analysis with the call forms of dsa-metric."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from . import core
from .arrays import FloatArray, as_array, as_operator, is_array
from .configs import (
    ControllabilitySimilarityTransformDistConfig,
    DMDConfig,
    SimilarityTransformDistConfig,
    SubspaceDMDcConfig,
    as_dict,
)
from .controlled import ControllabilitySimilarityTransformDist, DMDc, SubspaceDMDc
from .dmd import DMD
from .notices import notice_device, say_once
from .parameters import per_system
from .simdist import SimilarityTransformDist, check_equal_ranks

_OWN = (DMD, SubspaceDMDc, DMDc)


class GeneralizedDSA:
    """Fits one operator to every system, and compares operators.

    | X | Y | compared | result |
    | --- | --- | --- | --- |
    | list of m systems | None | all pairs of X | (m, m), symmetric, zero diagonal |
    | list of m systems | one array | each of X with Y | (m,) |
    | one array | list of n systems | X with each of Y | (n,) |
    | list of m systems | list of n systems | each of X with each of Y | (m, n) |
    | one array | one array | X with Y | float |

    A system is (time, channels), (trials, time, channels) or, inside the outer list, a list of trials of unequal
    length. A list of arrays is a list of systems. Axes of length 1 are dropped from the result.

    Parameters
    ----------
    X, Y : array_like or list
        As above.
    X_control, Y_control : array_like or list, optional
        The known inputs of each system, in the form of X and Y; see `InputDSA`.
    dmd_class : type
        `DMD`, a subclass, or another class whose objects have `fit(data)` and then the operator as `A_v` or `A`, such
        as pykoopman's `Koopman`.
    similarity_class : type, optional
        A class with `fit_score(A, B)`. By default it follows from the setting "compare" of `simdist_config`:
        `SimilarityTransformDist` for "state", which is the default, `ControllabilitySimilarityTransformDist` for "joint" and
        "control".
    dmd_config, simdist_config : dict or data class
        Settings of both. A setting of `dmd_config` may be one value, one per side or one per system: see
        `dynamical_similarity.dsa.parameters.per_system`.
    device, verbose
        Without effect.
    n_jobs : int
        Threads; -1 takes all cores. The result has the same bits for every number.

    Attributes
    ----------
    dmds : list of list
        The fitted models, `dmds[side][k]`.
    sims : ndarray, shape (m, n, 1 or 3)
        The distances, after `score`; three with `return_distance_components`: joint, state, control.

    Raises
    ------
    ValueError
        If X and Y are none of the forms above, or settings do not fit the number of systems.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.arange(100)
    >>> turn = lambda step: np.stack([np.cos(step * time), np.sin(step * time)], axis=1)
    >>> GeneralizedDSA([turn(0.3), turn(0.3), turn(0.5)], dmd_config={"rank": 2}).fit_score().shape
    (3, 3)
    """

    def __init__(
        self,
        X: Any,
        Y: Any = None,
        X_control: Any = None,
        Y_control: Any = None,
        dmd_class: Any = DMD,
        similarity_class: Any = None,
        dmd_config: Any = DMDConfig,
        simdist_config: Any = SimilarityTransformDistConfig,
        device: Any = "cpu",
        verbose: bool = False,
        n_jobs: int = 1,
    ) -> None:
        notice_device(device)
        if X is None and _is_list(Y):
            X, Y, X_control, Y_control = Y, X, Y_control, X_control
        self.X, self.Y, self.method = _systems(X, Y)
        self.data = [self.X] if self.Y is None else [self.X, self.Y]
        self.controls = None if X_control is None else _controls(self.data, X_control, Y_control)
        self.device = device
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.dmd_class = dmd_class
        self.simdist_config = as_dict(simdist_config)
        compare = self.simdist_config.get("compare", "state")
        self.similarity_class = _class_for(compare, self.controls) if similarity_class is None else similarity_class
        self.simdist = self._new_distance()
        counts = [len(side) for side in self.data]
        self.dmd_config = {name: per_system(name, value, counts) for name, value in as_dict(dmd_config).items()}
        for name, values in self.dmd_config.items():
            setattr(self, name, values)
        self.dmds = self._new_models()
        self.sims: FloatArray = np.zeros((counts[0], counts[-1], 1))

    def _new_distance(self) -> Any:
        """The object that compares two operators; only classes other than our own are given `iters` and `lr`."""
        settings = dict(self.simdist_config)
        if self.similarity_class is SimilarityTransformDist and settings.get("compare") == "state":
            settings = {name: settings[name] for name in settings if name in ("score_method", "iters", "lr")}
        if self.similarity_class is SimilarityTransformDist:
            search = settings.pop("iters", 1500), settings.pop("lr", 5e-3)
            if search != (1500, 5e-3) and settings.get("score_method", "angular") != "wasserstein":
                say_once("search")
        return self.similarity_class(**settings)

    def _new_models(self) -> list[list[Any]]:
        of_dmd = isinstance(self.dmd_class, type) and issubclass(self.dmd_class, _OWN)
        if self.controls is not None and (not of_dmd or issubclass(self.dmd_class, DMD)):
            raise ValueError("systems with known inputs need SubspaceDMDc or DMDc as dmd_class")
        if not of_dmd and str(getattr(self.dmd_class, "__module__", "")).split(".")[0] == "pydmd":
            raise ValueError(
                "models of pydmd take (channels, time); give one to pykoopman's Koopman as its regressor, and that "
                "class here"
            )
        models = []
        for side, systems in enumerate(self.data):
            settings = [{name: v[side][k] for name, v in self.dmd_config.items()} for k in range(len(systems))]
            # Every model gets objects of its own: fitting one would change a regressor that it shares with another.
            models.append(
                [
                    self.dmd_class(*data, **own) if of_dmd else self.dmd_class(**copy.deepcopy(own))
                    for data, own in zip(self._data_of(side), settings, strict=True)
                ]
            )
        return models

    def _data_of(self, side: int) -> list[tuple[Any, ...]]:
        """What the models of one side are made of: the system, and its inputs where they are known."""
        if self.controls is None:
            return [(system,) for system in self.data[side]]
        return list(zip(self.data[side], self.controls[side], strict=True))

    def fit_dmds(self) -> None:
        """Fits the model of every system.

        Raises
        ------
        ValueError
            If a recording cannot be fitted; it names the recording.
        """
        tasks = [(side, k) for side, models in enumerate(self.dmds) for k in range(len(models))]
        threads = _threads(self.n_jobs)
        if threads == 1:
            for task in tasks:
                self._fit_one(task)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(self._fit_one, tasks))

    def _fit_one(self, task: tuple[int, int]) -> None:
        side, k = task
        model, system = self.dmds[side][k], self.data[side][k]
        try:
            if isinstance(model, _OWN):
                model.fit()
            else:
                model.fit([as_array(trial) for trial in system] if _is_list(system) else as_array(system))
        except ValueError as error:
            raise ValueError(f"{'XY'[side]}[{k}]: {error}") from error

    def score(self) -> Any:
        """Compares the operators that were fitted.

        Returns
        -------
        float or ndarray
            As in the table of the class.

        Raises
        ------
        ValueError
            If a model was not fitted, an operator is not a finite square matrix, or (but for "wasserstein") is zero or
            of another rank than the others. "wasserstein" transports the eigenvalues of unequal ranks as equal masses
            each.
        """
        if self.similarity_class is ControllabilitySimilarityTransformDist:
            return self._score_with_inputs()
        operators = [[as_operator(model) for model in models] for models in self.dmds]
        left, right = operators[0], operators[1] if self.Y is not None else None
        if self.similarity_class is SimilarityTransformDist:
            if self.simdist.score_method != "wasserstein":
                ranks = [len(operator) for side in operators for operator in side]
                check_equal_ranks(max(ranks), min(ranks), self.simdist.score_method)
            distances = core.distances(left, right, self.simdist.score_method, _threads(self.n_jobs), self.verbose)
        else:
            distances = self._distances_one_by_one(left, right)
        self.sims = distances[:, :, None]
        return float(distances[0, 0]) if self.method == "default" else distances.squeeze()

    def _score_with_inputs(self) -> Any:
        left, right = self.dmds[0], self.dmds[-1]
        parts = 3 if self.simdist.return_distance_components and self.simdist.compare == "joint" else 1
        self.sims = np.zeros((len(left), len(right), parts))
        for i, a in enumerate(left):
            for j, b in enumerate(right):
                if self.Y is not None or j < i:
                    self.sims[i, j] = self.simdist.fit_score(a, b, a.B_v, b.B_v)
                    if self.Y is None:
                        self.sims[j, i] = self.sims[i, j]
        if self.method == "default":
            return float(self.sims[0, 0, 0]) if parts == 1 else self.sims[0, 0]
        return self.sims.squeeze()

    def _distances_one_by_one(self, left: list[FloatArray], right: list[FloatArray] | None) -> FloatArray:
        distances = np.zeros((len(left), len(left if right is None else right)))
        for i, a in enumerate(left):
            for j, b in enumerate(left[:i] if right is None else right):
                distances[i, j] = self.simdist.fit_score(a, b)
                if right is None:
                    distances[j, i] = distances[i, j]
        return distances

    def fit_score(self) -> Any:
        """`fit_dmds`, then `score`; see there."""
        self.fit_dmds()
        return self.score()

    def update_compare_method(self, compare: str = "joint", simdist_config: Any = None) -> tuple[Any, dict[str, Any]]:
        """Changes how `score` compares the operators, which are kept.

        Parameters
        ----------
        compare : str
            "state", or for systems with known inputs "joint" or "control".
        simdist_config : dict or data class, optional
            The new settings, such as `{"score_method": "angular"}`.

        Returns
        -------
        similarity_class : type
        settings : dict

        Raises
        ------
        ValueError
            For another value of `compare`.
        """
        self.similarity_class = _class_for(compare, self.controls)
        of_states = self.similarity_class is SimilarityTransformDist
        defaults = SimilarityTransformDistConfig if of_states else ControllabilitySimilarityTransformDistConfig
        settings = as_dict(defaults)
        given = self.simdist_config if simdist_config is None else as_dict(simdist_config)
        settings.update({name: value for name, value in given.items() if name in settings})
        settings["compare"] = compare
        if of_states:
            del settings["compare"]
        elif settings["score_method"] == "wasserstein":
            settings["score_method"] = "euclidean"
        self.simdist_config = settings
        self.simdist = self._new_distance()
        return self.similarity_class, dict(self.simdist_config)


class DSA(GeneralizedDSA):
    """`GeneralizedDSA` with the settings of the model as keywords.

    Parameters
    ----------
    X, Y, dmd_class, device, verbose, n_jobs
        As for `GeneralizedDSA`.
    score_method : str
        "wasserstein", "angular" or "euclidean": see `SimilarityTransformDist`.
    iters, lr
        Without effect.
    **dmd_kwargs
        Settings of `dmd_class`; for `DMD`: n_delays, delay_interval, rank, rank_thresh, rank_explained_variance, lamb,
        steps_ahead, reduced_rank_reg. Each is one value, one per side or one per system.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.arange(100)
    >>> turn = lambda step: np.stack([np.cos(step * time), np.sin(step * time)], axis=1)
    >>> distances = DSA([turn(0.3), turn(0.3), turn(0.5)], n_delays=2, rank=2, score_method="angular").fit_score()
    >>> bool(distances[0, 1] < 1e-6 < distances[0, 2])
    True
    >>> type(DSA(turn(0.3), turn(0.5), rank=2).fit_score()).__name__
    'float'
    """

    def __init__(
        self,
        X: Any,
        Y: Any = None,
        dmd_class: Any = DMD,
        device: Any = "cpu",
        verbose: bool = False,
        n_jobs: int = 1,
        score_method: str = "wasserstein",
        iters: int = 1500,
        lr: float = 5e-3,
        **dmd_kwargs: Any,
    ) -> None:
        super().__init__(
            X,
            Y,
            dmd_class=dmd_class,
            similarity_class=SimilarityTransformDist,
            dmd_config=dmd_kwargs,
            simdist_config={"score_method": score_method, "iters": iters, "lr": lr},
            device=device,
            verbose=verbose,
            n_jobs=n_jobs,
        )


class InputDSA(GeneralizedDSA):
    """Dynamical similarity of systems with known inputs.

    Parameters
    ----------
    X, X_control, Y, Y_control : array_like or list
        Outputs and inputs of the systems, in the forms of `GeneralizedDSA`.
    dmd_class : type
        `SubspaceDMDc` or `DMDc`.
    dmd_config, simdist_config : dict or data class
        Their settings, and those of the distance; its setting "compare" is "joint", "control" or "state".
    device, verbose, n_jobs
        As for `GeneralizedDSA`.

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> inputs = [random.normal(size=(300, 1)) for _ in range(3)]
    >>> outputs = []
    >>> for rate, u in zip((0.8, 0.8, 0.3), inputs):
    ...     y = np.zeros((300, 1))
    ...     for t in range(299):
    ...         y[t + 1] = rate * y[t] + u[t]
    ...     outputs.append(y)
    >>> settings = {"compare": "state", "score_method": "wasserstein"}
    >>> distances = InputDSA(outputs, inputs, dmd_config={"n_delays": 3, "rank": 1}, simdist_config=settings).fit_score()
    >>> bool(distances[0, 1] < 1e-6 < distances[0, 2])
    True
    """

    def __init__(
        self,
        X: Any,
        X_control: Any,
        Y: Any = None,
        Y_control: Any = None,
        dmd_class: Any = SubspaceDMDc,
        dmd_config: Any = SubspaceDMDcConfig,
        simdist_config: Any = ControllabilitySimilarityTransformDistConfig,
        device: Any = "cpu",
        verbose: bool = False,
        n_jobs: int = 1,
    ) -> None:
        if X_control is None:
            raise ValueError("X_control is needed: the known inputs of every system")
        simdist_config = {"compare": "joint", **as_dict(simdist_config)}
        super().__init__(
            X,
            Y,
            X_control,
            Y_control,
            dmd_class=dmd_class,
            dmd_config=dmd_config,
            simdist_config=simdist_config,
            device=device,
            verbose=verbose,
            n_jobs=n_jobs,
        )


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple)) and not is_array(value)


def _systems(X: Any, Y: Any) -> tuple[list[Any], list[Any] | None, str]:
    """The systems of both sides, and the name of the kind of comparison."""
    for name, value in (("X", X), ("Y", Y)):
        if not _is_list(value) and not is_array(value) and not (name == "Y" and value is None):
            raise ValueError(f"{name} is an array or a list of systems, but it is {type(value).__name__}")
        if _is_list(value) and len(value) == 0:
            raise ValueError(f"{name} is an empty list: at least one system is needed")
    if Y is None:
        if not _is_list(X):
            raise ValueError("one system alone has nothing to be compared with: give Y, or a list of systems as X")
        return list(X), None, "self-pairwise"
    kinds = {(True, True): "bipartite-pairwise", (True, False): "list-to-one", (False, True): "one-to-list"}
    method = kinds.get((_is_list(X), _is_list(Y)), "default")
    return list(X) if _is_list(X) else [X], list(Y) if _is_list(Y) else [Y], method


def _class_for(compare: str, controls: object) -> Any:
    if compare == "state":
        return SimilarityTransformDist
    if compare not in ("joint", "control"):
        raise ValueError(f"compare is 'state', 'joint' or 'control', but it is {compare!r}")
    if controls is None:
        raise ValueError(f"compare='{compare}' needs the inputs of the systems: give X_control")
    return ControllabilitySimilarityTransformDist


def _controls(data: list[list[Any]], X_control: Any, Y_control: Any) -> list[list[Any]]:
    """The inputs of the systems of both sides."""
    given = [X_control, Y_control][: len(data)]
    if any(control is None for control in given):
        raise ValueError("Y_control is needed where Y and X_control are given")
    controls = [list(control) if _is_list(control) else [control] for control in given]
    for systems, inputs, name in zip(data, controls, "XY"):
        if len(systems) != len(inputs):
            raise ValueError(f"{name} has {len(systems)} systems, and {name}_control has {len(inputs)}")
    return controls


def _threads(n_jobs: int | None) -> int | None:
    """Threads for a number of jobs: None, for all cores, where it is not positive."""
    if n_jobs is None:
        return 1
    return n_jobs if n_jobs > 0 else None
