"""What a value's confidence says, and what a second reader adds to it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from models.text_reader import Character
from ocr.calibration import calibrated, chance
from ocr.cn_resident_id_checks import checks
from ocr.lines import alternatives, preferring_simplified
from ocr.reading import Field
from ocr.second_reading import confirmed
from tests.ocr.test_pages import MONO, TODAY

NUMBER = "11010519491231002X"
ONE_WRONG = "11010519491237002X"
PLACE = np.zeros((4, 2), np.float32)


def _number(read: str, printed: str = NUMBER, confidence: float = 0.8) -> Field:
    line = Pillow.new("RGB", (620, 60), (225, 232, 238))
    ImageDraw.Draw(line).text((12, 6), printed, fill=(30, 30, 35), font=ImageFont.truetype(MONO, 40))
    return Field(read, confidence, PLACE, lambda: np.asarray(line))


def _second_check(number: Field) -> str:
    found = {check.code: check.outcome for check in checks("portrait", {"id_number": number}, TODAY)}
    return found.get("second_reading_agrees", "")


@pytest.mark.parametrize(
    ("read", "confidence", "value", "outcome"),
    [
        (NUMBER, 0.8, NUMBER, "pass"),
        (NUMBER, 0.99, NUMBER, ""),  # sure: not read again
        (ONE_WRONG, 0.8, NUMBER, "fail"),  # replaced where the check digit proves the other reading
        ("11010519491231002", 0.8, "11010519491231002", "fail"),  # too different to be replaced
    ],
)
def test_an_unsure_number_is_read_again(read: str, confidence: float, value: str, outcome: str) -> None:
    """A number misread in one digit reaches the agent with both readings, not as another person's."""
    number = confirmed(_number(read, confidence=confidence))
    assert number is not None
    assert number.value == value
    assert _second_check(number) == outcome


def test_two_readers_that_agree_are_surer_than_one() -> None:
    """A blurred but rightly read number need not go to an agent."""
    alone = _number(NUMBER)
    together = confirmed(alone)
    apart = confirmed(_number(NUMBER, printed="110105199003074514"))
    assert together is not None
    assert apart is not None
    sure = [calibrated({"id_number": f})["id_number"].confidence for f in (apart, alone, together)]
    assert sure[0] < sure[1] < sure[2]


def test_a_number_that_fails_its_check_digit_is_never_sure() -> None:
    """However clear the print, such a number was misread or is not real."""
    field = calibrated({"id_number": _number(ONE_WRONG, confidence=0.999)})["id_number"]
    assert field.confidence < 0.1


@pytest.mark.parametrize(("name", "value"), [("birth_date", "1949-12-13"), ("sex", "男")])
def test_what_contradicts_a_number_makes_both_unsure(name: str, value: str) -> None:
    """A birth day of which light took a stroke was given as sure beside a number that says another."""
    found = calibrated({"id_number": _number(NUMBER, confidence=1.0), name: _number(value, confidence=1.0)})
    assert max(field.confidence for field in found.values()) <= 0.5


@pytest.mark.parametrize("field", ["name", "address", "id_number", "issuing_authority", "valid_to"])
def test_confidence_rises_with_the_readers_own(field: str) -> None:
    """Calibration must not turn an unsure value into the surer one."""
    values = [chance(field, own) for own in (0.0, 0.2, 0.5, 0.9, 0.99, 1.0)]
    assert values == sorted(values)
    assert 0 <= values[0] < 0.5 < values[-1] <= 1


def test_rare_characters_are_not_simplified_into_others() -> None:
    """妧 is no traditional form of 妩; a name must keep its rare character."""
    rare = Character("妧", 0.65, 0.5, (("妩", 0.06), ("妃", 0.1)))
    assert preferring_simplified(rare).text == "妧"
    kept = Character("昇", 0.6, 0.5, (("升", 0.3),))
    assert preferring_simplified(kept).text == "昇"
    traditional = Character("門", 0.6, 0.5, (("门", 0.3),))
    assert preferring_simplified(traditional).text == "门"
    no_card_bears_it = Character("頭", 0.45, 0.5, (("頸", 0.28), ("买", 0.25)))
    assert preferring_simplified(no_card_bears_it).text == "买"


def test_other_readings_come_with_their_chance() -> None:
    """The seller or the agent picks 谯 where 焦 was read."""
    read = (
        Character("焦", 0.7, 0.2, (("谯", 0.25), ("-", 0.04))),
        Character("周", 0.9, 0.8, (("同", 0.05),)),
    )
    found = alternatives(read, str.isalpha)
    assert [value for value, _ in found] == ["谯周", "焦同"]
    assert found[0][1] == pytest.approx(0.25 * 0.9)
