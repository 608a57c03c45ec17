"""Opening: a frame of any kind in, the same with what has to be known of it out."""

from __future__ import annotations

from typing import Any, final

import attrs

from boundaryethics.batch.matching import refuse_repeats
from boundaryethics.batch.needing import needed
from boundaryethics.errors import Problem, TableError

#: The kinds of frames that find a column whether its letters are large or small.
_IN_ANY_CASE = frozenset({"duckdb", "pyspark", "pyspark_connect"})
#: The kinds of frames whose rows are worked out later, or elsewhere.
_LAZY = frozenset({"dask", "duckdb", "lazy polars", "pyspark", "pyspark_connect"})


@final
@attrs.frozen(eq=False, kw_only=True)
class Seen:
    """A frame, and what has to be known of it."""

    frame: Any
    #: What made it, in lower case.
    kind: str
    #: The names of its columns, in order.
    names: tuple[Any, ...]
    #: The frame as narwhals has it; None for those that it does not take.
    view: Any = None

    @property
    def is_lazy(self) -> bool:
        """Whether rows are worked out when they are asked for."""
        return self.kind in _LAZY

    @property
    def in_any_case(self) -> bool:
        """Whether columns are found whether their letters are large or small."""
        return self.kind in _IN_ANY_CASE


def opened(frame: Any) -> Seen:
    """*frame* as what it is.

    Raises:
        TableError: it is no frame, or one that cannot be ranked, names a column
            twice, or narwhals is missing.
    """
    narwhals, _ = needed("narwhals.stable.v2", "pyarrow")
    if type(frame).__module__.partition(".")[0] == "dask":
        return _seen(frame, "dask")
    try:
        view = narwhals.from_native(frame)
    except narwhals.exceptions.DuplicateError:
        refuse_repeats(_names(frame))
        raise
    except TypeError:
        raise TableError([_no_frame(frame)]) from None
    kind = view.implementation.value
    if hasattr(view, "collect"):
        lazy = _seen(frame, "lazy polars" if kind == "polars" else kind)
        if not lazy.is_lazy:
            raise TableError([_no_frame(frame)])
        return lazy
    return attrs.evolve(_seen(frame, kind), view=view)


def _seen(frame: Any, kind: str) -> Seen:
    names = _names(frame)
    # Some kinds let names repeat.
    refuse_repeats(names)
    return Seen(frame=frame, kind=kind, names=names)


def _names(frame: Any) -> tuple[Any, ...]:
    if hasattr(frame, "collect_schema"):
        return tuple(frame.collect_schema().names())
    return tuple(getattr(frame, "column_names", None) or frame.columns)


def _no_frame(frame: object) -> Problem:
    is_batch = type(frame).__name__ == "RecordBatch"
    return Problem(
        code="BE726",
        message="what is given is no frame that can be ranked",
        help="make a table of it: `pyarrow.Table.from_batches([batch])`"
        if is_batch
        else "give a table of pandas, Polars, pyarrow, DuckDB, Dask or PySpark",
    )
