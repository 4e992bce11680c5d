"""Checkpoints: whole or not at all, exact, and every damaged or hostile file is one error."""

import io
import json
import zipfile

import numpy as np
import pytest

from block04_training.experiments import resume
from block04_training.experiments.resumable import new_parameters
from shared.checkpoint import CheckpointError, load, save
from shared.checks import NonFiniteError
from shared.data import BatchOrder
from shared.optim import Adam
from shared.seeding import stream

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


@pytest.mark.parametrize("bad", [{"W": np.array([np.nan])}, {"W": np.array([np.inf])}])
def test_what_is_not_finite_is_not_saved_and_the_old_file_stays(tmp_path, bad):
    path = tmp_path / "c.npz"
    save(path, ARRAYS, STATE)
    before = path.read_bytes()
    with pytest.raises(NonFiniteError):
        save(path, bad, STATE)
    with pytest.raises(NonFiniteError):
        save(path, ARRAYS, {"loss": float("nan")})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["c.npz"]


def hostile_files():
    good = npy(np.zeros(2))
    bomb = zip_of([("W.npy", npy(np.zeros(10**6))), state_entry()], zipfile.ZIP_DEFLATED)
    pickled = npy(np.array([{"a": 1}], dtype=object))
    huge = good.replace(b"(2,)", b"(%d,)" % 10**12) if b"(2,)" in good else good
    listed = {"W": [[2], "<f8"]}
    nan = npy(np.array([0.0, np.nan]))
    return {
        "empty": b"",
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
        "not an array": zip_of([("W.npy", b"hello"), state_entry(arrays=listed)]),
    }


@pytest.mark.parametrize("name", hostile_files())
def test_a_hostile_file_is_one_error(tmp_path, name):
    path = tmp_path / "c.npz"
    path.write_bytes(hostile_files()[name])
    with pytest.raises(CheckpointError, match=r"c\.npz"):
        load(path)


def test_a_missing_file_or_a_folder_is_the_same_error(tmp_path):
    for path in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(CheckpointError):
            load(path)


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
    optimizer = Adam(new_parameters(stream(0, "weights")), learning_rate=0.1)
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


def test_one_kill_and_resume_gives_the_same_bytes(tmp_path):
    (tmp_path / "alone").mkdir()
    (tmp_path / "killed").mkdir()
    expected = resume.undisturbed(tmp_path / "alone", 0, 40)
    told = resume.run_until(resume.start(tmp_path / "killed", 0, 40), 17, 0.0)
    assert 17 <= told < 40
    assert not (tmp_path / "killed/weights.npz").exists()
    assert resume.undisturbed(tmp_path / "killed", 0, 40) == expected


def test_a_forgotten_random_state_would_be_noticed(tmp_path, monkeypatch):
    """The comparison can fail: without the mask's stream the resumed run ends elsewhere."""
    from block04_training.experiments import resumable

    (tmp_path / "alone").mkdir()
    (tmp_path / "cut").mkdir()
    monkeypatch.setattr("builtins.print", lambda *args, **kwargs: None)
    resumable.train(tmp_path / "alone", 0, 20)
    resumable.train(tmp_path / "cut", 0, 10)
    arrays, state = load(tmp_path / "cut/checkpoint.npz")
    state["masks"] = stream(0, "dropout").bit_generator.state  # as if it had not been saved
    save(tmp_path / "cut/checkpoint.npz", arrays, state)
    resumable.train(tmp_path / "cut", 0, 20)
    assert resume.final_bytes(tmp_path / "alone") != resume.final_bytes(tmp_path / "cut")
