"""Compare the speed of the package with other libraries that give the same answers.

    python -m benchmarks.peers

Measures and prints every figure in one run. With `--output docs`, also writes them to
the documentation.
"""
