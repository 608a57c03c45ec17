"""The columnar engine: a row a situation, and millions of rows at once."""

from boundaryethics.engines.columnar.runner import ColumnarRunner, load

__all__ = ["ColumnarRunner", "load"]
