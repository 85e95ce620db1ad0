"""Pickles of plain data from strangers: numbers, texts, containers and numpy arrays are read, all else is refused.

PEER's and TAPE's LMDB files hold pickles. A pickle is a program: whoever made the file decides which functions run.
Here it may name what numpy's arrays are pickled with and no more, and what runs then is the code below, not numpy's
own, which trusts the memory layout that a pickle claims.
"""

import io
import math
import pickle
import re
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from protclip.errors import AssetError

_PLAIN_CODE = re.compile(r"[biufSU]\d{1,9}", re.ASCII)
"""Numpy's types of truth values, numbers, bytes and text, with their size."""
_ORDERS = frozenset("<>|=")


def load_plain(data: bytes, source: str) -> object:
    """The value of a pickle that holds plain data; arrays are numpy arrays, numpy's scalars are Python's.

    Raises
    ------
    AssetError
        If it is damaged, or would need anything but plain data to be built; nothing of it was run then.

    Examples
    --------
    >>> load_plain(pickle.dumps({"primary": "MKT", "stability_score": np.array([0.5])}), "an example")
    {'primary': 'MKT', 'stability_score': array([0.5])}
    """
    try:
        return _plain(_PlainUnpickler(io.BytesIO(data)).load(), {})
    except _Refused as error:
        raise AssetError(
            f"{source} asks for {error}, and a data file needs numbers, texts, lists and numpy arrays alone. "
            "It was not loaded. Get the file from its own source"
        ) from error
    except Exception as error:  # a damaged pickle fails in any way
        raise AssetError(f"{source} is no whole pickle ({error}). Copy or download the file again") from error


class _Refused(pickle.UnpicklingError):
    """The pickle names something that is not plain data."""


class _PlainUnpickler(pickle._Unpickler):
    """Python's unpickler in Python: the one in C gives all memory to a few bytes that name a far place."""

    dispatch = dict(pickle._Unpickler.dispatch)

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in of one of numpy's functions, whatever version of numpy wrote its module's name."""
        stand_in = _STAND_INS.get(f"{module.replace('numpy._core', 'numpy.core')}.{name}")
        if stand_in is None:
            raise _Refused(f"{module}.{name}")
        return stand_in

    def _load_state(self: Any) -> None:
        """Only stand-ins take a state: on anything else, a function say, a pickle could set attributes."""
        state = self.stack.pop()
        if not isinstance(self.stack[-1], _Dtype | _Array):
            raise _Refused("a state for something that has none")
        self.stack[-1].__setstate__(state)

    def _load_bytearray(self: Any) -> None:
        """No more memory than there are bytes, whatever length they claim."""
        (size,) = struct.unpack("<Q", self.read(8))
        self.append(bytearray(self.read(size)))

    dispatch[pickle.BUILD[0]] = _load_state
    dispatch[pickle.BYTEARRAY8[0]] = _load_bytearray


class _Dtype:
    """numpy.dtype as pickles spell it: a code, then a state with the byte order."""

    def __init__(self, code: str, _align: bool = False, _copy: bool = True) -> None:
        if not isinstance(code, str) or not _PLAIN_CODE.fullmatch(code):
            raise _Refused(f"numpy values of type {code!r}")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[1] not in _ORDERS or any(part is not None for part in state[2:5]):
            raise _Refused("numpy values with parts")
        self.dtype = self.dtype.newbyteorder(state[1])


class _Array:
    """numpy.ndarray as pickles spell it: made empty, then given shape, type and bytes."""

    def __init__(self, *_made_empty: object) -> None:
        self.values: npt.NDArray[Any] = np.empty(0)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, dtype, is_fortran, content = state
        self.values = _array(content, dtype, shape, "F" if is_fortran else "C")


def _array(content: Any, dtype: Any, shape: Any, order: Any) -> npt.NDArray[Any]:
    if not isinstance(dtype, _Dtype) or not isinstance(content, bytes | bytearray):
        raise _Refused("a numpy array of objects")
    if math.prod(shape) * dtype.dtype.itemsize != len(content):
        raise ValueError("an array's bytes do not fit its shape")
    return np.frombuffer(bytes(content), dtype.dtype).reshape(shape, order=order)


def _from_buffer(content: Any, dtype: Any, shape: Any, order: Any) -> _Array:
    made = _Array()
    made.values = _array(content, dtype, shape, order)
    return made


def _scalar(dtype: Any, content: Any) -> Any:
    return _array(content, dtype, (), "C").item()


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """How protocols below 3 write bytes: as text of the characters 0 to 255."""
    if encoding not in ("latin1", "latin-1"):
        raise _Refused(f"the encoding {encoding!r}")
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """How protocols below 3 write empty bytes."""
    return b""


_STAND_INS: Mapping[str, Callable[..., Any]] = {
    "numpy.dtype": _Dtype,
    "numpy.ndarray": _Array,
    "numpy.core.multiarray._reconstruct": _Array,
    "numpy.core.multiarray.scalar": _scalar,
    "numpy.core.numeric._frombuffer": _from_buffer,
    "_codecs.encode": _encode,
    "__builtin__.bytes": _no_bytes,
}


def _plain(value: object, done: dict[int, object]) -> object:
    """The value with numpy's arrays for the stand-ins; ``done`` has what was met before, by identity."""
    if value is None or isinstance(value, str | bytes | bytearray | int | float):
        return value
    if isinstance(value, _Array):
        return value.values
    if not isinstance(value, dict | list | tuple):
        raise _Refused(f"a value that is a {type(value).__name__}")
    if id(value) not in done:
        if isinstance(value, dict):
            done[id(value)] = {_plain(key, done): _plain(part, done) for key, part in value.items()}
        else:
            done[id(value)] = type(value)(_plain(part, done) for part in value)
    return done[id(value)]
