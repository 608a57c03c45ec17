"""Put an application under load from several clients, and time its responses.

    python -m benchmarks.application [--requests N] [--rounds N] [--before SRC]

Starts uvicorn with two workers. Eight clients send situations with random facts under
several policies, and the application responds with the verdict and the open questions.
With `--before`, the same application also runs, in alternation, with the library in the
folder SRC, such as the `src` folder of an earlier checkout. Then eight clients answer
the interviews of the example application with random values. Fails if any response is
an error.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import click
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from boundaryethics import consult, load_policy
from boundaryethics.analysis import open_questions

ROOT = Path(__file__).parent.parent
POLICIES = ("apa-2017", "nasw-2021", "naadac-2021", "aca-2014")
WORKERS, CLIENTS = 2, 8
SEED = 20_261_127
#: The share of facts that are known.
KNOWN = 0.5
FORM = "application/x-www-form-urlencoded"


@asynccontextmanager
async def prepare(_: FastAPI) -> AsyncIterator[None]:
    """Prepare the policies."""
    for name in POLICIES:
        open_questions({}, name)
    yield


app = FastAPI(lifespan=prepare)


@app.post("/consult")
async def answer(facts: dict[str, str], policy: str) -> JSONResponse:
    """Respond as an application would, with the verdict and the open questions."""
    verdict = consult(facts, load_policy(policy))
    questions = open_questions(verdict)
    data = {"verdict": verdict.to_dict(), "open_questions": questions.to_dict()}
    return JSONResponse(data)


@contextmanager
def serving(named: str, source: Path) -> Iterator[int]:
    """Serve the application *named* with the library in *source*; yield the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    paths = os.pathsep.join(map(str, (source, ROOT, ROOT / "examples" / "app")))
    command = [sys.executable, "-m", "uvicorn", named, "--port", str(port)]
    started = subprocess.Popen(
        [*command, "--workers", str(WORKERS), "--no-access-log", "--no-use-colors"],
        env={**os.environ, "PYTHONPATH": paths},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = started.stderr or ()
        ready = (line for line in lines if "Application startup complete" in line)
        if any(next(ready, None) is None for _ in range(WORKERS)):
            message = f"{named} does not start"
            raise RuntimeError(message)
        yield port
    finally:
        started.terminate()
        started.wait()


def send(port: int, path: str, body: str = "", kind: str = "") -> str:
    """Send a request, and return the body of the response."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": kind} if kind else {}
    connection.request("POST" if kind else "GET", path, body or None, headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    if response.status != http.HTTPStatus.OK:
        message = f"{path}: {response.status} {text[:200]}"
        raise RuntimeError(message)
    return text


def random_facts(count: int) -> list[tuple[str, dict[str, str]]]:
    """Draw *count* policies, each with a possible situation."""
    chosen = random.Random(SEED)  # noqa: S311 - the same for every version
    drawn: list[tuple[str, dict[str, str]]] = []
    while len(drawn) < count:
        policy = chosen.choice(POLICIES)
        vocabulary = load_policy(policy).vocabulary
        facts = {f.name: chosen.choice(f.all_values) for f in vocabulary.facts}
        known = {name: v for name, v in facts.items() if chosen.random() < KNOWN}
        if not vocabulary.validate(known):
            drawn.append((policy, known))
    return drawn


def consultations(port: int, drawn: list[tuple[str, dict[str, str]]]) -> list[float]:
    """Return the seconds that each consultation took."""

    def ask(one: tuple[str, dict[str, str]]) -> float:
        policy, facts = one
        begun = time.perf_counter()
        send(port, f"/consult?policy={policy}", json.dumps(facts), "application/json")
        return time.perf_counter() - begun

    with ThreadPoolExecutor(CLIENTS) as clients:
        return [*clients.map(ask, drawn)]


def interviews(port: int, count: int) -> list[float]:
    """Return the seconds that each page of *count* interviews took."""

    def answer_all(seed: int) -> list[float]:
        chosen, took = random.Random(seed), list[float]()  # noqa: S311 - repeatable
        sent = {"policy": chosen.choice(POLICIES)}
        while True:
            begun = time.perf_counter()
            html = send(port, "/", urlencode(sent), FORM)
            took.append(time.perf_counter() - begun)
            values = re.findall('name="value" value="([^"]*)"', html)
            if not values:
                return took
            (state,) = re.findall('name="state" value="([^"]*)"', html)
            sent = {"state": unescape(state), "value": chosen.choice(values)}

    with ThreadPoolExecutor(CLIENTS) as clients:
        pages = clients.map(answer_all, range(SEED, SEED + count))
        return [second for took in pages for second in took]


def report(name: str, took: list[float]) -> float:
    """Print statistics of *took* in milliseconds, and return the 95th percentile."""
    centiles = statistics.quantiles([1000 * second for second in took], n=100)
    print(
        f"{name:16} {len(took):5} requests; p50 {centiles[49]:6.1f} ms, "
        f"p95 {centiles[94]:6.1f} ms, longest {1000 * max(took):6.1f} ms"
    )
    return centiles[94]


@click.command
@click.option("--requests", default=100, help="Consultations in one round.")
@click.option("--rounds", default=10, help="Rounds of each version.")
@click.option("--before", type=click.Path(path_type=Path), help="An earlier `src`.")
def main(requests: int, rounds: int, before: Path | None) -> None:
    """Measure the versions in alternation, then the interviews."""
    versions = {"now": ROOT / "src"} | ({"before": before.resolve()} if before else {})
    found: dict[str, list[float]] = {name: [] for name in versions}
    with ExitStack() as servers:
        ports = {
            name: servers.enter_context(serving("benchmarks.application:app", source))
            for name, source in versions.items()
        }
        drawn = random_facts(requests * rounds)
        for start in range(0, len(drawn), requests):
            for name, port in ports.items():
                batch = drawn[start : start + requests]
                found[name] += consultations(port, batch)
    p95 = {name: report(f"consult, {name}", took) for name, took in found.items()}
    if before:
        print(f"p95 now / before: {p95['now'] / p95['before']:.2f}")
    with serving("app:app", ROOT / "src") as port:
        for name in ("first", "again"):
            report(f"interview, {name}", interviews(port, requests // 2))


if __name__ == "__main__":
    main()
