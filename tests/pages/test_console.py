"""An agent at work in a real browser: signing in, judging a case by keyboard, taking a decision back."""

from __future__ import annotations

import re
import tomllib
from typing import Any, get_args

import pyotp
from playwright.sync_api import Page, expect
from sqlalchemy import select

from api.audit.tables import AuditEntry
from api.capture.endpoints import ADVICE
from api.console import tasks
from api.console.tables import Agent, PendingDecision
from api.pages import choices, reasons
from api.pages.rendering import FOLDER
from api.pages.texts import texts
from api.policy import Duplicates, Effect, Role
from api.sellers.tables import Seller
from api.verifications.tables import Verification
from tests.pages.conftest import Site, case_of, fits, pictures_shown, serious
from verifier.reasons import CATALOGUE


def carry_out(site: Site, verification: str) -> None:
    with site.service.database.transaction() as session:
        pending = session.get_one(PendingDecision, verification).id
    tasks.run(site.service, pending, "agent")


def test_nobody_gets_in_without_all_three(site: Site, page: Page) -> None:
    """A leaked password alone, or a code seen over a shoulder, would open every seller's ID card."""
    made = site.agent("wei")
    code = pyotp.TOTP(made.totp_secret).now()
    for password, given in (("wrong", code), (made.password, "000000")):
        page.goto(f"{site.base}/console")
        page.fill("[name=login]", "wei")
        page.fill("[name=password]", password)
        page.fill("[name=code]", given)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
    assert serious(page) == []


def test_guessing_locks_the_account_and_a_code_works_once(site: Site) -> None:
    """Six figures are guessed in hours where nothing counts the failures."""
    from api.console import agents

    made = site.agent("guess")
    code = pyotp.TOTP(made.totp_secret).now()

    def attempt(password: str, given: str) -> str | None:
        with site.service.database.transaction() as session:
            return agents.sign_in(site.service, session, "guess", password, given)

    assert attempt(made.password, code)
    assert attempt(made.password, code) is None, "a code must not work twice"
    for _ in range(agents.FAILURES_ALLOWED):
        attempt("wrong", "123456")
    with site.service.database.transaction() as session:
        agent = session.scalars(select(Agent).where(Agent.login == "guess")).one()
        assert agent.locked_until is not None
        agent.last_totp_step = 0
    assert attempt(made.password, code) is None, "a locked account must not open"


def test_a_case_shows_its_evidence_and_is_approved_by_keyboard(site: Site, page: Page, shown: Any) -> None:
    """If this fails, agents decide about people without seeing what the machine saw, or can't decide at all."""
    site.sign_in(page, "li.na")
    assert serious(page) == []
    shown(page, "console-queue")
    page.keyboard.press("n")
    page.wait_for_url(re.compile("/console/cases/ver_"))
    pictures_shown(page)
    expect(page.locator(".faces .lens img")).to_have_count(3)
    expect(page.locator("ul.reasons li").first).to_contain_text("review")
    expect(page.locator("#duplicates")).to_contain_text("store-first")
    expect(page.get_by_role("cell", name="320102196108040013")).to_be_visible()
    expect(page.locator("svg.scale circle.needle")).to_be_visible()
    assert serious(page) == []
    shown(page, "console-case", full_page=True)
    page.goto(f"{page.url}?lang=zh")
    pictures_shown(page)
    expect(page.get_by_role("heading", name="同比例人脸对照")).to_be_visible()
    shown(page, "console-case-zh")
    page.goto(page.url.split("?")[0])  # the language was chosen once and for all
    expect(page.get_by_role("heading", name="同比例人脸对照")).to_be_visible()
    pictures_shown(page)
    fits(page, 390)
    shown(page, "console-case-phone")
    page.emulate_media(color_scheme="dark")
    assert serious(page) == []
    shown(page, "console-case-dark")

    case = case_of(site, "store-second")
    page.keyboard.press("a")
    page.wait_for_url(f"{site.base}/console")
    page.keyboard.press("z")
    page.wait_for_url(re.compile(case))
    page.keyboard.press("r")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("a")
    page.wait_for_url(f"{site.base}/console")
    carry_out(site, case)
    with site.service.database.transaction() as session:
        assert session.get_one(Verification, case).state == "verified"
        acts = list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject == case)))
    for act in ("case.claimed", "case.viewed", "capture.viewed", "decision.undone", "decision.made"):
        assert act in acts, f"{act} is missing in the audit trail"


def test_a_colleagues_case_and_a_foreign_form_are_refused(site: Site, page: Page) -> None:
    """Two agents on one case decide twice; a form of another site would decide for a signed-in agent."""
    verification = site.market.open("store-third", "high", "attack")
    site.market.submit(verification, {})
    site.sign_in(page, "chen")
    address = f"{site.base}/console/cases/{verification}"
    page.goto(address)
    forged = page.request.post(f"{address}/approve", form={"csrf": "0" * 64}, headers={"origin": site.base})
    assert forged.status == 403
    foreign = page.request.post(f"{address}/approve", headers={"origin": "https://other.example"})
    assert foreign.status == 403
    page.keyboard.press("c")
    expect(page.get_by_text("You work on this case")).to_be_visible()
    page.context.clear_cookies()
    site.sign_in(page, "wang")
    page.goto(address)
    page.keyboard.press("a")
    expect(page.get_by_text("A colleague works on this case")).to_be_visible()


def test_rejecting_needs_a_reason_and_reaches_the_seller(site: Site, page: Page) -> None:
    """A refusal that nobody can explain later is worth nothing before a regulator."""
    verification = site.market.open("store-fourth", "low", "document_photocopy")
    site.market.submit(verification, {})
    site.sign_in(page, "zhao")
    page.goto(f"{site.base}/console/cases/{verification}")
    page.keyboard.press("r")
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Choose at least one reason")).to_be_visible()
    page.goto(f"{site.base}/console/cases/{verification}")
    page.keyboard.press("r")
    page.get_by_label("The document is forged or altered").check()
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    page.wait_for_url(f"{site.base}/console")
    carry_out(site, verification)
    with site.service.database.transaction() as session:
        decided = session.get_one(Verification, verification)
        assert decided.state == "declined"
        assert decided.decision is not None
        assert decided.decision["reasons"] == [{"code": "document_forged"}]


def test_every_other_action_does_what_its_button_says(site: Site, page: Page) -> None:
    """A button that looks pressed and does nothing leaves a seller waiting, or a fraud in the store."""
    made = [site.market.open(f"store-act-{n}", "normal", "attack") for n in range(3)]
    for verification in made:
        site.market.submit(verification, {})
    site.sign_in(page, "zhou", "supervisor")

    def press(verification: str, key: str, label: str, choice: str | None = None) -> None:
        page.goto(f"{site.base}/console/cases/{verification}")
        page.keyboard.press(key)
        dialog = page.get_by_role("dialog")
        if key == "v":
            dialog.locator("[name=link]").fill("https://calls.example/room")
        if choice:
            dialog.get_by_label(choice).check()
        with page.expect_navigation():
            dialog.get_by_role("button", name=label).click()

    press(made[0], "v", "Video call")
    press(made[0], "e", "Escalate")
    press(made[1], "p", "Another pose", "Raise your chin")
    carry_out(site, made[1])
    press(made[2], "b", "Ban", "Fraud was reported")
    with site.service.database.transaction() as session:
        called, posing, banned = (session.get_one(Verification, verification) for verification in made)
        assert called.review_kind == "video_call"
        assert called.review is not None
        assert "escalated" in called.review
        assert (posing.state, posing.challenge) == ("requires_input", "head_turn:up")
        assert banned.state == "declined"
        assert session.get_one(Seller, banned.seller_id).status == "banned"


def test_only_supervisors_see_figures(site: Site, page: Page, shown: Any) -> None:
    """Without them nobody sees that cases grow old, or that one agent approves everything."""
    site.sign_in(page, "sun")
    assert page.goto(f"{site.base}/console/figures").status == 403  # type: ignore[union-attr]
    page.context.clear_cookies()
    site.sign_in(page, "qian", "supervisor")
    page.goto(f"{site.base}/console/figures")
    verified = page.get_by_role("img", name=re.compile("Verified, last 30 days: .*[1-9]"))
    expect(verified).to_be_visible()
    assert serious(page) == []
    shown(page, "console-figures")
    table = page.request.get(f"{site.base}/console/figures/decisions.csv").text()
    assert ",verified," in table
    assert "320102196108040013" not in table


def test_both_languages_have_every_text() -> None:
    """A text that one catalogue lacks ends the page with an error for half of its users."""
    english, chinese = texts("en").entries, texts("zh").entries
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", chinese[key])), key
        assert re.search(r"[\u4e00-\u9fff]", chinese[key]), f"{key} is not translated"


def test_every_text_that_a_page_names_is_there() -> None:
    """A page that names a text nobody wrote is an error page for whoever comes to it."""
    known = texts("en").entries
    folder = FOLDER / "templates"
    named = {
        key for page in folder.rglob("*.html") for key in re.findall(r"\bt\('([\w.]+)'[,)]", page.read_text())
    }
    assert len(named) > 100
    assert named <= known.keys()
    codes = [f"template.{code}" for code in choices.reasons_of_people()["reject_reasons"]]
    codes += [f"reason.{code}" for listed in choices.reasons_of_people().values() for code in listed]
    codes += [f"advice.{code}" for code in ADVICE]
    codes += [f"role.{role}" for role in get_args(Role)]
    reasons_of_machine = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    duplicates = [name for name, rule in Duplicates.model_fields.items() if rule.annotation == Effect]
    assert [code for code in codes if code not in known] == []
    for code in (*reasons_of_machine, *duplicates):
        assert "_" not in reasons.brief(code, "en", texts("en")), code
        assert re.search(r"[\u4e00-\u9fff]", reasons.brief(code, "zh", texts("zh"))), code
