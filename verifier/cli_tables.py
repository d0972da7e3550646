"""What the command line shows to people: tables of the same rows that --json prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from models.manifest import WeightFile
from verifier.calibration import Calibration, LikelihoodRatio
from verifier.calibration_fit import LabelledPairs, Measured, operating_points

Row = Mapping[str, Any]
TableOf = Callable[[Row], RenderableType]

OPERATING_RATES = (1e-2, 1e-3, 1e-4)
"""False match rates that are shown."""

_STYLES = {
    **dict.fromkeys(("pass", "match", "verified", "live"), "bold green"),
    **dict.fromkeys(("review", "in_review", "unknown", "retake"), "bold yellow"),
    **dict.fromkeys(("fail", "no_match", "declined", "decline", "attack"), "bold red"),
}


def report_table(row: Row) -> RenderableType:
    """The outcome of a verification and its reasons."""
    table = _table("effect", "reason", "code")
    for reason in row["reasons"]:
        table.add_row(_word(reason["effect"]), Text(reason["message"]), Text(reason["code"], "dim"))
    if not row["reasons"]:
        table.add_row(_word("pass"), "every check that was asked for has passed", "")
    title = Text.assemble(
        "Outcome: ", _word(row["outcome"]), "  (a new capture is asked for)" * row["retake"]
    )
    return Group(title, table)


def reading_table(row: Row) -> RenderableType:
    """A document's fields, checks and warnings."""
    fields = _table("field", "value", "confidence")
    for name, field in row["fields"].items():
        fields.add_row(name, Text(str(field["value"])), f"{field['confidence']:.2f}")
    side = f", {row['side']} side" if row.get("side") else ""
    title = Text(f"{row['image']}: {row['document_type']}{side}", "bold")
    warnings = [Text(f"warning: {warning}", "yellow") for warning in row["warnings"]]
    warnings += [Text(f"alarm: {a['code']}", "yellow") for a in row["alarms"] if a["outcome"] == "fail"]
    return Group(title, fields, _checks((c["code"], c) for c in row["checks"]), *warnings)


def match_table(row: Row) -> RenderableType:
    """One comparison in one line, with what lowers its worth."""
    ratio = row.get("likelihood_ratio")
    weight = f", likelihood ratio {ratio:.2g}" if ratio else ""
    line = Text.assemble(
        _word(row["decision"]),
        f"  similarity {row['similarity']:.3f}, false match rate {row['false_match_rate']:.2g}{weight}"
        f"  {row['image_a']}  {row['image_b']}",
    )
    return Group(line, *(Text(f"  {note}", "dim") for note in row.get("notes", ())))


def calibration_tables(pairs: LabelledPairs, made: Calibration, groups: Sequence[str]) -> RenderableType:
    """What labelled pairs say about false matches and false non-matches, whole and for each group."""
    table = _table("false match rate", "similarity", "stated", "false non-match rate", "likelihood ratio")
    for point in operating_points(pairs, OPERATING_RATES):
        stated = made.threshold(point.false_match_rate)
        ratio = made.likelihood_ratio(stated)
        table.add_row(
            f"{point.false_match_rate:g}",
            _interval(point.similarity, ".3f"),
            f"{stated:.3f}",
            _interval(point.false_non_match_rate, ".2%"),
            _interval(ratio, ".2g") if ratio else "",
        )
    return Group(table, _group_table(pairs, made, groups)) if any(groups) else table


def _group_table(pairs: LabelledPairs, made: Calibration, groups: Sequence[str]) -> RenderableType:
    table = _table("group", "false match rate stated", "false matches", "false non-matches")
    for group in sorted(set(groups)):
        ours = np.array([name == group for name in groups])
        for rate in OPERATING_RATES:
            above = pairs.similarity >= made.threshold(rate)
            matches, misses = above[ours & ~pairs.same], ~above[ours & pairs.same]
            table.add_row(group, f"{rate:g}", *(f"{hits.sum()} of {len(hits)}" for hits in (matches, misses)))
    return table


def _interval(measured: Measured | LikelihoodRatio, form: str) -> str:
    return f"{measured.value:{form}} ({measured.low:{form}} to {measured.high:{form}})"


def pose_table(row: Row) -> RenderableType:
    """A pose's outcome and checks."""
    return Group(Text.assemble(f"{row['image']}: ", _word(row["outcome"])), _checks(row["checks"].items()))


def attack_table(row: Row) -> RenderableType:
    """One photo's presentation-attack score in one line."""
    return Text.assemble(_word(row["outcome"]), f"  score {row['attack_score']:.3f}  {row['image']}")


def models_table(specs: Iterable[WeightFile]) -> RenderableType:
    """The networks of the manifest."""
    table = _table("network", "what it does", "package", "licence", "installed")
    for spec in specs:
        installed = "yes" if spec.path.exists() else "no"
        table.add_row(spec.name, spec.purpose, spec.package.label, spec.package.licence, installed)
    return table


def _checks(checks: Iterable[tuple[str, Row]]) -> RenderableType:
    table = _table("check", "outcome", "detail")
    for name, check in checks:
        table.add_row(name, _word(check["outcome"]), Text(str(check.get("detail") or "")))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column)
    return table


def _word(word: str) -> Text:
    return Text(word, _STYLES.get(word, "bold"))
