"""Reasons in the reader's language: the vision core's sentences, the service's own from the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from api.pages.texts import Texts


def sentence(reason: Mapping[str, Any], language: str, said: Texts) -> str:
    """The sentence of a reason as a report holds it (in English) in another language."""
    from verifier.reasons import Finding
    from verifier.reasons import sentence as say

    code, message = str(reason["code"]), str(reason.get("message") or "")
    own = said.get(f"reason.{code}", "")
    if own:
        return own
    if language == "en" and message:
        return message
    finding = Finding(code, str(reason.get("check", "")))
    marked = say(Finding(code, finding.check, {"detail": "\0"}), "en")
    detail = _detail(marked, message)
    told = say(Finding(code, finding.check, {"detail": detail} if detail else {}), language)
    return told or message


def brief(code: str, language: str, said: Texts) -> str:
    """A reason in two or three words; the whole sentence where nobody has shortened it yet."""
    return said.get(f"short.{code}", "") or sentence({"code": code}, language, said)


def _detail(template: str, message: str) -> str:
    """What stands in the message where the template has its gap."""
    before, gap, after = template.partition("\0")
    if not gap:
        return ""
    found = re.fullmatch(f"{re.escape(before)}(.*){re.escape(after)}", message, re.DOTALL)
    return found[1].strip() if found else ""
