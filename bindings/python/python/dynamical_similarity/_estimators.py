"""Fits and distances with the habits of scikit-learn, which need not be installed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from ._compare import Numbers, distance_matrix
from ._errors import Error
from ._model import Model, fit, fit_all
from ._recording import Array

if TYPE_CHECKING:
    from ._recording import RecordingLike

Self = TypeVar("Self", bound="_Parameters")


class _Parameters:
    """Parameters that are those of the constructor: what ``sklearn.base.clone``, pipelines and searches need."""

    @classmethod
    def _names(cls) -> list[str]:
        import inspect

        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self: Self, **parameters: Any) -> Self:
        """Set parameters by name."""
        for name, value in parameters.items():
            if name not in self._names():
                raise Error(f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(self._names())}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        import inspect

        defaults = inspect.signature(type(self).__init__).parameters
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if value is not defaults[name].default and value != defaults[name].default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        # Called by scikit-learn alone.
        from sklearn.utils import InputTags, Tags, TargetTags

        inputs = InputTags(two_d_array=False, three_d_array=True)
        return Tags(estimator_type=None, target_tags=TargetTags(required=False), input_tags=inputs, requires_fit=True)

    def __sklearn_is_fitted__(self) -> bool:
        return any(name.endswith("_") and not name.startswith("_") for name in vars(self))


class Dmd(_Parameters):
    """:func:`fit` as an estimator: one recording is one data set.

    Parameters
    ----------
    delays, rank, interval, steps_ahead, ridge, centre, scale, reduced_rank
        As in :func:`fit`.

    Attributes
    ----------
    model_ : Model
        After :meth:`fit`.

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> x = ds.simulate("lorenz", samples=600, seed=1)
    >>> dmd = ds.Dmd(delays=10, rank=4).fit(x)
    >>> dmd, dmd.operator_.shape, bool(dmd.score(x) > 0.9)
    (Dmd(delays=10, rank=4), (4, 4), True)
    """

    def __init__(
        self,
        delays: int = 20,
        rank: int | str | None = "auto",
        interval: int = 1,
        steps_ahead: int = 1,
        ridge: float = 1e-8,
        centre: str | None = None,
        scale: str = "none",
        reduced_rank: bool = False,
    ) -> None:
        self.delays = delays
        self.rank = rank
        self.interval = interval
        self.steps_ahead = steps_ahead
        self.ridge = ridge
        self.centre = centre
        self.scale = scale
        self.reduced_rank = reduced_rank

    def fit(self, X: RecordingLike, y: Any = None) -> Dmd:
        """Fit the operator to a recording."""
        self.model_: Model = fit(X, **self.get_params())
        return self

    @property
    def operator_(self) -> Array:
        """The operator, shape (rank, rank)."""
        return self._fitted().operator

    @property
    def eigenvalues_(self) -> Any:
        """The eigenvalues of the operator."""
        return self._fitted().eigenvalues

    def predict(self, X: RecordingLike) -> Array | list[Array]:
        """Predict every sample from the window before it; see :meth:`Model.predict`."""
        return self._fitted().predict(X)

    def score(self, X: RecordingLike, y: Any = None) -> float:
        """The share of the variance that one-step predictions explain."""
        return self._fitted().prediction_errors(X)["r_squared"]

    def _fitted(self) -> Model:
        if not hasattr(self, "model_"):
            raise Error("this Dmd is not fitted; call fit first")
        return self.model_


class DistanceTransformer(_Parameters):
    """Recordings as their distances to the recordings of the fit, for estimators that take precomputed distances.

    X is a list of recordings. One rank is chosen for all of them, and used for later ones.

    Parameters
    ----------
    delays, rank, interval, ridge, scale
        As in :func:`fit_all`.
    metric : str
        As in :func:`compare`.
    threads : int, optional
        Threads to use; all cores by default.

    Attributes
    ----------
    models_ : list of Model
        Of the recordings of the fit.
    rank_ : int
        Their rank.

    Examples
    --------
    >>> import dynamical_similarity as ds
    >>> recordings = [ds.simulate("lorenz", samples=600, rho=rho, seed=1) for rho in (28, 60, 90)]
    >>> transformer = ds.DistanceTransformer(delays=10, rank=4).fit(recordings)
    >>> transformer.transform(recordings[:2]).shape
    (2, 3)
    """

    def __init__(
        self,
        delays: int = 20,
        rank: int | str | None = "auto",
        interval: int = 1,
        ridge: float = 1e-8,
        scale: str = "none",
        metric: str = "angular",
        threads: int | None = None,
    ) -> None:
        self.delays = delays
        self.rank = rank
        self.interval = interval
        self.ridge = ridge
        self.scale = scale
        self.metric = metric
        self.threads = threads

    def _models(self, recordings: Iterable[RecordingLike], rank: int | str | None) -> list[Model]:
        settings = {
            "delays": self.delays,
            "interval": self.interval,
            "ridge": self.ridge,
            "scale": self.scale,
        }
        return fit_all(recordings, rank=rank, threads=self.threads, **settings)  # type: ignore[arg-type]

    def fit(self, X: Iterable[RecordingLike], y: Any = None) -> DistanceTransformer:
        """Fit an operator to each recording."""
        self.models_: list[Model] = self._models(X, self.rank)
        if not self.models_:
            raise Error("at least one recording is needed")
        self.rank_ = self.models_[0].rank
        return self

    def transform(self, X: Iterable[RecordingLike]) -> Numbers:
        """The distances of recordings (rows) to those of the fit (columns)."""
        if not hasattr(self, "models_"):
            raise Error("this DistanceTransformer is not fitted; call fit first")
        models = self._models(X, self.rank_)
        return distance_matrix(models, self.models_, metric=self.metric, threads=self.threads).distances

    def fit_transform(self, X: Iterable[RecordingLike], y: Any = None) -> Numbers:
        """The distances of the recordings of the fit with each other."""
        models = self.fit(X).models_
        return distance_matrix(models, metric=self.metric, threads=self.threads).distances
