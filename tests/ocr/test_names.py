"""A declared name is compared with the one on the card: neither strangers taken for one, nor one for two."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.names import compare_names, representative_agrees
from ocr.reading import Field, Reading

CASES = [
    ("张伟", "张伟", "same", "identical"),
    ("张 伟", "张伟", "same", "spelling"),
    ("　张伟 ", "张伟", "same", "spelling"),
    ("阿依古丽・买买提", "阿依古丽·买买提", "same", "spelling"),
    ("阿依古丽.买买提", "阿依古丽•买买提", "same", "spelling"),
    ("阿依古丽买买提", "阿依古丽‧买买提", "same", "spelling"),
    ("ＡＮＮＡ　ＭＡＲＩＡ", "Anna Maria", "same", "spelling"),
    ("ERIKSSON, Anna", "Anna Eriksson", "same", "spelling"),
    ("張偉", "张伟", "variant", "character_forms"),
    ("劉曉峯", "刘晓峰", "variant", "character_forms"),
    ("陶喆", "陶哲", "variant", "character_forms"),
    ("朱鎔基", "朱熔基", "variant", "character_forms"),
    ("Zhang Wei", "张伟", "variant", "pinyin"),
    ("WEI ZHANG", "张伟", "variant", "pinyin"),
    ("zhangwei", "张伟", "variant", "pinyin"),
    ("Zhāng Wěi", "张伟", "variant", "pinyin"),
    ("LYU Bu", "吕布", "variant", "pinyin"),
    ("Lü, Bu", "吕布", "variant", "pinyin"),
    ("Shan Tianfang", "单田芳", "variant", "pinyin"),
    ("Ouyang Xiu", "欧阳修", "variant", "pinyin"),
    ("张伟", "张玮", "different", "other_characters"),
    ("张伟", "张伟明", "different", "other_characters"),
    ("谯周", "焦周", "different", "other_characters"),
    ("丘处机", "邱处机", "different", "other_characters"),
    ("Li Wei", "张伟", "different", "other_script"),
    ("", "张伟", "different", "other_characters"),
    ("", "", "different", "other_characters"),
]


@pytest.mark.parametrize(("declared", "read", "result", "explanation"), CASES)
def test_names_as_registers_keyboards_and_passports_write_them(
    declared: str, read: str, result: str, explanation: str
) -> None:
    """A seller who types her own name must not be refused for a dot, nor a stranger pass for a sound."""
    for first, second in ((declared, read), (read, declared)):
        found = compare_names(first, second)
        assert (found.result, found.explanation) == (result, explanation)


def test_the_characters_that_differ_are_shown() -> None:
    """An agent sees at once in which character two names differ."""
    assert compare_names("谯周", "焦周").differing == (("谯", "焦"),)
    assert compare_names("張伟", "张伟").differing == (("張", "张"),)


@given(st.text(max_size=12), st.text(max_size=12))
def test_any_two_texts_are_compared(a: str, b: str) -> None:
    """Whatever was declared or read, the comparison answers, and its order does not matter."""
    forth, back = compare_names(a, b), compare_names(b, a)
    assert (forth.result, forth.explanation) == (back.result, back.explanation)


def _reading(**values: str) -> Reading:
    place, crop = np.zeros((4, 2), np.float32), np.zeros((1, 1, 3), np.uint8)
    return Reading(
        "unknown", fields={name: Field(value, 1.0, place, lambda: crop) for name, value in values.items()}
    )


@pytest.mark.parametrize(
    ("representative", "holder", "outcome"),
    [("张伟", "张伟", "pass"), ("張偉", "张伟", "pass"), ("李伟", "张伟", "fail"), ("", "张伟", "unknown")],
)
def test_the_licence_must_be_the_card_holders(representative: str, holder: str, outcome: str) -> None:
    """Someone else's business licence does not open a shop."""
    check = representative_agrees(_reading(legal_representative=representative), _reading(name=holder))
    assert check.outcome == outcome
    assert "张伟" not in str(check.detail)
