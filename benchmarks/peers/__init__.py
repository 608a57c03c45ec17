"""Compare the speed of the package with other libraries that produce the same results.

    python -m benchmarks.peers

Measures and prints every figure in one run. With `--output docs`, also writes the
figures to the documentation.
"""
