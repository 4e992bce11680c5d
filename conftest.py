"""Settings of every test run: BLAS on one thread, and the one warning that is allowed."""

import sys

from shared import runtime


def pytest_configure(config):
    runtime.pin_blas_threads()
    if sys.platform == "darwin":  # Accelerate raises false floating-point flags inside matmul
        config.addinivalue_line("filterwarnings", "ignore:.*encountered in matmul:RuntimeWarning")
