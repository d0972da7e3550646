"""Whatever a report can say, it can say in both languages."""

from __future__ import annotations

import ast
import json
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from liveness.challenges import Direction
from liveness.newspaper_pose import WEEKDAYS
from liveness.sentences import say as say_of_poses
from models.sentences import LANGUAGES, Catalogue, json_of
from ocr.names import Explanation
from ocr.sentences import say as say_of_documents
from verifier.face_quality import SCALES
from verifier.findings import NEEDED_FIELDS
from verifier.sentences import every, say
from verifier.verification import CAPTURE_KINDS

ROOT = Path(__file__).parents[2]
ROOMS: dict[str, Catalogue] = {"ocr": say_of_documents, "liveness": say_of_poses, "verifier": say}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def said_in(room: str) -> Iterator[tuple[str, set[str] | None]]:
    """The codes that a room's modules say by name, each with the values it gives; None where these are not named."""
    for module in (ROOT / room).glob("*.py"):
        for call in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "say"):
                continue
            named = {keyword.arg for keyword in call.keywords if keyword.arg}
            plain = all(keyword.arg for keyword in call.keywords)
            code = call.args[0]
            for each in (code.body, code.orelse) if isinstance(code, ast.IfExp) else (code,):
                if isinstance(each, ast.Constant):
                    yield str(each.value), named if plain else None


@pytest.mark.parametrize("room", ROOMS)
def test_each_sentence_speaks_both_languages(room: str) -> None:
    """An agent who reads Chinese only must not decide about people by words that mean nothing to him."""
    for code, texts in ROOMS[room].entries.items():
        assert set(texts) == set(LANGUAGES), code
        assert gaps(texts["en"]) == gaps(texts["zh"]), code
        assert not CHINESE.search(texts["en"]), code
        assert CHINESE.search(texts["zh"]) or not re.search("[a-z]", re.sub("{.*?}", "", texts["zh"])), code


@pytest.mark.parametrize("room", ROOMS)
def test_each_sentence_that_is_said_is_there_with_its_values(room: str) -> None:
    """A code that nobody wrote a sentence for would end the verification of whoever comes to it."""
    found = list(said_in(room))
    assert len(found) >= 5
    for code, values in found:
        texts = ROOMS[room].entries[code]
        assert values is None or gaps(texts["en"]) == values, code


def test_codes_that_are_put_together_are_there() -> None:
    """As above, for what no reader of the source finds."""
    words = [*WEEKDAYS, *get_args(Direction)]
    noises = [f"{place}_noise{end}" for place in ("page", "date_line") for end in ("", "_unknown")]
    assert {*words, *noises} <= say_of_poses.entries.keys()
    fields = {field for fields in NEEDED_FIELDS.values() for field in fields}
    assert {*fields, *get_args(Explanation), "mrz_check_digit"} <= say_of_documents.entries.keys()
    advice = [f"advice_{name}" for name in tomllib.loads(SCALES.read_text(encoding="utf-8"))]
    assert {*CAPTURE_KINDS, *advice} <= say.entries.keys()


def test_no_two_rooms_give_a_code_to_different_sentences() -> None:
    """A stored report names its sentences by code alone."""
    assert sum(len(room.entries) for room in ROOMS.values()) == len(every.entries)


def test_a_stored_sentence_is_read_in_any_language() -> None:
    """A case is often read by someone who speaks another language than whoever reads the report."""
    said = say_of_poses(
        "weekday_does_not_fit",
        printed=say_of_poses("Monday"),
        date="2026-11-24",
        true=say_of_poses("Tuesday"),
    )
    read = every.sentence(json.loads(json.dumps(said.as_json())))
    assert str(read) == "The newspaper says Monday, but 2026-11-24 is a Tuesday."
    assert read.text("zh") == "报纸上写着星期一，但2026-11-24是星期二。"
    fields = (say_of_documents("name"), say_of_documents("id_number"))
    missing = say(
        "trace_of", capture=say("selfie"), trace=every.read(json.loads(json.dumps(json_of(fields))))
    )
    assert missing.text("zh") == "自拍照：姓名、公民身份号码"
    with pytest.raises(KeyError):
        every.read({"code": "of another version", "values": {}})
