"""Arrays, tensors and trials: the input that is accepted and the arrays that are returned.

Tensors are recognised by their methods (`detach`, `cpu`, `numpy`), so torch is never imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
ComplexArray: TypeAlias = NDArray[np.complex128]


class TensorArray(np.ndarray[Any, np.dtype[np.float64]]):
    """An array that also answers to the methods by which a tensor becomes an array.

    `dmd.A_v.numpy()`, `dmd.A_v.detach().cpu().numpy()` and `dmd.A_v.to("cpu")` work as they do for a tensor of torch.
    Everything else is NumPy's: use `np.linalg.eigvals(dmd.A_v)`, or `torch.from_numpy(dmd.A_v)` where a real tensor is
    needed.

    Examples
    --------
    >>> import numpy as np
    >>> a = tensor_array(np.eye(2))
    >>> type(a.detach().cpu().numpy()).__name__, a.T.numpy().shape
    ('ndarray', (2, 2))
    """

    def numpy(self) -> FloatArray:
        """The same numbers as a plain array; nothing is copied."""
        return self.view(np.ndarray)

    def detach(self) -> TensorArray:
        """The array itself: there is no gradient to detach it from."""
        return self

    def cpu(self) -> TensorArray:
        """The array itself: it already is in the memory of the processor."""
        return self

    def to(self, *_args: object, **_kwargs: object) -> TensorArray:
        """The array itself, whatever device or type is asked for."""
        return self

    def clone(self) -> TensorArray:
        """A copy."""
        return self.copy().view(TensorArray)


def tensor_array(array: FloatArray) -> TensorArray:
    """A view of `array` with the methods of a tensor.

    Parameters
    ----------
    array : ndarray

    Returns
    -------
    TensorArray
        The same shape; nothing is copied.
    """
    return np.asarray(array).view(TensorArray)


def is_array(value: object) -> bool:
    """Whether `value` is one array or tensor (and not a list of them)."""
    return hasattr(value, "detach") or hasattr(value, "__array__")


def as_array(value: Any) -> NDArray[Any]:
    """An array, a tensor or nested lists of numbers as a NumPy array of their own type.

    Parameters
    ----------
    value : array_like
        A tensor loses its gradient and is brought into the memory of the processor.

    Returns
    -------
    ndarray
        It shares the memory of `value` where it can.
    """
    if hasattr(value, "detach"):
        value = value.detach()
        if hasattr(value, "cpu"):
            value = value.cpu()
        value = value.numpy()
    return np.asarray(value).view(np.ndarray)


def as_floats(value: Any) -> FloatArray:
    """`value` as a C-contiguous array of float64; see `as_array`.

    Raises
    ------
    ValueError
        If the numbers are complex or are no numbers.
    """
    array = as_array(value)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"real numbers are needed, but the array holds {array.dtype}")
    return np.ascontiguousarray(array, dtype=np.float64)


def as_operator(value: Any) -> FloatArray:
    """`value`, a matrix or a fitted model with `A_v` (or `A`), as a square float64 array.

    Raises
    ------
    ValueError
        If it is not a square matrix of finite real numbers.
    """
    for name in ("A_v", "A"):
        if not is_array(value) and getattr(value, name, None) is not None:
            value = getattr(value, name)
    if not is_array(value) and not isinstance(value, Sequence):
        raise ValueError(f"{type(value).__name__} has no operator: neither A_v nor A. Was it fitted?")
    array = as_array(value)
    if array.dtype.kind == "c" and not array.imag.any():
        array = array.real
    matrix = as_floats(array)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"an operator is a square matrix, but this array has shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError("the operator has entries that are not finite numbers")
    return matrix


def copied_recording(data: Any) -> FloatArray | list[FloatArray]:
    """One system's samples as float64 arrays of their own memory.

    Parameters
    ----------
    data : array_like or list of array_like
        (time, channels), (trials, time, channels), or a list of such arrays with the same channels.

    Returns
    -------
    ndarray or list of ndarray
        A list whose arrays are (time, channels) of one length is stacked to (trials, time, channels).

    Raises
    ------
    ValueError
        If there is no array, or one has another number of dimensions or of channels.
    """
    if is_array(data) or not isinstance(data, (list, tuple)):
        array = as_floats(data).copy()
        if array.ndim not in (2, 3):
            raise ValueError(
                f"a recording is (time, channels) or (trials, time, channels), but this array has shape {array.shape}"
            )
        return array
    arrays: list[FloatArray] = []
    for trial in data:
        one = copied_recording(trial)
        arrays.extend(one if isinstance(one, list) else [one])
    if not arrays:
        raise ValueError("an empty list is no recording: at least one array is needed")
    channels = {array.shape[-1] for array in arrays}
    if len(channels) > 1:
        raise ValueError(f"all trials of a recording need the same channels, but they have {sorted(channels)}")
    if len({array.shape for array in arrays}) == 1 and arrays[0].ndim == 2:
        return np.stack(arrays)
    return arrays


def trials_of(recording: FloatArray | list[FloatArray]) -> list[FloatArray]:
    """The trials, (time, channels) each, of what `copied_recording` returned."""
    arrays = recording if isinstance(recording, list) else [recording]
    return [trial for array in arrays for trial in (array if array.ndim == 3 else [array])]


def like_recording(trials: list[FloatArray], recording: FloatArray | list[FloatArray]) -> Any:
    """`trials`, one for each trial of `recording`, in the shape of `recording`: an array, or a list of arrays."""
    if not isinstance(recording, list):
        return tensor_array(np.stack(trials) if recording.ndim == 3 else trials[0])
    result: list[TensorArray] = []
    remaining = iter(trials)
    for array in recording:
        parts = [next(remaining) for _ in range(array.shape[0] if array.ndim == 3 else 1)]
        result.append(tensor_array(np.stack(parts) if array.ndim == 3 else parts[0]))
    return result
