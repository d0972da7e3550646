"""Long scopes of business in small print: what the recogniser took for its look-alike is read as what makes sense."""

from __future__ import annotations

import numpy as np
import pytest

from models.text_reader import Character, TextLine
from ocr.cn_business_licence import as_written
from ocr.licence_labels import Value, labels_of, whole_value
from ocr.licence_phrases import as_usual
from ocr.page import rows_of

SQUARE = 30.0


def _line(
    text: str, unsure: dict[str, tuple[str, float]] | None = None, top: float = 0.0, sure: float = 0.99
) -> TextLine:
    """A line in which brackets take the room that they need, and the characters named are read for others.

    unsure: of a printed character, what it is read as, and how likely the printed one is held.
    sure: how likely both are together."""
    places, x = [], 0.0
    for character in text:
        wide = SQUARE / 2 if character in "()" else SQUARE
        middle = {"(": 0.5, "（": 0.78, "）": 0.22}.get(character, 0.5)
        places.append(x + middle * wide)
        x += wide
    read = []
    for character, place in zip(text, places, strict=True):
        seen, chance = (unsure or {}).get(character, (character, 0.0))
        others = ((character, chance),) if chance else ()
        read.append(
            Character(seen, (sure if character in (unsure or {}) else 0.99) - chance, place / x, others)
        )
    box = np.array([[200, top], [200 + x, top], [200 + x, top + SQUARE], [200, top + SQUARE]], np.float32)
    return TextLine(box, "".join(c.text for c in read), 0.9, tuple(read))


def _scope(*lines: TextLine) -> str:
    found = Value([c for line in lines for c in line.characters], list(lines))
    return as_usual(as_written("scope", found, "").text)


@pytest.mark.parametrize(
    ("printed", "unsure"),
    [
        ("仪器仪表销售；国内货物运输代理", {"仪": ("仅", 0.16), "货": ("贷", 0.13)}),
        ("危险化学品经营；眼镜销售；鞋帽零售", {"险": ("观", 0.1), "镜": ("提", 0.15), "帽": ("幅", 0.06)}),
        ("贸易经纪；装卸搬运；展览服务", {"贸": ("资", 0.2), "易": ("务", 0.25), "览": ("觉", 0.3)}),
    ],
)
def test_blurred_characters_are_read_as_words(printed: str, unsure: dict[str, tuple[str, float]]) -> None:
    """贷物运输 is no business: an agent would have to put it right, or the seller's goods would not match."""
    assert _scope(_line(printed, unsure)) == printed


def test_characters_that_the_recogniser_saw_surely_stay() -> None:
    """A company may sell what no dictionary has; only look-alikes that were held possible are weighed."""
    assert _scope(_line("仅器仅表销售")) == "仅器仅表销售"


def test_a_list_has_one_separator() -> None:
    """Blur makes a comma of a semicolon, and two items of one; commas inside brackets are not the list's."""
    sure = "日用百货销售；灯具销售；（玩具，文具除外）；家具销售；"
    blurred = _line("广告制作；广告发布。", {"；": ("，", 0.2)})
    assert _scope(_line(sure), blurred) == sure + "广告制作；广告发布。"


@pytest.mark.parametrize(
    ("printed", "unsure"),
    [
        ("卫生洁具销售；灯具销售", {"洁": ("活", 0.0)}),
        ("针纺织品及原料销售（依法须经批准的项目）", {"针": ("好", 0.0), "纺": ("药", 0.0)}),
    ],
)
def test_an_item_is_read_in_the_wording_of_the_registry_s_catalogue(
    printed: str, unsure: dict[str, tuple[str, float]]
) -> None:
    """卫生活具 is sold nowhere: items are chosen from a list, and blur leaves enough of one to know it."""
    assert _scope(_line(printed, unsure, sure=0.6)) == printed


def test_a_character_lost_at_a_line_s_end_is_put_back() -> None:
    """Light at the edge of a page takes one character, and the scope was not the registry's."""
    lines = _line("网络技术服务；数"), _line("内容制作服务（不含出版发行）；灯具销")
    assert (
        _scope(*lines, _line("；家具销售"))
        == "网络技术服务；数字内容制作服务（不含出版发行）；灯具销售；家具销售"
    )


def test_two_items_over_whose_mark_a_fold_runs_are_two() -> None:
    """技术推广软件开发 is no item; both halves are."""
    assert _scope(_line("日用百货销售；国内贸易代理软件开发")) == "日用百货销售；国内贸易代理；软件开发"


@pytest.mark.parametrize("own", ["卫生活具销售", "软件零售", "第工类医疗器械销售"])
def test_an_item_of_a_company_s_own_wording_stays(own: str) -> None:
    """What was read for sure is printed so, and a blurred 第一类 or 第二类 is not guessed."""
    blurred = {"工": ("工", 0.0)} if "工" in own else {}
    assert _scope(_line(own, blurred, sure=0.6)) == own


@pytest.mark.parametrize("brackets", ["()", "（）"])
def test_a_bracket_at_a_line_s_end_is_as_wide_as_it_is_printed(brackets: str) -> None:
    """What is compared with the registry differs in one character, and no agent sees why."""
    first, second = _line(f"家具销售（不含古董）；灯具销售{brackets[0]}"), _line(f"依法自主经营{brackets[1]}")
    misread = [
        TextLine(
            line.polygon,
            line.text,
            line.confidence,
            tuple(
                Character("（" if c.text in "(（" else "）", c.confidence, c.x, ())
                if c.text in "()（）"
                else c
                for c in line.characters
            ),
        )
        for line in (first, second)
    ]
    assert _scope(*misread) == first.text + second.text


def test_a_line_that_is_hard_to_read_does_not_end_the_scope() -> None:
    """One line under glare, or a speck of the desk in its row, and half of a seller's scope was gone."""
    label = TextLine(
        np.array([[0, 0], [120, 0], [120, 30], [0, 30]], np.float32),
        "经营范围",
        1.0,
        tuple(Character(c, 1.0, (i + 0.5) / 4, ()) for i, c in enumerate("经营范围")),
    )
    lines = [
        _line(text, top=30.0 * i) for i, text in enumerate(("日用百货销售；", "玩具销售；灯具", "广告发布。"))
    ]
    blurred = TextLine(lines[1].polygon, lines[1].text, 0.7, lines[1].characters)
    speck = np.array([[900, 20], [930, 20], [930, 50], [900, 50]], np.float32)
    desk = TextLine(speck, "0", 0.9, (Character("0", 0.9, 0.5, ()),))
    rows = rows_of([label, lines[0], desk, blurred, lines[2]])
    labels = labels_of(rows)
    read = whole_value(labels[0], rows, labels).text
    assert read == "日用百货销售；玩具销售；灯具广告发布。"


def test_a_full_stop_stands_between_two_lists() -> None:
    """Both kinds of business of a scope are told apart by it."""
    assert as_usual("（凭营业执照依法自主开展经营活动），许可项目：餐饮服务。").count("）。许可项目") == 1


@pytest.mark.parametrize(("possible", "found"), [("称", ["name"]), ("任", [])])
def test_half_a_label_is_known_by_what_the_recogniser_thought_possible(
    possible: str, found: list[str]
) -> None:
    """A misread 称 was the first character of the company's name: 你辽宁省某公司."""
    text = "你  辽宁省某公司"
    printed = tuple(
        Character(c, 0.6, (i + 0.5) / len(text), ((possible, 0.1),) if c == "你" else ())
        for i, c in enumerate(text)
        if not c.isspace()
    )
    box = np.array([[0, 0], [30 * len(text), 0], [30 * len(text), 30], [0, 30]], np.float32)
    assert [o.name for o in labels_of([[TextLine(box, text, 0.9, printed)]])] == found
