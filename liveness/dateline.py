"""Which of the dates on a page is the newspaper's own, and what stands beside it: weekday and lunar date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from liveness.dates import DayOrder, PrintedDate, find_dates, find_weekdays, normalise, weekday_signs
from liveness.lunar import LunarDate, find_lunar, lunar_agrees, without_lunar
from models.arrays import Polygon


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line that was read, in page coordinates (see liveness.page.Block) and in the photo."""

    text: str
    confidences: tuple[float, ...]
    """One for each character of text, 0 to 1."""
    x: float
    y: float
    width: float
    height: float
    depth: float
    """0 at the top of the page, 1 at its bottom."""
    polygon: Polygon
    """float32 (4, 2), photo pixels."""

    @property
    def confidence(self) -> float:
        """Mean of its characters, 0 to 1."""
        return sum(self.confidences) / max(len(self.confidences), 1)


@dataclass(frozen=True, slots=True)
class DateLine:
    """The date that a newspaper bears."""

    printed: PrintedDate
    text: str
    weekday: int | None
    """Monday 0 to Sunday 6, where one is printed."""
    lunar: LunarDate | None
    confidence: float
    """Of the least sure character of the date."""
    lines: tuple[ReadLine, ...]
    """The lines that it was read from, the date's own first."""
    rivals: tuple[date, ...]
    """Other dates of the page that could as well be the newspaper's own."""
    read_twice: bool = False
    """A second reading of the same place, somewhat wider, gave the same date."""
    weekday_confidence: float = 0.0
    """Of the character that says which weekday it is, 1 for a word; 0 where none or two different ones were read."""

    @property
    def value(self) -> date:
        """The day, or the first one of a range."""
        return self.printed.value

    @property
    def weekday_agrees(self) -> bool | None:
        """None where no weekday was read."""
        if self.weekday is None:
            return None
        span = (self.printed.until - self.printed.value).days
        return (self.weekday - self.printed.value.weekday()) % 7 <= span

    @property
    def weekday_is_sure(self) -> bool:
        """Were date and weekday read without doubt? One that a fitting lunar date contradicts must be the surer."""
        least = CONTRADICTED if self.lunar_agrees else SURE
        return self.confidence >= SURE and self.weekday_confidence >= least

    @property
    def lunar_agrees(self) -> bool | None:
        """None where no lunar date was read."""
        return None if self.lunar is None else lunar_agrees(self.lunar, self.value)

    @property
    def is_sure(self) -> bool:
        """Every character without doubt, or two readings that agree, with a weekday or lunar date standing by them."""
        return self.confidence >= SURE or (self.read_twice and bool(self.weekday_agrees or self.lunar_agrees))


SURE = 0.8
"""From this confidence of its least sure character on, a date counts by itself."""
CONTRADICTED = 0.97
"""From this confidence on the character of a weekday counts against the date and the lunar date that fits it."""
NEAR = 4.0
"""A weekday belongs to a date within this many line heights above or below it."""
BESIDE_PROSE, BELOW_PROSE = 12, 4
"""Letters with a weekday that a line holds at most which belongs to a date: in one row with it, and (Chinese only:
a solar term) above or below it."""
LARGER = 1.6
RIVAL_MARGIN = 0.8
"""A date that scores this close to the best one may be the right one."""
_COMPANY = re.compile(
    r"第?\s*\d+\s*[期号號版]|今日|总第|期|[星期周週礼拜农历農曆年月日]|\b(?:vol|no|issue|edition|pages|late|city|price)\b",
    re.IGNORECASE,
)
_YEAR_MONTH = re.compile(
    r"[12][0-9OoQl]{3}\s*年\s*[0-9OolI]{1,2}\s*月\s*$|[〇○零一二三四五六七八九O]{4}年[一二三四五六七八九十]{1,2}月\s*$"
)
_DAY_ALONE = re.compile(r"^\s*[0-9OolI]{1,2}\s*[日曰旦]?\s*$")


def find_date_line(lines: Sequence[ReadLine], order: DayOrder | None = None) -> DateLine | None:
    """The newspaper's own date among the lines of its page, or None where no line holds a date."""
    scored = [(_score(c, lines), c) for c in _candidates(lines, order)]
    if not scored:
        return None
    best_score, best = max(scored, key=lambda pair: pair[0])
    close = {c.printed.value for score, c in scored if score > best_score - RIVAL_MARGIN}
    return _with_company(best, lines, tuple(sorted(close - {best.printed.value})))


def confirm(line: DateLine, again: ReadLine) -> DateLine:
    """The date line after a second reading of the same place, somewhat wider.

    Of two readings that agree the surer one counts; what contradicts an unsure one is its rival.
    """
    dates = [d for d in find_dates(again.text) if line.value in (d.value, d.other)]
    if not dates:
        others = tuple(d.value for d in find_dates(again.text))
        return replace(line, rivals=line.rivals + others if line.confidence < SURE else line.rivals)
    weekdays = _weekdays(again)
    surer = _confidence(_Candidate(dates[0], again.text, (again,)))
    weekday = weekdays[0] if line.weekday is None and weekdays else line.weekday
    seen = _weekday_confidence(again) if weekdays else 0.0
    return replace(
        line,
        printed=_settled(line.printed, weekday),
        text=again.text if weekday != line.weekday else line.text,
        weekday=weekday,
        lunar=line.lunar or find_lunar(again.text),
        confidence=max(line.confidence, surer),
        read_twice=True,
        weekday_confidence=0.0 if weekdays and weekdays[0] != weekday else max(line.weekday_confidence, seen),
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    printed: PrintedDate
    text: str
    lines: tuple[ReadLine, ...]


def _candidates(lines: Sequence[ReadLine], order: DayOrder | None) -> Iterator[_Candidate]:
    whole = False
    for line in lines:
        for printed in find_dates(line.text, order):
            whole = True
            yield _Candidate(printed, line.text, (line,))
    if not whole:
        for joined in _joined(lines):
            text = " ".join(line.text for line in joined)
            for printed in find_dates(text, order):
                yield _Candidate(printed, text, joined)


def _joined(lines: Sequence[ReadLine]) -> Iterator[tuple[ReadLine, ...]]:
    """Lines that make a date only together: a big day under its month, or pieces of one row."""
    for line in lines:
        if _YEAR_MONTH.search(normalise(line.text)):
            days = [d for d in lines if _DAY_ALONE.match(normalise(d.text)) and _gap(line, d) < NEAR]
            if days:
                yield (line, min(days, key=lambda d: _gap(line, d)))
        row = sorted((o for o in lines if abs(o.y - line.y) < 0.5 * line.height), key=lambda o: o.x)
        if len(row) > 1 and row[0] is line:
            yield tuple(row)
        below = [o for o in lines if o.y > line.y and _gap(line, o) < 1.5 and abs(o.x - line.x) < line.width]
        if below:
            yield (line, min(below, key=lambda o: o.y))


def _gap(a: ReadLine, b: ReadLine) -> float:
    """Distance of two lines in heights of the first, 0 where they touch."""
    across = max(abs(a.x - b.x) - (a.width + b.width) / 2, 0.0)
    down = max(abs(a.y - b.y) - (a.height + b.height) / 2, 0.0)
    return (across + down) / max(a.height, 1.0)


def _score(candidate: _Candidate, lines: Sequence[ReadLine]) -> float:
    """How much a date looks like the paper's own: at the top, with a weekday, and little else on its line."""
    own = candidate.lines[0]
    rest = candidate.text
    if len(candidate.lines) == 1:
        plain = normalise(rest)
        rest = plain[: candidate.printed.start] + plain[candidate.printed.end :]
    prose = _prose(rest)
    near = _near(own, lines)
    weekday = 1.5 * bool(find_weekdays(candidate.text)) or 1.0 * any(find_weekdays(o.text) for o in near)
    lunar = 1.0 * any(find_lunar(o.text) for o in (own, *near))
    return weekday + lunar - 2.0 * own.depth - min(prose, 24) / 8


def _prose(text: str) -> int:
    """Letters that belong neither to a date nor to what stands beside one."""
    words = re.findall(r"[^\W\d_]+", _COMPANY.sub(" ", normalise(text)))
    return sum(len(word) for word in words if not find_weekdays(word))


def _is_news(line: ReadLine, own: ReadLine) -> bool:
    """Says more than what stands beside a date, or something in larger type: its Monday is not the date's."""
    prose = _prose(without_lunar(line.text))
    if prose and line.height > LARGER * own.height:
        return True
    if abs(line.y - own.y) < 0.7 * own.height:
        return prose > BESIDE_PROSE
    return prose > (BELOW_PROSE if re.search(r"[\u4e00-\u9fff]", line.text) else 0)


def _with_company(best: _Candidate, lines: Sequence[ReadLine], rivals: tuple[date, ...]) -> DateLine:
    own = best.lines[0]
    near = sorted(_near(own, lines), key=lambda o: _gap(own, o))
    beside = [o for o in near if not _is_news(o, own)]
    weekday_line = next((o for o in (*best.lines, *beside) if _weekdays(o)), None)
    lunar = next((found for o in (*best.lines, *near) if (found := find_lunar(o.text))), None)
    company = (weekday_line,) if weekday_line and weekday_line not in best.lines else ()
    weekday = _weekdays(weekday_line)[0] if weekday_line else None
    return DateLine(
        printed=_settled(best.printed, weekday),
        text=" ".join(o.text for o in (*best.lines, *company)),
        weekday=weekday,
        lunar=lunar,
        confidence=_confidence(best),
        lines=(*best.lines, *company),
        rivals=rivals,
        weekday_confidence=_weekday_confidence(weekday_line) if weekday_line else 0.0,
    )


def _weekday_confidence(line: ReadLine) -> float:
    """Of the least sure character that alone says which weekday it is; 1 where there is none."""
    if len(normalise(line.text)) != len(line.confidences):
        return line.confidence
    return min((line.confidences[i] for i in weekday_signs(line.text)), default=1.0)


def _settled(printed: PrintedDate, weekday: int | None) -> PrintedDate:
    """04/03/2026 beside a weekday is one date only, where the weekday fits one only."""
    fits = [d for d in (printed.value, printed.other) if d and d.weekday() == weekday]
    if printed.other is None or len(fits) != 1:
        return printed
    return replace(printed, value=fits[0], until=fits[0], other=None)


def _weekdays(line: ReadLine) -> tuple[int, ...]:
    return find_weekdays(line.text)


def _near(own: ReadLine, lines: Sequence[ReadLine]) -> list[ReadLine]:
    """Short lines about the date: a headline or a line of body text does not name its weekday."""
    return [
        o
        for o in lines
        if o is not own and o.height < 4 * own.height and len(o.text) <= 40 and _gap(own, o) < NEAR
    ]


def _confidence(candidate: _Candidate) -> float:
    if len(candidate.lines) > 1:
        return min((c for line in candidate.lines for c in line.confidences), default=0.0)
    line = candidate.lines[0]
    if len(normalise(line.text)) != len(line.confidences):
        return line.confidence
    span = range(candidate.printed.start, candidate.printed.end)
    return min(line.confidences[i] for i in span if line.text[i].isalnum())
