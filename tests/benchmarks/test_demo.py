"""The README's first promise: the right person is verified, an impostor and an old newspaper are not."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from benchmarks.__main__ import app


def test_the_demo_tells_its_three_stories(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["demo", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.stdout
    for page, headline in (("report", "Verified"), ("impostor", "Declined"), ("stale", "New capture needed")):
        assert f"<title>{headline}" in (tmp_path / f"{page}.html").read_text(encoding="utf-8")
