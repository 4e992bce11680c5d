"""A bug to find: a copy with one bug, the symptom without the name, and the answer."""

import pytest

from shared import planted_bugs, practice

BLOCK = "block77_toy"
FILES = {
    f"{BLOCK}/__init__.py": "",
    f"{BLOCK}/mean.py": "def mean(x):\n    return sum(x) / len(x)\n",
    f"{BLOCK}/planted.py": "from shared.planted_bugs import PlantedBug\n\n"
    f'BUGS = [PlantedBug("the 1/n is gone", "{BLOCK}/mean.py", " / len(x)", "", '
    f'"{BLOCK}/tests/test_mean.py::test_mean")]\n',
    f"{BLOCK}/tests/test_mean.py": f"from {BLOCK}.mean import mean\n\n\ndef test_mean():\n"
    "    assert mean([1.0, 2.0, 6.0]) == 3.0\n",
    f"{BLOCK}/results/planted_bugs.json": '{"config": {"bugs": ["the 1/n is gone"]}}',
    "shared/__init__.py": "", "data/README.md": "", "conftest.py": "",
    "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n"
    "addopts = ['--import-mode=importlib']\n",
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project of one block with one function and one listed bug."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for module in (planted_bugs, practice):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(practice, "PRACTICE", tmp_path / "practice")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_the_symptom_is_shown_and_the_answer_names_the_bug(root, capsys):
    practice.main(["bug", "77", "--seed", "1"])
    shown = capsys.readouterr().out
    assert "9.0 == 3.0" in shown  # the symptom
    assert "1/n" not in shown and "test_mean" not in shown and "mean.py" not in shown
    copy = root / "practice/bug77"
    assert "/ len(x)" not in (copy / BLOCK / "mean.py").read_text()
    assert not any("1/n" in path.read_text() for path in copy.rglob("*.*") if path.is_file())
    assert (root / BLOCK / "mean.py").read_text() == FILES[f"{BLOCK}/mean.py"]
    practice.main(["bug-answer"])
    answer = capsys.readouterr().out
    assert "the 1/n is gone" in answer and f"{BLOCK}/mean.py, line 2" in answer


def test_an_older_copy_is_kept(root, capsys):
    for number in range(3):
        practice.main(["bug", "77"])
        (root / "practice/bug77/mine.txt").write_text(str(number))
    assert "Your older copy is now practice/bug77-2." in capsys.readouterr().out
    kept = [(root / "practice" / name / "mine.txt").read_text() for name in ("bug77-1", "bug77-2")]
    assert kept == ["0", "1"]


def test_a_second_copy_holds_nothing_of_the_first(root, capsys):
    second = practice.drawn_bug(BLOCK, 0)._replace(right="sum(x)", wrong="max(x)")
    copy = practice.set_up(BLOCK, practice.drawn_bug(BLOCK, 0))
    before = {path.relative_to(copy) for path in copy.rglob("*")}
    (copy / "mine.txt").write_text("mine")
    assert practice.set_up(BLOCK, second) == copy
    assert {path.relative_to(copy) for path in copy.rglob("*")} == before
    assert (copy / BLOCK / "mean.py").read_text() == "def mean(x):\n    return max(x) / len(x)\n"


@pytest.mark.parametrize("names", [[], ["train.py"]])
def test_the_losses_are_of_a_train_py(names, root):
    copy = root / "practice/bug77"
    for folder, loss in ((root, 0.5), (copy, 0.7)):
        (folder / BLOCK).mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / BLOCK / name).write_text(f"print('ready\\nstep 9  {loss}')\n")
    assert practice.last_losses(BLOCK, root) == ["step 9  0.5"] * len(names)
    assert practice.last_losses(BLOCK, copy) == ["step 9  0.7"] * len(names)


@pytest.mark.parametrize("content", ["", "[1]", '{"block": "x"}', '{"block": "x", "seed": 1}'])
def test_a_damaged_note_of_the_last_bug_is_one_line(content, root, capsys):
    (root / "practice").mkdir()
    (root / "practice/last.json").write_text(content)
    with pytest.raises(SystemExit):
        practice.main(["bug-answer"])
    assert capsys.readouterr().err == (
        "practice: practice/last.json is damaged: plant anew, make bug BLOCK=03\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bug", "99"], "BLOCK=99 has no list of bugs; choose one of 77"),
        (["bug", ""], "BLOCK= has no list"),
        (["bug", "../x"], "has no list"),
        (["bug", "77", "--seed", "x"], "a seed is a whole number"),
        (["bug-answer"], "no bug has been planted yet"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments, message, root, capsys):
    with pytest.raises(SystemExit) as ending:
        practice.main(arguments)
    error = capsys.readouterr().err
    assert ending.value.code == 2 and message in error and error.count("\n") == 1
