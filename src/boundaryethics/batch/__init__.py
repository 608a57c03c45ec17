"""Many situations: a policy made ready once, and asked millions of times."""

from boundaryethics.batch.compiling import compile, load_compiled  # noqa: A004

__all__ = ["compile", "load_compiled"]
