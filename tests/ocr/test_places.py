"""Repairs of misread places and of lines with holes."""

from __future__ import annotations

import numpy as np
import pytest

from models.text_reader import Character
from ocr.flat import Line
from ocr.line_holes import has_hole, made_whole, usual_gaps
from ocr.places import repaired, repaired_branch, repaired_head


def _repaired(text: str, options: dict[int, list[tuple[str, float]]], region: str = "") -> str:
    seen = [Character(c, 0.6, 0.0, tuple(options.get(i, ()))) for i, c in enumerate(text)]
    return "".join(c.text for c in repaired(seen, "[省市县区旗州]", region))


def test_a_misread_county_is_put_right_only_within_its_province() -> None:
    """Without this an address moves into another province, and the agent sees a place that nobody printed."""
    assert _repaired("云南省广甫县", {4: [("南", 0.05)]}) == "云南省广南县"
    assert _repaired("浙江省广甫县", {4: [("南", 0.05)]}) == "浙江省广甫县"


def test_of_two_repairs_the_one_that_the_citizen_number_names_is_made() -> None:
    """Without this a county is guessed though the number on the same card says which it is."""
    options = {3: [("阜", 0.08), ("容", 0.05)]}
    assert _repaired("河北省睿城县", options) == "河北省阜城县"
    assert _repaired("河北省睿城县", options, "130629") == "河北省容城县"


def test_an_unsure_character_of_the_county_of_the_citizen_number_is_put_right() -> None:
    """Without this a blurred 雁塔区 is 蕴塔区, which does not exist, beside a number that says which county it is."""
    assert _repaired("西安市蕴塔区鱼化寨", {}, "610113") == "西安市雁塔区鱼化寨"
    assert _repaired("西安市蕴塔区鱼化寨", {}, "610112") == "西安市蕴塔区鱼化寨"
    sure = [Character(c, 0.95, 0.0, ()) for c in "西安市蕴塔区"]
    assert repaired(sure, "[省市县区旗州]", "610113") == sure


def test_a_county_of_two_characters_is_put_right_where_a_number_names_it() -> None:
    """Without this a licence of 嵩县 bears 高县, which lies in another province, and no agent can look it up."""
    assert _repaired("河南省洛阳市高县幸福路", {}, "410325") == "河南省洛阳市嵩县幸福路"
    assert _repaired("河南省洛阳市高县幸福路", {}) == "河南省洛阳市高县幸福路"


def test_a_city_of_another_province_is_put_right() -> None:
    """潮州市 lies in 广东: an agent would look for the seller a thousand kilometres away."""
    assert _repaired("浙江省潮州市长兴县", {}, "330522") == "浙江省湖州市长兴县"
    assert _repaired("浙江省潮州市长兴县", {3: [("湖", 0.1)]}) == "浙江省湖州市长兴县"


@pytest.mark.parametrize(
    ("read", "region", "printed"),
    [
        ("饮州青禾食品有限公司", "450702", "钦州青禾食品有限公司"),
        ("凉出彝族自治州万象网络有限公司", "513401", "凉山彝族自治州万象网络有限公司"),
        ("北京天成科技有限公司", "330522", "北京天成科技有限公司"),
        ("饮州青禾食品有限公司", "", "饮州青禾食品有限公司"),
    ],
)
def test_a_company_s_name_begins_with_its_city(read: str, region: str, printed: str) -> None:
    """Without this a blurred 钦州 is 饮州, and no register has a company of that name."""
    seen = [Character(c, 0.6, 0.0, ()) for c in read]
    assert "".join(c.text for c in repaired_head(seen, region)) == printed
    sure = [Character(c, 0.95, 0.0, ()) for c in read]
    assert repaired_head(sure, region) == sure


def test_two_characters_of_a_long_name_are_put_right() -> None:
    """Without this a blurred 大厂回族自治县公安局 stays 大厂品族自治路公安局, which is no office."""
    options = {2: [("招", 0.19), ("回", 0.08)], 6: [("县", 0.003)]}
    seen = [Character(c, 0.6, 0.0, tuple(options.get(i, ()))) for i, c in enumerate("大厂品族自治路公安局")]
    assert "".join(c.text for c in repaired(seen, ".(?=公安)")) == "大厂回族自治县公安局"
    short = [Character(c, 0.6, 0.0, (("温", 0.1), ("宿", 0.1))) for c in "盐窄县"]
    assert "".join(c.text for c in repaired(short, "县")) == "盐窄县"


def test_a_people_of_an_autonomous_place_is_put_right_though_the_reader_did_not_think_of_it() -> None:
    """Without this the 彝 of every such county, which is too dense for small print, is read as 舞 and stays sure."""
    assert _repaired("云南省红河哈尼族舞族自治州建水县", {}) == "云南省红河哈尼族彝族自治州建水县"
    assert _repaired("云南省新平舞族傣族自治县", {}) == "云南省新平彝族傣族自治县"
    assert _repaired("云南省新午彝族傣族自治县", {}) == "云南省新午彝族傣族自治县"


@pytest.mark.parametrize(
    ("office", "option", "known"),
    [
        ("阜阳市公安局颖州分局", "颍", "阜阳市公安局颍州分局"),
        ("重庆市公安局俞北区分局", "渝", "重庆市公安局渝北区分局"),
        ("沈阳市公安局颖州分局", "颍", "沈阳市公安局颖州分局"),  # is of another city
        ("长沙市公安局芙蓉分局", "苤", "长沙市公安局芙蓉分局"),
    ],
)
def test_a_misread_branch_is_put_right_within_its_city(office: str, option: str, known: str) -> None:
    """Without this an office is named that does not exist, and the card seems forged."""
    place = office.index("局") + 1
    seen = [Character(c, 0.6, 0.0, ((option, 0.3),) if i == place else ()) for i, c in enumerate(office)]
    assert "".join(c.text for c in repaired_branch(seen)) == known


def _line(text: str, centres: list[float], right: float) -> Line:
    box = np.array([[0, 0], [right, 0], [right, 45], [0, 45]], np.float32)
    return Line(box, tuple(Character(c, 0.99, x / right, ()) for c, x in zip(text, centres, strict=True)))


def _all(line: Line) -> tuple[Character, ...]:
    return line.characters


def test_a_dropped_hyphen_shows_by_the_room_that_it_left() -> None:
    """Without this 4-6-4 is given as 4-64 with a confidence of 0.997."""
    whole = _line("295号附", [12, 31, 50, 76, 108], 124)
    holed = _line("15-1601", [12, 43, 58, 73, 92, 111, 130], 143)
    cut = _line("号4-6", [16, 42, 61, 74], 96)
    usual = usual_gaps([whole, holed, cut], _all)
    assert [has_hole(line, _all, usual) for line in (whole, holed, cut)] == [False, True, True]


class _PrintedFurther:
    """A card that shows a mark after each line's box."""

    def __init__(self, mark: str) -> None:
        self._mark = mark

    def read(self, boxes: list[np.ndarray], reader: object) -> list[Line]:  # noqa: ARG002
        right = float(boxes[0][1, 0])
        return [_line("815号" + self._mark, [10, 25, 40, 65, right - 10][: 4 + len(self._mark)], right)]


@pytest.mark.parametrize(("mark", "read"), [("-", "815号-6"), ("", "815号6"), ("厂", "815号6")])
def test_a_hyphen_that_ends_a_line_is_read(mark: str, read: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The detector's box ends before it: 815号-6 became 815号6, which no house has, with full confidence."""
    monkeypatch.setattr("ocr.line_holes.from_other_cuts", lambda *_: [])
    lines = [_line("815号", [10, 25, 40, 65], 82), _line("6", [8], 16)]
    found, holes = made_whole(_PrintedFurther(mark), lines, _all, object())  # type: ignore[arg-type]
    assert "".join(line.text for line in found) == read
    assert not holes
