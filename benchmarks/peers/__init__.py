"""How quick the package is, beside others that answer the same.

    python -m benchmarks.peers

measures every figure in one run, and prints them; with `--output docs` it writes them
for the documentation too.
"""
