"""How long the networks of a job take by themselves: its runs are kept, and run again one after the other.

Networks that run side by side in the job share the cores, so their run times there would add up to more than they need.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from models import runtime

Run = Callable[[], object]


@contextmanager
def kept_runs() -> Iterator[list[Run]]:
    """Collects each run of a network, with its inputs, while it lasts."""
    runs: list[Run] = []
    kinds = (runtime._OnnxNetwork, runtime._LiteRtNetwork)
    originals = [kind.run for kind in kinds]

    def keeping(run: Callable[..., Any]) -> Callable[..., Any]:
        def kept(*arguments: Any) -> Any:
            runs.append(lambda: run(*arguments))
            return run(*arguments)

        return kept

    for kind, run in zip(kinds, originals, strict=True):
        kind.run = keeping(run)  # type: ignore[method-assign]
    try:
        yield runs
    finally:
        for kind, run in zip(kinds, originals, strict=True):
            kind.run = run  # type: ignore[method-assign]


def bare_seconds(runs: list[Run]) -> float:
    """The sum of the runs' times, nothing between them."""
    started = time.perf_counter()
    for run in runs:
        run()
    return time.perf_counter() - started
