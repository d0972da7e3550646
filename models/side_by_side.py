"""Independent pieces of work side by side, on as many threads as one network run may take.

The small networks of this package keep a second core busy only in part, and what lies between two runs not at all: two
photos, or two batches of lines, are done sooner side by side than in turn with all cores for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from models.runtime import threads

First = TypeVar("First")
Second = TypeVar("Second")


def each(work: Callable[[First], Second], items: Iterable[First]) -> list[Second]:
    """What the work makes of each item, in their order; in turn where there is one thread.

    Raises what the first of the items that fail raises.
    """
    waiting = list(items)
    if len(waiting) < 2 or threads() < 2:
        return [work(item) for item in waiting]
    with ThreadPoolExecutor(min(threads(), len(waiting))) as pool:
        return list(pool.map(work, waiting))


def both(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """The results of both; in turn where there is one thread.

    Raises what the first raises, else what the second does.
    """
    if threads() < 2:
        return first(), second()
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(second)
        return first(), beside.result()


def ahead(work: Callable[[], First]) -> Callable[[], First]:
    """The work's result, for when it is asked for: begun at once, or only then where there is one thread.

    The result raises what the work raises.
    """
    if threads() < 2:
        return cache(work)
    pool = ThreadPoolExecutor(1)
    begun = pool.submit(work)
    pool.shutdown(wait=False)
    return begun.result
