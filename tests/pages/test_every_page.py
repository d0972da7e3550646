"""Every page, in both languages, light and dark, on a desk and on a phone: for people who see little, use no mouse, or
read one language only."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from api.capture import service as capture
from api.pages.texts import LANGUAGES
from api.sellers.tables import Seller
from api.verifications import service as verifications
from api.verifications.tables import Verification
from models.sentences import Catalogue
from tests.pages.conftest import Site, case_of, fits, serious, window
from verifier.reasons import CATALOGUE
from verifier.sentences import every

LOOKS = [(scheme, width) for width in (1280, 390) for scheme in ("light", "dark")]
OF_LOOKS = ("color-contrast", "target-size", "scrollable-region-focusable")
"""Rules of axe whose findings a scheme or a width can change; the others are asked once for each language."""
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
DIALOGS = ("reject", "retake", "another_pose", "video_call", "duplicate", "escalate", "ban")

TEXTS = """() => {
  const found = [];
  const said = (element) => !element.closest("code, kbd, script, style, [translate=no], [lang]:not(html)");
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (said(walker.currentNode.parentElement)) found.push(walker.currentNode.data);
  for (const name of ["alt", "aria-label", "placeholder", "title"])
    for (const element of document.querySelectorAll(`[${name}]`))
      if (said(element)) found.push(element.getAttribute(name));
  return found;
}"""
KNOWN = {
    *("CSV", "GB", "ICAO", "ISO", "JPEG", "MOD", "PNG", "HEIC", "UTC", "https", "Kappa", "Cohen"),
    *("Adobe", "Photoshop", "CC", "Macintosh", "WhatsApp", "WeChat", "Telegram"),
}
"""Names and abbreviations that stand in any language, those of the test photos' editors and messengers among them."""


def spoken(page: Page) -> list[str]:
    """What the page says, without values: whatever holds a figure, the names of stores and of agents."""
    return [re.sub(r"\S*[\d/:@]\S*|store-\S*|[a-z]+\.[a-z.]+", " ", text) for text in page.evaluate(TEXTS)]


def english(page: Page) -> list[str]:
    """Texts with words in Latin letters that are no names."""
    return [text.strip() for text in spoken(page) if set(re.findall(r"[A-Za-z]{2,}", text)) - KNOWN]


def codes(page: Page) -> list[str]:
    """Stable codes that the page shows to people."""
    return [code for text in spoken(page) for code in re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", text)]


def everything_said(catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    """Each sentence once, as a report stores it."""
    for code, texts in catalogue.entries.items():
        gaps = [name for _, name, _, _ in string.Formatter().parse(texts["en"]) if name]
        values = dict.fromkeys(gaps, 1)
        said = {"code": code, "values": values}
        yield {"outcome": "fail", "code": "not_expired", "sentence": said, "detail": "English"}


def loud_report() -> dict[str, Any]:
    """A report in which every check that there is has found everything that it can find."""
    said = list(everything_said(every))
    reasons = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    detail = {"detail": said[0]["sentence"]}
    return {
        "outcome": "in_review",
        "reasons": [
            {"code": code, "message": "English", "check": "pose", "effect": "review", "values": detail}
            for code in reasons
        ],
        "document": {
            "portrait": {"document_type": "cn_resident_id", "fields": {}, "checks": said},
            "checks": [],
        },
        "pose": {"outcome": "fail", "checks": {"date_read": said[0]}},
        "selfie_clip": {"checks": {"blinked": said[0]}},
        "policy_version": "1",
    }


@pytest.fixture(scope="module")
def pages(site: Site) -> dict[str, str]:
    """Addresses by name: of the console those that need a case, of the capture page one for each state."""
    loud = site.market.open("store-loud", "low", "attack")
    site.market.submit(loud, {})
    with site.service.database.transaction() as session:
        case = session.get_one(Verification, loud)
        key = verifications.data_key(site.service, session.get_one(Seller, case.seller_id))
        case.sealed_report = verifications.sealed_json(key, loud_report())
    found = {"loud": f"{site.base}/console/cases/{loud}"}
    outcomes = {"in_review": "attack", "verified": "verified", "declined": "face_mismatch"}
    for state, scenario in outcomes.items():
        found[state] = link(site, f"store-looks-{state}", scenario)
    found["consent"] = link(site, "store-looks-consent")
    found["processing"] = link(site, "store-looks-processing", "verified", done=False)
    return found


def link(site: Site, reference: str, scenario: str | None = None, *, done: bool = True) -> str:
    """A capture page of its own; its photos are handed in and judged by the scenario, where one is named."""
    verification = site.market.open(reference, "normal", scenario)
    with site.service.database.transaction() as session:
        token = capture.create(session, site.market.caller, verification, hours=1)[1]
        if not done:
            verifications.submit(site.service, session, site.market.caller, verification)
    if scenario and done:
        site.market.submit(verification, {})
    return f"{site.base}/capture/{token}"


def heard(page: Page, name: str, language: str) -> None:
    """The page's words are the reader's."""
    assert codes(page) == [], name
    if language == "zh":
        assert english(page) == [], name


def judge(page: Page, name: str, language: str, part: str = "html") -> None:
    """The page as it is now, in all looks; only `part` of it where the rest was judged before."""
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    heard(page, name, language)
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        fits(page, width)
        rules = () if (scheme, width) == LOOKS[0] else OF_LOOKS
        assert serious(page, part, *rules) == [], f"{name}, {scheme}, {width}"


@pytest.fixture(params=LANGUAGES)
def reader(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[Page, str]]:
    """A window in one language."""
    page = window(browser, locale=LOCALES[request.param], viewport={"width": 1280, "height": 900})
    yield page, request.param
    page.context.close()


def test_the_console_speaks_to_everyone(site: Site, reader: tuple[Page, str], pages: dict[str, str]) -> None:
    """An agent who can't read a page, or not see it, decides about people by guessing."""
    page, language = reader
    page.goto(f"{site.base}/console/sign-in")
    judge(page, "sign-in", language)
    site.sign_in(page, f"looks.{language}", "supervisor")
    for path in (
        "",
        "/figures",
        "/policy",
        "/second-reading",
        "/cases/ver_0",
    ):
        page.goto(f"{site.base}/console{path}")
        judge(page, path or "queue", language)
    page.goto(f"{site.base}/console/cases/{case_of(site, 'store-second')}")
    judge(page, "case", language)
    page.goto(pages["loud"])
    heard(page, "a case in which everything was found", language)
    for name in DIALOGS:
        page.evaluate(f"document.getElementById('{name}').showModal()")
        expect(page.locator(f"#{name}")).to_be_visible()
        judge(page, name, language, f"#{name}")
        page.evaluate(f"document.getElementById('{name}').close()")


def test_the_capture_page_speaks_to_everyone(
    site: Site, reader: tuple[Page, str], pages: dict[str, str]
) -> None:
    """A seller who can't read what to do next gives up."""
    page, language = reader
    for state in ("consent", "processing", "in_review", "verified", "declined"):
        page.goto(pages[state])
        judge(page, state, language)
    fresh = link(site, f"store-looks-{language}")
    page.goto(fresh)
    page.locator("form button.primary").click()
    expect(page.locator("[data-step=card_portrait][data-current]")).to_be_visible()
    judge(page, "steps", language)
    page.evaluate("document.getElementById('camera').showModal()")
    judge(page, "camera", language, "#camera")
    again = link(site, f"store-looks-again-{language}", "retake_blurred")
    page.goto(again)
    page.locator("form button.primary").click()
    expect(page.locator("main .alert").first).to_be_visible()
    judge(page, "again", language)
