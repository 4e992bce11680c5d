"""Save and load a training run so that it goes on bit for bit; earned in block 04.

A checkpoint is one .npz file (arrays, and one entry of JSON for everything else), written whole or
not at all, without pickle. What goes wrong while reading, whatever it is, is a CheckpointError.

What a run needs to go on as if nothing had happened: parameters, optimizer moments and step, the
order of the examples and the place in it, the state of every random stream, and the log so far.
"""

import io
import json
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
LARGEST = 2**31  # bytes; a small file must not unfold into a full memory
END_OF_ZIP = 22  # bytes of the last record; nothing may follow it
DAMAGE = (  # all that reading damaged files was seen to raise (RuntimeError: "encrypted" by a bit)
    OSError, ValueError, KeyError, TypeError, EOFError, MemoryError, OverflowError, RuntimeError,
    Warning, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class CheckpointError(Exception):
    """A checkpoint cannot be read, or does not belong to this run."""


def save(path: Path, arrays: Mapping[str, np.ndarray], state: Mapping[str, Any]) -> None:
    """Write arrays (any names but "state") and a JSON-like state. The old file stays until the end.

    Raises NonFiniteError where an array or the state holds a NaN or an infinity.
    """
    if "state" in arrays:
        raise ValueError('"state" is the name of the JSON entry: call the array something else')
    for name, array in arrays.items():
        check_finite(name, array)
    shapes = {name: [list(a.shape), a.dtype.str] for name, a in arrays.items()}
    record = {"format": FORMAT, "arrays": shapes, "state": state}
    try:
        text = json.dumps(record, allow_nan=False)
    except ValueError as error:
        raise NonFiniteError(f"the state cannot be saved: {error}") from None
    buffer = io.BytesIO()
    np.savez(buffer, state=np.frombuffer(text.encode(), dtype=np.uint8), **dict(arrays))  # type: ignore[arg-type]
    write_atomically(Path(path), buffer.getvalue())


def load(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read (arrays, state) back. Raises CheckpointError where the file is damaged or hostile."""
    path = Path(path)
    try:
        content = path.read_bytes()
        _check_container(content)
        arrays = _read_arrays(content)
        record = json.loads(arrays.pop("state").tobytes().decode())
        if record["format"] != FORMAT:
            raise CheckpointError(f"{path} has format {record['format']}, this reads {FORMAT}")
        found = {name: [list(a.shape), a.dtype.str] for name, a in arrays.items()}
        if found != record["arrays"]:
            raise ValueError("the arrays are not the ones that were saved")
        for name, array in arrays.items():
            check_finite(name, array)
        return arrays, dict(record["state"])
    except DAMAGE as error:
        raise CheckpointError(
            f"{path} is no whole checkpoint ({error}): delete it and start again"
        ) from None


def _check_container(content: bytes) -> None:
    """Refuse what np.load would swallow: junk behind the end, and files that unfold."""
    if content[-END_OF_ZIP : -END_OF_ZIP + 4] != b"PK\5\6":
        raise ValueError("it is cut short, or something follows its end")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    if len({entry.filename for entry in entries}) != len(entries):
        raise ValueError("an entry stands in it twice")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise ValueError("an entry is compressed")
    if sum(entry.file_size for entry in entries) > min(len(content), LARGEST):
        raise ValueError("its entries are larger than the file")


def _read_arrays(content: bytes) -> dict[str, np.ndarray]:
    """Every entry as an array; a warning (an odd header, say) counts as damage."""
    with warnings.catch_warnings(), np.load(io.BytesIO(content), allow_pickle=False) as file:
        warnings.simplefilter("error")
        arrays = {name: file[name] for name in file.files}
    if others := [name for name, array in arrays.items() if not isinstance(array, np.ndarray)]:
        raise ValueError(f"{others[0]} is not an array")
    return arrays
