"""Whether two spellings are the name of one person.

A name is declared by keyboard and read from a card; registers, keyboards and readers differ in spaces, dots,
full-width forms, simplified, traditional and variant characters, and a seller may write pinyin. Characters are
brought to one form by OpenCC and by name_variants.toml, pinyin by pypinyin.

>>> compare_names("張 偉", "张伟").result
'variant'
>>> compare_names("Wei Zhang", "张伟").explanation
'pinyin'
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import permutations, product
from typing import Literal

from opencc import OpenCC
from pypinyin import Style, pinyin

from ocr.reading import Check, Outcome, Reading
from ocr.sentences import say

Result = Literal["same", "variant", "different"]
Explanation = Literal[
    "identical", "spelling", "character_forms", "pinyin", "other_characters", "other_script"
]

_DOTS = re.compile(r"[·•・‧∙⋅．.。᛫]")
_WORDS = re.compile(r"[\s,'’-]+")
MAX_READINGS = 256
"""Combinations of readings of a name's characters that are tried."""


@dataclass(frozen=True)
class NameComparison:
    """What two spellings of a name have to do with each other."""

    result: Result
    explanation: Explanation
    differing: tuple[tuple[str, str], ...] = ()
    """Pairs of characters (first name's, second name's) that stand in one place and differ."""


def compare_names(declared: str, read: str) -> NameComparison:
    """Compares a declared name with a read one. The order of the two does not matter to the result.

    "variant": the same name in other characters, or in pinyin, which is weaker: many names sound alike.
    """
    a, b = _compact(declared), _compact(read)
    if a == b and a:
        return NameComparison("same", "identical" if declared == read else "spelling")
    latin = [name for name, compact in ((declared, a), (read, b)) if _is_latin(compact)]
    if len(latin) == 2:
        return _compare_latin(declared, read)
    if latin and a and b:
        spelt = _is_pinyin(latin[0], b if latin[0] is declared else a)
        return NameComparison("variant", "pinyin") if spelt else NameComparison("different", "other_script")
    return _compare_characters(a, b)


def representative_agrees(licence: Reading, portrait: Reading) -> Check:
    """Whether the licence's legal representative bears the name on the ID card; unknown where either was not read."""
    code = "legal_representative_agrees"
    names = [licence.value("legal_representative"), portrait.value("name")]
    if not all(names):
        return Check(code, "unknown", say("names_not_read"))
    found = compare_names(*names)
    outcomes: dict[Result, Outcome] = {"same": "pass", "variant": "pass", "different": "fail"}
    return Check(code, outcomes[found.result], say("names_compared", comparison=say(found.explanation)))


def _compact(name: str) -> str:
    """The name in ordinary forms, without spaces and dots, letters in lower case without marks."""
    text = unicodedata.normalize("NFKC", _DOTS.sub("", name))
    return _WORDS.sub("", _DOTS.sub("", _without_marks(text).casefold()))


def _without_marks(text: str) -> str:
    text = re.sub("[üÜǖǘǚǜ]", "v", text)
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _is_latin(name: str) -> bool:
    return name.isascii() and name.isalpha()


def _compare_characters(a: str, b: str) -> NameComparison:
    if not a or len(a) != len(b):
        return NameComparison("different", "other_characters")
    differing = tuple((x, y) for x, y in zip(a, b, strict=True) if x != y)
    if all(_form(x) == _form(y) for x, y in differing):
        return NameComparison("variant", "character_forms", differing)
    return NameComparison("different", "other_characters", differing)


def _compare_latin(a: str, b: str) -> NameComparison:
    """Two names in letters: the same words in another order are the same name."""
    if sorted(_words(a)) == sorted(_words(b)):
        return NameComparison("same", "spelling")
    return NameComparison("different", "other_characters")


def _words(name: str) -> list[str]:
    text = _without_marks(unicodedata.normalize("NFKC", name)).casefold()
    return [word for word in _WORDS.split(_DOTS.sub(" ", text)) if word]


def _is_pinyin(latin: str, chinese: str) -> bool:
    """Whether the words, in any order, spell the characters: Zhang Wei, Wei ZHANG, zhangwei."""
    written = _words(latin)
    orders = {"".join(order) for order in permutations(written)} if len(written) <= 4 else {"".join(written)}
    orders = {_u_spelling(order) for order in orders}
    readings = [sorted({_u_spelling(r) for r in found}) for found in _readings(chinese)]
    spellings = ("".join(syllables) for syllables in product(*readings))
    return any(spelling in orders for _, spelling in zip(range(MAX_READINGS), spellings, strict=False))


def _readings(chinese: str) -> list[list[str]]:
    return pinyin(chinese, style=Style.NORMAL, heteronym=True, errors="default", v_to_u=False)


def _u_spelling(syllables: str) -> str:
    """Passports write ü as YU, keyboards as v, airlines as u: all become u."""
    return re.sub("(?<=[ln])(?:yu|v)", "u", syllables)


@cache
def simplified(character: str) -> str:
    """The simplified form of a traditional character (OpenCC), and any other character itself."""
    return str(_to_simplified().convert(character))


def keeps_its_form(character: str) -> bool:
    """Whether names of today bear the character, though it has a simplified or a commoner form."""
    return character in _variants() or _in_general_use(character)


def on_no_card(character: str) -> bool:
    """Whether it is a traditional form that no card bears."""
    return simplified(character) != character and not keeps_its_form(character)


def _in_general_use(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def _form(character: str) -> str:
    """The one form that stands for a character and its traditional and variant forms."""
    return _variants().get(simplified(character), simplified(character))


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


@cache
def _variants() -> dict[str, str]:
    table = tomllib.loads(files("ocr").joinpath("name_variants.toml").read_text("utf-8"))
    return dict(table["pairs"])
