"""The machine under the numbers: BLAS on one thread, and `doctor`, which says what is there.

Run `python -m shared.runtime` to see it. One thread, because a sum split over two threads adds in
another order and ends in other bits; block 00 measures it. Block 09 earned the two other ways to
speed: memory that is kept, and work in a fixed number of parts, each in a thread.
"""

import ctypes
import importlib
import os
import platform
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

CORE = ("numpy", "matplotlib", "tqdm", "pytest", "threadpoolctl")
OLDEST_PYTHON = (3, 11)


def pin_blas_threads(threads: int = 1) -> None:
    """Make every BLAS in this process use so many threads, whatever was imported first."""
    import numpy  # noqa: F401  (a BLAS that is not loaded yet cannot be limited)
    import threadpoolctl

    threadpoolctl.threadpool_limits(limits=threads, user_api="blas")


def keep_memory() -> bool:
    """Tell glibc to keep freed memory for the next array; elsewhere nothing. -> whether it did.

    By default a large array is mapped anew each time, and each of its pages costs a fault when it
    is first written: about a third of a training step. The numbers of the settings are from
    glibc's malloc.h: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library, musl for example
        return False
    return bool(mallopt(-1, 2**31 - 1)) and bool(mallopt(-3, 2**30))


def in_threads(function: Callable, calls: Sequence[tuple]) -> list[Any]:
    """[function(*arguments) for arguments in calls], on as many threads as there are cores.

    Results and errors come in the order of the calls; what each computes does not depend on the
    threads. NumPy lets go of Python's lock inside its loops and in BLAS.
    """
    if len(calls) <= 1:
        return [function(*call) for call in calls]
    with ThreadPoolExecutor(min(len(calls), os.cpu_count() or 1)) as pool:
        return [future.result() for future in [pool.submit(function, *call) for call in calls]]


def blas_libraries() -> list[dict]:
    """What threadpoolctl sees of BLAS once NumPy is loaded: name, version, threads, kernel."""
    import numpy  # noqa: F401  (loads its BLAS)
    import threadpoolctl

    return [pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]


def cpu_name() -> str:
    """The processor's model name where the system tells it, else its architecture."""
    try:
        with Path("/proc/cpuinfo").open() as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def doctor() -> tuple[list[str], list[str]]:
    """What this machine has and what is missing, as (lines, problems); both may be printed."""
    lines, problems = [], []
    lines.append(f"Python         {platform.python_version()} ({platform.system()})")
    if sys.version_info[:2] < OLDEST_PYTHON:
        problems.append("Python is older than {}.{}".format(*OLDEST_PYTHON))
    for name in CORE:
        try:
            importlib.import_module(name)
            lines.append(f"{name:<14} {metadata.version(name)}")
        except ImportError:
            problems.append(f"{name} is missing: run `make setup`")
        except Exception as error:  # a package that is damaged fails in its own way
            problems.append(f"{name} cannot be loaded ({error}): run `make clean` and `make setup`")
    lines.append(f"CPU            {cpu_name()}, {os.cpu_count()} cores")
    if not problems:
        pin_blas_threads()
        for pool in blas_libraries():
            kernel = pool.get("architecture", "unknown kernel")
            lines.append(
                f"BLAS           {pool['internal_api']} {pool['version']}, {kernel}, "
                f"{pool['num_threads']} thread after pinning"
            )
        if not blas_libraries():
            lines.append("BLAS           one that threadpoolctl cannot see, its threads stay free")
    return lines, problems


if __name__ == "__main__":
    lines, problems = doctor()
    print("\n".join(lines))
    print("\n".join(f"PROBLEM        {problem}" for problem in problems) or "nothing is missing")
    sys.exit(1 if problems else 0)
