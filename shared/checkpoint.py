"""Save and load a training run so that it goes on bit for bit; earned in block 04.

What a run needs to go on as if nothing had happened: parameters, optimizer moments and step, the
order of the examples and the place in it, the state of every random stream, and the log so far.

    arrays, steps = optimizer.state()  # the weights and the moments
    random = {"batches": batches.state(), "masks": masks.bit_generator.state}
    save(path, arrays, {"steps": steps, "log": log, **random})
    ...
    arrays, state = load(path)
    optimizer.restore(arrays, state["steps"])
    batches.restore(state["batches"])
    masks.bit_generator.state = state["masks"]

A checkpoint is one .npz file (arrays, and one entry of JSON for everything else), written whole or
not at all, without pickle. What `save` accepts, `load` gives back; what goes wrong while reading,
whatever it is, is a CheckpointError.
"""

import io
import json
import math
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from shared.checks import NonFiniteError, check_finite
from shared.files import write_atomically

FORMAT = 1
NUMBERS = "biufc"  # the kinds of dtype: bool, int, unsigned, float, complex
LARGEST = 2**31  # bytes; a small file must not unfold into a full memory


class CheckpointError(Exception):
    """A checkpoint cannot be read, or does not belong to this run."""


def save(path: Path, arrays: Mapping[str, np.ndarray], state: Mapping[str, Any]) -> None:
    """Write arrays and a state of text, numbers, lists and dicts. The old file stays till the end.

    Raises NonFiniteError where one of them holds a NaN or an infinity, TypeError and ValueError
    that name what `load` could not give back as it is, FileNotFoundError where the folder is gone.
    """
    if not Path(path).parent.is_dir():
        raise FileNotFoundError(f"there is no folder {Path(path).parent} to save a checkpoint in")
    check_arrays(arrays)
    try:
        check_state("state", state)
    except RecursionError:
        raise ValueError("the state is nested too deeply, or holds itself") from None
    content = pack(arrays, state)
    unpack(content)  # whatever else would not load is found out before the old file is gone
    write_atomically(Path(path), content)


def load(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read (arrays, state) back. Raises CheckpointError where that fails, and says why."""
    content = read(Path(path))
    try:
        return unpack(content)
    except MemoryError:
        raise CheckpointError(f"{path} needs more memory than there is") from None
    except DAMAGE as error:
        raise CheckpointError(
            f"{path} is no whole checkpoint ({error}): start again without it"
        ) from None


# --- the file: a zip of arrays, one of which is JSON ---------------------------------------------


def pack(arrays: Mapping[str, np.ndarray], state: Mapping[str, Any]) -> bytes:
    """The bytes of the .npz file: each array, and "state" with the JSON of all the rest."""
    record = {"format": FORMAT, "arrays": described(arrays), "state": state}
    text = np.frombuffer(json.dumps(record, allow_nan=False).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in {**arrays, "state": text}.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)
    return buffer.getvalue()


def unpack(content: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """(arrays, state) from the bytes. Raises one of DAMAGE where they are not what `pack` made."""
    check_container(content)
    arrays = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            arrays[entry.filename.removesuffix(".npy")] = read_array(archive.read(entry))
    record = json.loads(arrays.pop("state").tobytes().decode())
    if record["format"] != FORMAT:
        raise ValueError(f"it has format {record['format']}, this program reads {FORMAT}")
    if described(arrays) != record["arrays"]:
        raise ValueError("the arrays are not the ones that were saved")
    for name, array in arrays.items():
        check_finite(name, array)
    check_state("state", record["state"])
    return arrays, record["state"]


def described(arrays: Mapping[str, np.ndarray]) -> dict[str, list]:
    """{name: [shape, dtype]}, by which a missing or exchanged array is noticed."""
    return {name: [list(array.shape), array.dtype.str] for name, array in arrays.items()}


# --- before writing: only what comes back --------------------------------------------------------


def check_arrays(arrays: Mapping[str, np.ndarray]) -> None:
    """Raise where a name or an array would come back as another, or not at all."""
    size = 0
    for name, array in arrays.items():
        if not isinstance(name, str) or not name.isprintable() or name.strip() != name or not name:
            raise ValueError(f"an array is called {name!r}, expected printable text")
        if name == "state" or name.endswith(".npy") or len(name) > 1000 or "\\" in name:
            raise ValueError(f"{name[:50]!r} cannot be the name of an array: choose another")
        if type(array) is not np.ndarray:
            raise TypeError(f"{name} is a {type(array).__name__}, expected an array")
        if array.dtype.kind not in NUMBERS:
            raise TypeError(f"{name} holds {array.dtype}, expected numbers")
        size += array.nbytes
    if size > LARGEST - 2**20:  # a MiB for what else is in the file
        raise ValueError(f"the arrays have {size / 2**30:.1f} GiB, a checkpoint holds at most 2")
    for name, array in arrays.items():
        check_finite(name, array)


def check_state(name: str, value: Any) -> None:
    """Raise where the state holds what JSON does not give back: name says where in it."""
    if name == "state" and not isinstance(value, dict):
        raise TypeError(f"the state is a {type(value).__name__}, expected a dict")
    if isinstance(value, float) and not math.isfinite(value):
        raise NonFiniteError(f"{name} is {value}")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{name} has the key {key!r}: JSON knows text alone as a key")
            check_state(f"{name}[{key!r}]", item)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            check_state(f"{name}[{i}]", item)
    elif not isinstance(value, str | int | float | None):
        raise TypeError(f"{name} is a {type(value).__name__}: JSON has text, numbers, lists, dicts")


# --- while reading: damaged and hostile files ----------------------------------------------------

END_OF_ZIP = 22  # bytes of the last record; nothing may follow it
DAMAGE = (  # all that reading damaged files was seen to raise (RuntimeError: "encrypted" by a bit)
    OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, OverflowError, RuntimeError,
    NotImplementedError, Warning, zipfile.BadZipFile, zlib.error,
)


def read(path: Path) -> bytes:
    """The bytes of a plain file; where there are none to be had, a CheckpointError says why."""
    try:
        if path.exists() and not path.is_file():
            raise CheckpointError(f"{path} is no plain file, so it is no checkpoint")
        return path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"there is no checkpoint {path}") from None
    except MemoryError:
        raise CheckpointError(f"{path} needs more memory than there is") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from None


def check_container(content: bytes) -> None:
    """Refuse junk behind the end, entries that unfold, and entries of one name."""
    if content[-END_OF_ZIP : -END_OF_ZIP + 4] != b"PK\5\6":
        raise ValueError("it is cut short, or something follows its end")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if len(names) != len(entries) or not all(name.endswith(".npy") for name in names):
        raise ValueError("an entry stands in it twice, or is no array")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise ValueError("an entry is compressed")
    if sum(entry.file_size for entry in entries) > min(len(content), LARGEST):
        raise ValueError("its entries are larger than the file, or than 2 GiB")


def read_array(content: bytes) -> np.ndarray:
    """One entry as an array, whose header must tell the number of bytes that follow it."""
    stream = io.BytesIO(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # an odd header counts as damage
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ValueError("an entry has another format")
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    size = len(content) - stream.tell()
    if dtype.kind not in NUMBERS or math.prod(shape) * dtype.itemsize != size:
        raise ValueError("the header of an array does not fit its numbers")
    return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
