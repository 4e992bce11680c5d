"""Settings of every test run: BLAS on one thread, Ctrl-C, and the one warning that is allowed."""

import signal
import sys

from shared import runtime


def pytest_configure(config):
    runtime.pin_blas_threads()
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # started in the background of a script
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform == "darwin":  # Accelerate raises false floating-point flags inside matmul
        config.addinivalue_line("filterwarnings", "ignore:.*encountered in matmul:RuntimeWarning")
