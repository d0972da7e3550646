"""Choosing between readings of an address by what names of places are made of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.text_reader import Character
from ocr.lines import certainty, joined
from ocr.place_characters import as_in_places
from ocr.portrait_address import breaks_off
from ocr.towns import with_known_town

readings = st.lists(st.sampled_from("乡村屯电墕场底涧洞峪組组绍5号龙龍"), min_size=1, max_size=5, unique=True)


def _character(*options: tuple[str, float]) -> Character:
    (first, chance), *others = options
    return Character(first, chance, 0.5, tuple(others))


def _sure(text: str) -> list[Character]:
    return [_character((c, 0.999)) for c in text]


def _weighed(*characters: Character) -> str:
    return joined(as_in_places(characters, 0))


def test_a_rare_character_of_villages_is_preferred_to_a_common_one_of_text() -> None:
    """Without this 墕底村 becomes 场底村, a village that does not exist, and the agent asks the seller why."""
    assert _weighed(_character(("场", 0.7), ("墕", 0.25)), *_sure("底村")) == "墕底村"
    assert _weighed(*_sure("李庄"), _character(("电", 0.9), ("屯", 0.08)), *_sure("18组")) == "李庄屯18组"


def test_what_follows_the_village_is_left_alone() -> None:
    """Without this 组 after the number of a house group is put out by characters that villages have."""
    assert _weighed(*_sure("5"), _character(("组", 0.6), ("绍", 0.35))) == "5组"


@given(st.lists(readings, min_size=1, max_size=6))
def test_no_address_is_made_up_or_made_surer(options: list[list[str]]) -> None:
    """Without this a place could be put in that nobody printed, or a doubtful one be given as sure."""
    seen = [_character(*((c, 0.9 / len(of)) for c in of)) for of in options]
    found = as_in_places(seen, 0)
    assert all(c.text in of and 0 <= c.confidence <= 1 for c, of in zip(found, options, strict=True))
    assert all(c.confidence <= s.confidence for c, s in zip(found, seen, strict=True) if c.text == s.text)


def test_a_town_that_the_county_has_is_known_again() -> None:
    """Without this 岳阳县筻口镇 is read as 第口镇, which no county has."""
    read = [*_sure("岳阳县"), _character(("第", 0.9), ("筻", 0.08)), *_sure("口镇")]
    found, known = with_known_town(read)
    assert joined(found) == "岳阳县筻口镇"
    assert known == len(read)
    assert 0.8 < certainty(found[3:5]) < 0.99


def test_an_address_that_breaks_off_after_the_county_is_known() -> None:
    """Without this what glare left of an address (辽宁省朝阳市双塔区石桥) is given as the whole of it, for sure."""
    assert breaks_off("辽宁省朝阳市双塔区石桥")
    assert not breaks_off("辽宁省朝阳市双塔区石桥镇张家沟村")
    assert not breaks_off("人民路5号")


def test_a_town_of_another_county_proves_nothing() -> None:
    """Without this a misreading would be put in because some far county has a town of its name."""
    read = [*_sure("温宿县"), _character(("第", 0.9), ("筻", 0.08)), *_sure("口镇")]
    assert joined(with_known_town(read)[0]) == "温宿县第口镇"
    assert with_known_town(_sure("无名之地3号"))[1] == 0
