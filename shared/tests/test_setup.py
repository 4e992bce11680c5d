"""The set-up: exact versions, one at a time, and what was half made is made anew. No network."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import setup_venv


class Checkout:
    """A folder to set up in: which commands ran, and the exception that pip shall raise."""

    def __init__(self, folder):
        self.folder, self.venv, self.commands, self.fault = folder, folder / ".venv", [], None

    def run(self, command, advice, lock):
        """Stands for setup_venv.run: venv leaves a Python, pip nothing, or a fault."""
        self.commands.append(" ".join(map(str, command[1:])))
        if "venv" in command:
            self.python("exit 0")
        elif self.fault:
            raise self.fault

    def python(self, script):
        """A Python in .venv that is this shell script."""
        (self.venv / "bin").mkdir(parents=True, exist_ok=True)
        (self.venv / "bin/python").write_text(f"#!/bin/sh\n{script}\n")
        (self.venv / "bin/python").chmod(0o755)

    def set_up(self, *extras):
        """Set up; which of venv and pip it called."""
        self.commands = []
        setup_venv.main([*extras])
        return ["venv" if "-m venv" in command else "pip" for command in self.commands]

    def ready(self):
        return sorted(path.name for path in self.venv.glob(".ready-*"))


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    here = Checkout(tmp_path)
    for name in setup_venv.SETTINGS:
        (tmp_path / name).touch()
    monkeypatch.setattr(setup_venv, "ROOT", tmp_path)
    monkeypatch.setattr(setup_venv, "VENV", here.venv)
    monkeypatch.setattr(setup_venv, "LOCK", tmp_path / ".venv-lock")
    monkeypatch.setattr(setup_venv, "PYTHON", here.venv / "bin/python")
    monkeypatch.setattr(setup_venv.shutil, "which", lambda name: None)
    monkeypatch.setattr(setup_venv, "run", here.run)
    return here


@pytest.mark.parametrize("uv", [None, "/bin/uv"])
def test_the_exact_versions_are_asked_for(checkout, monkeypatch, uv):
    monkeypatch.setattr(setup_venv.shutil, "which", lambda name: uv)
    setup_venv.main(["dev"])
    assert checkout.commands[-1].endswith("--editable .[dev] --constraint constraints.txt")
    assert checkout.ready() == [".ready-core", ".ready-dev"]


def test_what_is_whole_is_kept(checkout):
    assert checkout.set_up() == ["venv", "pip"]
    assert checkout.set_up("dev") == ["pip"]


@pytest.mark.parametrize("extras", [[], ["dev"]])
def test_after_a_kill_it_starts_from_nothing(checkout, extras):
    if extras:
        checkout.set_up()
    checkout.fault = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        checkout.set_up(*extras)
    assert checkout.ready() == []
    checkout.fault = None
    assert checkout.set_up(*extras) == ["venv", "pip"]


def test_without_a_network_what_was_there_stays_ready(checkout):
    checkout.set_up("dev")
    checkout.fault = setup_venv.SetupError
    with pytest.raises(setup_venv.SetupError):
        checkout.set_up("parity")
    assert checkout.ready() == [".ready-core", ".ready-dev"]


@pytest.mark.parametrize("script", ["exit 1", "case $2 in *pip*) exit 1;; esac"])
def test_an_environment_that_cannot_install_is_made_anew(checkout, script):
    checkout.set_up()
    checkout.python(script)
    assert checkout.set_up() == ["venv", "pip"]


def test_one_of_an_older_python_is_made_anew(checkout, monkeypatch):
    checkout.set_up()
    checkout.python(f'exec "{sys.executable}" "$@"')
    assert checkout.set_up() == ["pip"]
    monkeypatch.setattr(setup_venv, "OLDEST", (sys.version_info[0], sys.version_info[1] + 1))
    assert not setup_venv.is_whole(None)


@pytest.mark.skipif(sys.platform == "win32", reason="no locks there")
def test_a_second_set_up_waits_and_finds_the_work_done(checkout):
    """The first is killed, and its child, which inherits the lock, lives on for a moment."""
    checkout.set_up()
    with setup_venv.locked() as (lock, _):
        child = subprocess.Popen(["sleep", "0.3"], pass_fds=[lock.fileno()])
    assert checkout.set_up() == []
    assert child.wait(timeout=0.1) == 0


def test_an_old_python_can_read_it():
    ast.parse(Path(setup_venv.__file__).read_text(encoding="utf-8"), feature_version=(3, 7))
