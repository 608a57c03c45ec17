"""Fuzz one target with atheris, which prefers inputs that reach new code.

    python -m fuzz.guided TARGET CORPUS [OPTIONS OF LIBFUZZER]

`python -m fuzz TARGET` restarts this program if an input ends the process.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

from fuzz.mutators import mutated

#: A folder in memory, where files are fast, if the system has one.
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
#: The maximum number of words from the seeds that mutations can insert.
_WORDS = 400


def fuzz(name: str, corpus: Path, reached: str, options: Sequence[str]) -> None:
    """Fuzz the target *name*; save each input that causes a crash in *corpus*."""
    with atheris.instrument_imports(include=["boundaryethics"]):
        from fuzz.targets import TARGETS, name_of

        target = TARGETS[name]
        seeds = [*target.seeds()]
        # Modules that a reader imports only when it is used must also be instrumented.
        for seed in seeds:
            with TemporaryDirectory() as folder:
                _crash(target.feed, seed, Path(folder))
    seen: set[str] = set()

    def one(data: bytes) -> None:
        with TemporaryDirectory(dir=_MEMORY) as folder:
            where = _crash(target.feed, data, Path(folder))
        if where and where not in seen:
            # Many inputs crash in the same place; the first is enough.
            seen.add(where)
            (corpus / name_of(data)).write_bytes(data)
            print(f"{name}: {where}", file=sys.stderr, flush=True)

    with TemporaryDirectory() as given:
        Path(given, "seeds").mkdir()
        for place, seed in enumerate(seeds):
            Path(given, "seeds", str(place)).write_bytes(seed)
        words = Path(given, "words")
        words.write_text("".join(f'"{word}"\n' for word in _words(seeds)))
        folders = [reached, f"{given}/seeds", str(corpus)]
        arguments = [sys.argv[0], *options, f"-dict={words}", *folders]

        def mutate(data: bytes, most: int, seed: int) -> bytes:
            return mutated(data, most, seed, target.kind, atheris.Mutate)

        if target.kind:
            atheris.Setup(arguments, one, custom_mutator=mutate)
        else:
            atheris.Setup(arguments, one)
        atheris.Fuzz()


def _crash(
    feed: Callable[[bytes, Path], object], data: bytes, folder: Path
) -> str | None:
    """Return the place in the code where *feed* crashes on *data*, or None."""
    try:
        feed(data, folder)
    except Exception as error:  # noqa: BLE001 - any error is a crash
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if "boundaryethics" in frame.filename]
        last = (own or frames)[-1]
        return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
    return None


def _words(seeds: Sequence[bytes]) -> list[str]:
    """List the most frequent words of *seeds*."""
    text = b"\n".join(seeds).decode("utf-8", "ignore")
    found = Counter(re.findall(r"[a-z][a-z_0-9]{2,30}:?", text))
    return [word for word, _ in found.most_common(_WORDS)]


if __name__ == "__main__":
    _, named, reached_folder, *given_options = sys.argv
    kept = Path(__file__).parent / "corpus" / named
    fuzz(named, kept, reached_folder, given_options)
