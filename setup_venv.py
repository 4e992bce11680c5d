"""Make `.venv` beside this file: the virtual environment every make target runs in.

    python3 setup_venv.py                the core
    python3 setup_venv.py dev            the core and an extra of pyproject.toml

Uses uv when it is on the PATH, else venv and pip. Standard library only, and written so that an
old Python can still read it and say that it is too old.

`.venv/.ready-core` is there while nothing is under way, and after a set-up that ended. Without it
`.venv` is half made (somebody killed the set-up) and is made anew from nothing.
"""

import contextlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: two set-ups at once are not kept apart there
    fcntl = None

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / ".venv-lock"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
SETTINGS = ("pyproject.toml", "constraints.txt", "setup_venv.py")
OLDEST = (3, 11)


class SetupError(Exception):
    """One line: what is wrong and how to mend it."""


def run(command, advice, lock):
    """Run a command; where it fails, raise with the advice and the last error it printed.

    It holds the lock too, and goes on holding it where this program is killed and it lives on.
    """
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
    held = {"pass_fds": [lock.fileno()]} if fcntl else {}
    result = subprocess.run(command, cwd=str(ROOT), check=False, **streams, **held)
    if result.returncode != 0:
        lines = [line.strip() for line in result.stdout.decode("utf-8", "replace").splitlines()]
        errors = [line for line in lines if line.lower().startswith("error")]
        raise SetupError(f"{advice} (it said: {(errors or lines or ['nothing'])[-1]})")


# --- one at a time, whole or made anew ---------------------------------------------------------


@contextlib.contextmanager
def locked():
    """Wait until no other set-up runs here; gives the open lock file, and whether it waited."""
    with LOCK.open("a") as lock:
        waited = False
        if fcntl:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waited = True
                print("waiting for another set-up of .venv", flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
            except OSError:  # a file system without locks
                pass
        yield lock, waited


def markers(extras):
    """The files that say what is installed: `.ready-core`, `.ready-dev`, ..."""
    return [VENV / f".ready-{name}" for name in ["core", *extras]]


def is_fresh(extras):
    """Whether all of it was installed after the last change of the settings."""
    changed = max((ROOT / name).stat().st_mtime for name in SETTINGS)
    return all(path.exists() and path.stat().st_mtime >= changed for path in markers(extras))


def is_whole(uv):
    """Whether .venv is finished, starts (it may have moved), is new enough, and can install."""
    need = f"import sys; assert sys.version_info >= {OLDEST}" + ("" if uv else "; import pip")
    try:
        result = subprocess.run([str(PYTHON), "-c", need], stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return False
    return result.returncode == 0 and (VENV / ".ready-core").exists()


@contextlib.contextmanager
def under_way():
    """Hide the markers meanwhile: after a kill none is left, after a clean failure all are."""
    hidden = [(path, path.with_name(f"was{path.name}")) for path in VENV.glob(".ready-*")]
    for path, aside in hidden:
        path.replace(aside)
    try:
        yield
    except KeyboardInterrupt:
        hidden = []
        raise
    finally:
        for path, aside in hidden:
            aside.replace(path)


# --- the two steps -----------------------------------------------------------------------------


def make_environment(uv, lock):
    """Create .venv where it is missing, broken or half made."""
    if is_whole(uv):
        return
    oldest = "{}.{}".format(*OLDEST)
    if not uv and sys.version_info[:2] < OLDEST:
        raise SetupError(
            f"Python {sys.version.split()[0]} is too old, {oldest} or newer is needed: name one "
            f"with `make PYTHON3=python{oldest}`, or install uv"
        )
    if not uv and importlib.util.find_spec("ensurepip") is None:  # Debian ships it apart
        raise SetupError("this Python has no venv: `apt install python3-venv`, or install uv")
    shutil.rmtree(str(VENV), ignore_errors=True)
    if uv:
        command = [uv, "venv", "--python", f">={oldest}", str(VENV)]
        run(command, "uv could not make .venv", lock)
    else:
        command = [sys.executable, "-m", "venv", str(VENV)]
        run(command, "python3 -m venv could not make .venv", lock)


def install(uv, extras, lock):
    """Install the project, editable, with the exact versions of constraints.txt."""
    project = f".[{','.join(extras)}]" if extras else "."
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install"]
    if uv:
        pip = [uv, "pip", "install", "--python", str(PYTHON)]
    run(
        pip + ["--quiet", "--editable", project, "--constraint", "constraints.txt"],
        "could not install the packages: is there a network, and room on the disk?",
        lock,
    )


def main(extras):
    uv = shutil.which("uv")
    with locked() as (lock, waited):
        if waited and is_fresh(extras):
            return
        print(f"setting up .venv ({', '.join(['core', *extras])}), about 30 s", flush=True)
        make_environment(uv, lock)
        with under_way():
            install(uv, extras, lock)
        for path in reversed(markers(extras)):  # the one of the core last: it says that all is well
            path.touch()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SetupError as error:
        sys.exit(f"setup: {error}")
    except OSError as error:
        sys.exit(f"setup: {error}: may one write to {ROOT}?")
    except KeyboardInterrupt:
        sys.exit(130)
