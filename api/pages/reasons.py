"""What the vision core has to say, in the reader's language: from the codes and values that a report holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.pages.texts import Texts


def sentence(reason: Mapping[str, Any], language: str, said: Texts) -> str:
    """The sentence of a reason as a report or an agent gave it; the service's own stand in the pages' catalogue."""
    from verifier.reasons import Finding
    from verifier.reasons import sentence as say
    from verifier.sentences import every

    code = str(reason["code"])
    own = said.get(f"reason.{code}", "")
    if own:
        return own
    try:
        values = {name: every.read(value) for name, value in reason.get("values", {}).items()}
    except KeyError:  # a report of another version
        return str(reason["message"])
    return say(Finding(code, str(reason.get("check", "")), values), language)


def found(check: Mapping[str, Any], language: str) -> str:
    """What a check of a document, a pose or a video found."""
    from verifier.sentences import every

    try:
        return every.sentence(check["sentence"]).text(language)
    except KeyError:  # a report of another version
        return str(check["detail"])


def brief(code: str, language: str, said: Texts) -> str:
    """A reason in two or three words; the whole sentence where nobody has shortened it yet."""
    return said.get(f"short.{code}", "") or sentence({"code": code}, language, said)
