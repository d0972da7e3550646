"""The list of newspapers."""

from __future__ import annotations

import re

import pytest

from liveness.mastheads import find_masthead, known_newspapers


def test_the_list_holds_sixty_chinese_and_sixty_international_papers() -> None:
    """A short list would send most honest sellers to review."""
    chinese = [p for p in known_newspapers() if re.search(r"[\u4e00-\u9fff]", p.name)]
    assert len(chinese) >= 60
    assert len(known_newspapers()) - len(chinese) >= 60


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("人民日报", "人民日报"),
        ("人民日報", "人民日报"),
        ("人民日报社出版", "人民日报"),
        ("The NewYork Times", "The New York Times"),
        ("THE STRAITS TIMES", "The Straits Times"),
        ("Straits Tirnes", "The Straits Times"),
        ("Süddeutsche Zeitung", "Süddeutsche Zeitung"),
        ("南方都市報", "南方都市报"),
    ],
)
def test_names_are_found_as_printed_and_as_misread(line: str, name: str) -> None:
    """Recognisers drop spaces and accents; Hong Kong and Taiwan print traditional characters."""
    found = find_masthead([line])
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("line", ["Metro line opens", "At dawn the army", "今日要闻", "", "The"])
def test_a_headline_is_no_name(line: str) -> None:
    """Short names are words: in a headline they name no paper."""
    assert find_masthead([line]) is None


def test_the_country_settles_the_order_of_day_and_month() -> None:
    """04/03/2026 in an American paper is the third of April."""
    american, british = find_masthead(["The Washington Post"]), find_masthead(["The Guardian"])
    assert american is not None
    assert british is not None
    assert (american.day_order, british.day_order) == ("mdy", "dmy")
