"""What block 09 added to shared.runtime: memory that is kept, and work in threads."""

import threading
import time

import pytest

from shared import runtime


def test_results_come_in_the_order_of_the_calls_whichever_ends_first():
    def slow_first(n):
        time.sleep(0.02 * (3 - n))
        return n

    assert runtime.in_threads(slow_first, [(0,), (1,), (2,)]) == [0, 1, 2]


def test_two_calls_run_at_once(monkeypatch):
    monkeypatch.setattr(runtime.os, "cpu_count", lambda: 2)
    both = threading.Barrier(2, timeout=5)
    assert runtime.in_threads(lambda n: both.wait() >= 0, [(0,), (1,)]) == [True, True]


def test_an_error_in_a_thread_is_the_callers():
    def fails(n):
        raise ValueError(f"call {n}")

    with pytest.raises(ValueError, match="call 0"):
        runtime.in_threads(fails, [(0,), (1,)])
    assert runtime.in_threads(fails, []) == []


def test_memory_is_kept_where_glibc_is_and_nothing_happens_elsewhere(monkeypatch):
    calls = []

    class Library:
        def mallopt(self, setting, value):
            calls.append((setting, value))
            return 1

    monkeypatch.setattr(runtime.sys, "platform", "linux")
    monkeypatch.setattr(runtime.ctypes, "CDLL", lambda name: Library())
    assert runtime.keep_memory() and [setting for setting, _ in calls] == [-1, -3]
    monkeypatch.setattr(runtime.ctypes, "CDLL", lambda name: object())
    assert not runtime.keep_memory()
    monkeypatch.setattr(runtime.sys, "platform", "darwin")
    assert not runtime.keep_memory() and len(calls) == 2
