"""kill -9 of worker, HTTP process and database in the middle of work: nothing lost, nothing done twice."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.service_kills import run


def test_kills_lose_nothing_and_double_nothing() -> None:
    """A marketplace can't ask a seller to pose again because a machine of ours died.

    `python -m benchmarks service-kills` does the same with 500 verifications and 200 kills.
    """
    with TemporaryDirectory(prefix="kills-") as folder:
        Path(folder).chmod(0o755)  # the embedded database runs as a user of its own
        result = run(verifications=6, kills=2, folder=Path(folder), seed=5)
    assert sum(result.kills.values()) >= 1
    assert result.faults == 0, result
