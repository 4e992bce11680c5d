"""A training that is stopped goes on bit for bit, with its log; what was kept goes with the run."""

import numpy as np
import pytest

from shared import resume
from shared.results import open_run
from shared.seeding import stream

LENGTH = 10


def walk(run, stop=None):
    """A random walk of LENGTH steps that is kept at every other one."""
    rng, place, begin = stream(run.seed, "walk"), 0.0, 0
    if found := resume.kept(run, "walk"):
        place, begin = float(found[0]["place"][0]), found[1]["step"]
        rng.bit_generator.state = found[1]["rng"]
    for step in range(begin, LENGTH):
        if step == stop:
            raise KeyboardInterrupt
        place += rng.normal()
        run.log(step, {"train": place})
        if step % 2:
            state = {"step": step + 1, "rng": rng.bit_generator.state}
            resume.keep(run, "walk", {"place": np.array([place])}, state)
    run.headline({"place": place})


def walked(home, arguments=(), stop=None, **options):
    with open_run(str(home / "train.py"), "Walk.", list(arguments), resume=True, **options) as run:
        walk(run, stop)
    return run


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "block77_toy"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("stop", [1, 6, 9])
@pytest.mark.parametrize("options", [(), ("--seed", "3")])
def test_stopped_and_gone_on_with_is_never_stopped(stop, options, home, tmp_path):
    out = ["--out", str(tmp_path / "out")] if options else []
    folder = tmp_path / "out" if options else home / "results"
    walked(home, [*options, *out])
    whole = {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "timing.json"}
    with pytest.raises(SystemExit, match="130"):
        walked(home, [*options, *out], stop=stop)
    assert bool(list(home.glob(".kept/*/walk.npz"))) == (stop > 1)
    walked(home, [*options, *out, "--resume"])
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "timing.json"} == whole
    assert not list(home.glob(".kept/*"))


def test_what_other_options_kept_is_not_taken_and_without_resume_nothing_is(home):
    for arguments in ([], ["--seed", "1"]):
        with pytest.raises(SystemExit):
            walked(home, arguments, stop=5)
    assert walked(home, ["--seed", "2", "--resume"]).log_rows[0]["step"] == 0
    plain = walked(home)
    assert [row["step"] for row in plain.log_rows] == list(range(LENGTH))


def test_a_quick_run_keeps_only_what_it_was_asked_to(home):
    for arguments, kept in ((["--quick"], 0), (["--quick", "--resume"], 1)):
        with pytest.raises(SystemExit):
            walked(home, arguments, stop=5)
        assert len(list(home.glob(".kept/*/walk.npz"))) == kept


def test_what_cannot_be_gone_on_with_is_one_line_and_code_2(home, tmp_path, capsys):
    text = tmp_path / "text.txt"
    text.write_text("one")
    arguments = ["--text", str(text)]
    with pytest.raises(SystemExit, match="130"):
        walked(home, arguments, stop=5, text=True)
    text.write_text("two")
    with pytest.raises(SystemExit, match="2"):
        walked(home, [*arguments, "--resume"], text=True)
    assert "has changed since" in capsys.readouterr().err
    next(home.glob(".kept/*/walk.npz")).write_bytes(b"PK")
    with pytest.raises(SystemExit, match="2"):
        walked(home, [*arguments, "--resume"], text=True)
    message = capsys.readouterr().err
    assert "no whole checkpoint" in message and message.count("\n") == 1


def test_studies_write_their_own_folder_and_the_plain_run_takes_their_headline(home):
    (home / "README.md").write_text("[9](results/studies/headline.json#place)\n")
    found = walked(home, ["--studies"], studies=True).headline_numbers["place"]
    assert [p.name for p in (home / "results").iterdir()] == ["studies"]
    assert f"[{found:.0f}]" in (home / "README.md").read_text()

    with open_run(str(home / "train.py"), "Plain.", [], studies=True) as run:
        run.headline({"own": 1})
    kept = (home / "results/headline.json").read_text()
    assert f'"place": {found:.6g}'[:12] in kept and '"own": 1' in kept
