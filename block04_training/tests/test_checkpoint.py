"""Checkpoints: whole or not at all, exact, and every damaged or hostile file is one error."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from block04_training import proofs
from block04_training.experiments import resume
from block04_training.proofs import outcome
from block04_training.train import Training
from shared.checkpoint import CheckpointError, load, save
from shared.checks import NonFiniteError
from shared.data import BatchOrder
from shared.optim import Adam
from shared.seeding import stream
from shared.tensor import Tensor

ARRAYS = {"W": np.arange(6.0).reshape(2, 3), "b": np.ones(2, np.float32)}
STATE = {"steps": 3, "rng": np.random.default_rng(0).bit_generator.state, "name": "minus -1.5"}


def zip_of(entries, compression=zipfile.ZIP_STORED):
    """A zip file with these entries, {name: bytes}."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def state_entry(**changes):
    record = {"format": 1, "arrays": {}, "state": {}} | changes
    return ("state.npy", npy(np.frombuffer(json.dumps(record).encode(), np.uint8)))


def test_everything_comes_back_to_the_bit(tmp_path):
    save(tmp_path / "c.npz", ARRAYS, STATE)
    arrays, state = load(tmp_path / "c.npz")
    assert state == STATE
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert np.array_equal(arrays[name], array)


def test_numpy_can_read_it_alone(tmp_path):
    save(tmp_path / "c.npz", ARRAYS, STATE)
    with np.load(tmp_path / "c.npz") as file:
        assert np.array_equal(file["W"], ARRAYS["W"])


def hostile_files():
    good = npy(np.zeros(2))
    bomb = zip_of([("W.npy", npy(np.zeros(10**6))), state_entry()], zipfile.ZIP_DEFLATED)
    pickled = npy(np.array([{"a": 1}], dtype=object))
    huge = good.replace(b"(2,)", b"(%d,)" % 10**12) if b"(2,)" in good else good
    noise = stream(0, "noise").integers(0, 256, 5000, np.uint8)  # compressed it is no smaller
    noise_state = state_entry(arrays={"W": [[5000], "|u1"]})
    listed = {"W": [[2], "<f8"]}
    nan = npy(np.array([0.0, np.nan]))
    return {
        "empty": b"",
        "compressed": zip_of([("W.npy", npy(noise)), noise_state], zipfile.ZIP_DEFLATED),
        "text": b"not a checkpoint at all, only a line of text",
        "compressed bomb": bomb,
        "pickle": zip_of([("W.npy", pickled), state_entry()]),
        "a shape larger than the file": zip_of([("W.npy", huge), state_entry()]),
        "an array nobody listed": zip_of([("W.npy", good), state_entry()]),
        "an array missing": zip_of([state_entry(arrays=listed)]),
        "another shape": zip_of([("W.npy", npy(np.zeros(3))), state_entry(arrays=listed)]),
        "another dtype": zip_of([("W.npy", npy(np.zeros(2, "f4"))), state_entry(arrays=listed)]),
        "a NaN": zip_of([("W.npy", nan), state_entry(arrays=listed)]),
        "no state": zip_of([("W.npy", good)]),
        "state that is no JSON": zip_of([("state.npy", npy(np.frombuffer(b"{", np.uint8)))]),
        "state that is a list": zip_of([("state.npy", npy(np.frombuffer(b"[]", np.uint8)))]),
        "deep JSON": zip_of([("state.npy", npy(np.frombuffer(b"[" * 100_000, np.uint8)))]),
        "another format": zip_of([state_entry(format=99)]),
        "a state without its parts": zip_of([("state.npy", npy(np.frombuffer(b"{}", np.uint8)))]),
        "junk at the end": zip_of([("W.npy", good), state_entry(arrays=listed)]) + b"junk",
        "a name twice": zip_of([("W", good), ("W.npy", good), state_entry(arrays=listed)]),
        "more numbers than told": zip_of([("W.npy", good + b"x"), state_entry(arrays=listed)]),
        "a NaN in the state": zip_of([state_entry(state={"loss": float("nan")})]),
        "not an array": zip_of([("W.npy", b"hello"), state_entry(arrays=listed)]),
    }


def test_the_hostile_files_are_one_change_away_from_a_good_one(tmp_path):
    state = state_entry(arrays={"W": [[2], "<f8"]})
    (tmp_path / "c.npz").write_bytes(zip_of([("W.npy", npy(np.zeros(2))), state]))
    assert load(tmp_path / "c.npz")[0]["W"].tolist() == [0, 0]


@pytest.mark.parametrize("name", hostile_files())
def test_a_hostile_file_is_one_error(tmp_path, name):
    path = tmp_path / "c.npz"
    path.write_bytes(hostile_files()[name])
    with pytest.raises(CheckpointError, match=r"c\.npz"):
        load(path)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(13, "Permission denied"), "cannot be read: .*Permission denied"),
        (MemoryError(), "more memory than there is"),
        (None, "no plain file"),
        (FileNotFoundError(), "there is no checkpoint"),
    ],
)
def test_a_good_file_that_cannot_be_had_is_not_called_damaged(tmp_path, monkeypatch, error, says):
    path = tmp_path if error is None else tmp_path / "c.npz"
    if error is not None:
        save(path, ARRAYS, STATE)

    def refuse(self):
        raise error

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(CheckpointError, match=says) as caught:
        load(path)
    assert "start again" not in str(caught.value)


HUGE = np.broadcast_to(np.zeros(1), (2**28,))  # 2 GiB that take 8 bytes
CIRCLE: dict = {}
CIRCLE["itself"] = CIRCLE
REFUSED = {
    "the name of the JSON": ({"state": np.ones(1)}, {}, ValueError, "'state' cannot be the name"),
    "the JSON's file": ({"state.npy": np.ones(1)}, {}, ValueError, "'state.npy' cannot be"),
    "w and w.npy": ({"w": np.ones(1), "w.npy": np.zeros(1)}, {}, ValueError, "'w.npy' cannot be"),
    "a NUL in a name": ({"a\0b": np.ones(1)}, {}, ValueError, r"called 'a\\x00b'"),
    "no name": ({"": np.ones(1)}, {}, ValueError, "called ''"),
    "a number as a name": ({1: np.ones(1)}, {}, ValueError, "called 1"),
    "a backslash": ({"a\\b": np.ones(1)}, {}, ValueError, "cannot be the name"),
    "a list": ({"w": [1.0]}, {}, TypeError, "w is a list, expected an array"),
    "a masked array": ({"w": np.ma.ones(1)}, {}, TypeError, "w is a MaskedArray"),
    "objects": ({"w": np.array([None])}, {}, TypeError, "w holds object"),
    "text": ({"w": np.array(["a"])}, {}, TypeError, "w holds <U1"),
    "more than 2 GiB": ({"w": HUGE}, {}, ValueError, "have 2.0 GiB, a checkpoint holds at most 2"),
    "a NaN": ({"w": np.array([1.0, np.nan])}, {}, NonFiniteError, r"w\[1\] is nan"),
    "an infinity": ({"w": np.array([np.inf])}, {}, NonFiniteError, r"w\[0\] is inf"),
    "no state": ({}, None, TypeError, "the state is a NoneType"),
    "a list as state": ({}, [1], TypeError, "the state is a list"),
    "a NaN in the state": (
        {}, {"log": [1.0, {"loss": np.nan}]}, NonFiniteError,
        r"state\['log'\]\[1\]\['loss'\] is nan",
    ),
    "keys that would fall together": ({}, {"a": {1: 2, "1": 3}}, TypeError, "has the key 1"),
    "a tuple": ({}, {"a": (1, 2)}, TypeError, r"state\['a'\] is a tuple"),
    "an array in the state": ({}, {"a": np.ones(1)}, TypeError, r"state\['a'\] is a ndarray"),
    "a NumPy integer": ({}, {"a": np.int64(1)}, TypeError, r"state\['a'\] is a int64"),
    "a circle": ({}, CIRCLE, ValueError, "holds itself"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_not_come_back_is_not_saved_and_the_old_file_stays(tmp_path, name):
    arrays, state, error, says = REFUSED[name]
    path = tmp_path / "c.npz"
    save(path, ARRAYS, STATE)
    before = path.read_bytes()
    with pytest.raises(error, match=says):
        save(path, arrays, state)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["c.npz"]


def test_odd_names_and_arrays_come_back(tmp_path):
    arrays = {
        "allow_pickle": np.ones(3), "file": np.zeros((0, 2)), "layer 1/Wü": np.array(5),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)), "c": np.array([1j]),
        "state.npz": np.array([True, False]), "big-endian": np.arange(3, dtype=">i4"),
        "every second": np.arange(9)[::2],
    }
    state = {"": [], "None": None, "yes": True, "n": 2**127, "x": 1e-320, "s": "\ud800 \0", "d": {}}
    save(tmp_path / "c.npz", arrays, state)
    loaded, loaded_state = load(tmp_path / "c.npz")
    assert loaded_state == state
    assert loaded.keys() == arrays.keys()
    for name, array in arrays.items():
        assert loaded[name].dtype == array.dtype
        assert np.array_equal(loaded[name], array)


def test_a_checkpoint_is_never_written_in_place(tmp_path):
    path = tmp_path / "c.npz"
    save(path, ARRAYS, STATE)
    before = path.read_bytes()
    with path.open("rb") as old:
        save(path, ARRAYS, {"steps": 4})
        assert old.read() == before
    assert path.read_bytes() != before


def test_a_checkpoint_is_on_the_disk_before_it_takes_the_old_ones_place(tmp_path, monkeypatch):
    events = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (events.append("fsync"), fsync(fd)))
    monkeypatch.setattr(os, "replace", lambda *paths: (events.append("replace"), replace(*paths)))
    save(tmp_path / "c.npz", ARRAYS, STATE)
    assert events[:2] == ["fsync", "replace"]


@pytest.mark.parametrize("seed", range(5))
def test_random_bytes_never_load(tmp_path, seed):
    save(tmp_path / "c.npz", ARRAYS, STATE)
    content = bytearray((tmp_path / "c.npz").read_bytes())
    rng = stream(seed, "random bytes")
    places = rng.integers(0, len(content), 60)
    for place in places:
        content[place] = rng.integers(0, 256)
    (tmp_path / "c.npz").write_bytes(content)
    with pytest.raises(CheckpointError):
        load(tmp_path / "c.npz")


def test_another_networks_checkpoint_is_refused():
    optimizer = Adam({"W": Tensor(np.ones((2, 3)), requires_grad=True)}, learning_rate=0.1)
    before = optimizer.values.copy()
    with pytest.raises(ValueError, match="the state holds"):
        optimizer.restore({"values": np.zeros_like(before), "mean": np.zeros(3)}, 1)
    assert np.array_equal(optimizer.values, before)


def test_a_batch_order_goes_on_where_it_was():
    order = BatchOrder(10, 4, stream(0, "order"))
    for _ in range(4):
        order.next()
    saved = json.loads(json.dumps(order.state()))
    expected = [order.next().tolist() for _ in range(9)]
    other = BatchOrder(10, 4, stream(99, "other"))
    other.restore(saved)
    assert [other.next().tolist() for _ in range(9)] == expected
    with pytest.raises(ValueError, match="not one of 11"):
        BatchOrder(11, 4, stream(0, "x")).restore(saved)


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """The folder of a run that has come to step 10 of 20, and the bytes of one that ended."""
    for name in ("alone", "cut"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("builtins.print", lambda *args, **kwargs: None)
    resume.go_on(tmp_path / "alone", 0, 20)
    resume.go_on(tmp_path / "cut", 0, 10)
    return tmp_path / "cut", [(tmp_path / "alone" / name).read_bytes() for name in resume.FILES]


def test_a_stopped_run_goes_on_and_every_part_of_its_state_is_needed(stopped):
    """The comparison can fail: with any part as it was at the start the run ends elsewhere."""
    cut, expected = stopped
    saved = load(cut / "checkpoint.npz")
    fresh = Training(resume.SETTINGS, 1151, 0)
    at_start = {"batches": fresh.batches.state(), "masks": fresh.masks.bit_generator.state}
    at_start |= {"log": [], "steps": 0}
    for name in (None, "values", "mean", "square", *at_start):
        arrays, state = dict(saved[0]), dict(saved[1])
        if name in arrays:
            arrays[name] = fresh.optimizer.state()[0][name]
        elif name:
            state[name] = at_start[name]
        save(cut / "checkpoint.npz", arrays, state)
        resume.go_on(cut, 0, 20)
        found = [(cut / file).read_bytes() for file in resume.FILES]
        assert (found == expected) == (name is None), name


def test_another_runs_checkpoint_is_refused_in_one_line(stopped, monkeypatch):
    cut, _ = stopped
    with pytest.raises(CheckpointError, match="another run, of seed 0 or other settings"):
        resume.go_on(cut, 1, 20)
    other = resume.SETTINGS._replace(dropout=0.3)
    monkeypatch.setattr(resume, "SETTINGS", other)
    with pytest.raises(CheckpointError, match="choose a new folder"):
        resume.go_on(cut, 0, 20)


def test_the_program_fails_in_one_line(stopped):
    cut, _ = stopped
    command = [sys.executable, "-c", resume.PROGRAM]
    done = subprocess.run(
        [*command, str(cut), "1", "5"], cwd=resume.ROOT, capture_output=True, text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("resume: ") and "another run" in done.stderr


def test_damage_is_counted_as_what_it_is(tmp_path):
    save(tmp_path / "c.npz", ARRAYS, STATE)
    whole = (tmp_path / "c.npz").read_bytes()
    assert outcome(tmp_path / "c.npz", whole, whole) == "loaded as saved"
    assert outcome(tmp_path / "c.npz", whole[:-1], whole) == "refused"
    save(tmp_path / "c.npz", {"W": ARRAYS["W"] + 1, "b": ARRAYS["b"]}, STATE)
    other = (tmp_path / "c.npz").read_bytes()
    assert outcome(tmp_path / "c.npz", other, whole) == "silent changes"


def test_each_flip_is_of_one_bit_and_each_cut_has_its_length(monkeypatch):
    tried = []
    monkeypatch.setattr(proofs, "outcome", lambda path, *both: tried.append(both) or "refused")
    counts = proofs.damaged(stream(0, "damage"), 10, 20)
    assert (counts["refused"], counts["refused cuts"]) == (10, 20)
    flips, cuts = tried[:10], tried[10:]
    for found, whole in flips:
        changed = np.bitwise_xor(np.frombuffer(found, np.uint8), np.frombuffer(whole, np.uint8))
        assert np.unpackbits(changed).sum() == 1
    assert all(whole.startswith(found) for found, whole in cuts)
    assert len({len(found) for found, _ in cuts}) == 20
