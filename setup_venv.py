"""Make `.venv` beside this file: the virtual environment every make target runs in.

    python3 setup_venv.py                the core
    python3 setup_venv.py dev            the core and an extra of pyproject.toml

Uses uv when it is on the PATH, else venv and pip. Standard library only, and written so that an
old Python can still read it and say that it is too old.
"""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
OLDEST = (3, 11)


class SetupError(Exception):
    """One line: what is wrong and how to mend it."""


def run(command, advice):
    """Run a command; where it fails, raise with the advice and the last error it printed."""
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=str(ROOT), check=False
    )
    if result.returncode != 0:
        lines = [line.strip() for line in result.stdout.decode("utf-8", "replace").splitlines()]
        errors = [line for line in lines if line.lower().startswith("error")]
        raise SetupError(f"{advice} (it said: {(errors or lines or ['nothing'])[-1]})")


def works(python):
    """Whether this interpreter starts: one in a moved or half-made environment does not."""
    try:
        result = subprocess.run([str(python), "-c", ""], stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return False
    return result.returncode == 0


def make_environment(uv):
    """Create .venv where it is missing or broken."""
    if works(PYTHON):
        return
    shutil.rmtree(str(VENV), ignore_errors=True)
    oldest = "{}.{}".format(*OLDEST)
    if uv:
        run([uv, "venv", "--python", f">={oldest}", str(VENV)], "uv could not make .venv")
        return
    if sys.version_info[:2] < OLDEST:
        raise SetupError(
            f"Python {sys.version.split()[0]} is too old, {oldest} or newer is needed: name one "
            f"with `make PYTHON3=python{oldest}`, or install uv"
        )
    if importlib.util.find_spec("ensurepip") is None:  # Debian ships it apart from python3
        raise SetupError("this Python has no venv: `apt install python3-venv`, or install uv")
    run([sys.executable, "-m", "venv", str(VENV)], "python3 -m venv could not make .venv")


def install(uv, extras):
    """Install the project, editable, with the exact versions of constraints.txt."""
    project = f".[{','.join(extras)}]" if extras else "."
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install"]
    if uv:
        pip = [uv, "pip", "install", "--python", str(PYTHON)]
    print(f"setting up .venv ({', '.join(['core', *extras])}), about 30 s", flush=True)
    run(
        pip + ["--quiet", "--editable", project, "--constraint", "constraints.txt"],
        "could not install the packages: is there a network, and room on the disk?",
    )


def main(extras):
    uv = shutil.which("uv")
    make_environment(uv)
    install(uv, extras)
    for name in ["core", *extras]:
        (VENV / f".ready-{name}").write_text("")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SetupError as error:
        sys.exit(f"setup: {error}")
