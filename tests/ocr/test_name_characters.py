"""Choosing between readings of a name by what names are made of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.text_reader import Character
from ocr.name_characters import as_in_names, leaves_room
from ocr.other_cuts import averaged
from ocr.portrait_name import no_kana

readings = st.lists(
    st.sampled_from("王李雎睢字宇理珵库厍減庞姒油国欧阳伟"), min_size=1, max_size=5, unique=True
)


def _character(*options: tuple[str, float]) -> Character:
    (first, chance), *others = options
    return Character(first, chance, 0.5, tuple(others))


def _read(*characters: Character) -> str:
    return "".join(c.text for c in as_in_names(characters))


def test_a_blurred_surname_is_read_as_a_surname() -> None:
    """Without this a seller named 睢 is greeted with a bird's name, and the licence's name does not match."""
    assert _read(_character(("雎", 0.55), ("睢", 0.37)), _character(("成", 0.99))) == "睢成"
    assert _read(_character(("马", 0.99)), _character(("字", 0.88), ("宇", 0.11))) == "马宇"


def test_a_rare_character_that_was_read_for_certain_stays() -> None:
    """Without this rare names turn into common ones, the complaint most often heard of Chinese OCR."""
    assert _read(_character(("谯", 0.97), ("焦", 0.02)), _character(("翀", 0.9), ("冲", 0.08))) == "谯翀"
    assert (
        _read(_character(("欧", 0.99)), _character(("阳", 0.7), ("用", 0.2)), _character(("娜", 0.99)))
        == "欧阳娜"
    )


@given(st.lists(readings, min_size=2, max_size=4))
def test_nothing_is_read_that_the_recogniser_did_not_think_possible(options: list[list[str]]) -> None:
    """Without this a name could be made up."""
    seen = [_character(*((c, 0.9 / len(of)) for c in of)) for of in options]
    found = as_in_names(seen)
    assert all(c.text in of and 0 <= c.confidence <= 1 for c, of in zip(found, options, strict=True))


def test_no_name_is_sure_where_a_character_does_not_fit_or_was_passed_over() -> None:
    """Without this a character that the recogniser does not know costs the seller a wrong name given as sure."""
    strange = as_in_names([_character(("李", 0.999)), _character(("娜", 0.999)), _character(("油", 0.999))])
    assert strange[-1].confidence < 0.85 < strange[0].confidence
    assert leaves_room([10, 45], 105, 35)
    assert leaves_room([10, 80], 105, 35)
    assert not leaves_room([10, 45, 80], 105, 35)


def test_a_name_is_not_sure_where_a_look_alike_that_only_names_have_is_possible() -> None:
    """Without this 赟, blurred, is given as 赞 for sure: the worst error, for nobody looks at it again."""
    read = as_in_names([_character(("李", 0.999)), _character(("赞", 0.95), ("赟", 0.02))])
    assert read[1].confidence < 0.85
    assert [option for option, _ in read[1].alternatives] == ["赟"]
    printed = as_in_names([_character(("李", 0.999)), _character(("赞", 0.999), ("赟", 0.0001))])
    assert printed[1].text == "赞"
    assert printed[1].confidence > 0.99


def test_several_looks_outvote_one() -> None:
    """Without this a character that one cut blurs decides, though two other cuts show it clearly."""
    first = [_character(("库", 0.55), ("厍", 0.44)), _character(("云", 0.9))]
    other = [_character(("厍", 0.9), ("库", 0.1)), _character(("云", 0.9))]
    assert "".join(c.text for c in averaged([first, other, first[:1]])) == "厍云"


def test_a_kana_is_read_as_the_character_that_it_looks_like() -> None:
    """Without this 苏才飞 is given as 苏飞, and as sure."""
    assert no_kana(_character(("オ", 0.83), ("才", 0.15), ("〇", 0.01))).text == "才"
