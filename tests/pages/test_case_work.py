"""What agents do beside deciding: correct, compare, call, note, mark; read again; try other thresholds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from api.console import calls
from api.console.tables import CallFrame, CaseNote, CaseViews, SecondReading
from api.privacy import service as privacy
from api.sellers.tables import Seller
from api.verifications import service as verifications
from api.verifications.tables import Verification
from tests.pages.conftest import Site, pictures_shown, serious

DECLARED = {"name": "奥巴马", "address": "上海市浦东新区世纪大道1号"}


@pytest.fixture(scope="module")
def case(site: Site) -> str:
    """A case with real photos, whose seller declared another address than the card's."""
    verification = site.market.open("store-worked-on", declared=DECLARED)
    captures = site.photos.of_holder(selfie=site.photos.selfie_again)
    assert site.market.submit(verification, captures) == "in_review"
    return verification


def test_a_field_shows_what_was_declared_and_what_an_agent_corrected(
    site: Site, page: Page, case: str
) -> None:
    """Without all values side by side nobody sees a borrowed card, or can tell later who was wrong."""
    site.sign_in(page, "wu")
    page.goto(f"{site.base}/console/cases/{case}")
    expect(page.get_by_role("row", name="Address")).to_contain_text("differs")
    expect(page.get_by_role("row", name="Name")).to_contain_text("agrees")
    row = page.get_by_role("row", name="Ethnicity")
    row.get_by_text("Correct").click()
    row.locator("[name=value]").fill("满")
    row.locator("[name=value]").press("Enter")
    expect(page.get_by_role("row", name="Ethnicity").locator("s")).to_have_text("汉")
    expect(page.get_by_role("row", name="Ethnicity").locator(".value")).to_contain_text("满")


def test_a_picture_of_the_video_call_is_compared_at_once(site: Site, page: Page, case: str) -> None:
    """An agent in a call must see while the seller is there whether it is the person on the card."""
    site.sign_in(page, "wu.call")
    page.goto(f"{site.base}/console/cases/{case}")
    site.release(case)
    page.keyboard.press("v")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Link").fill("https://calls.example/room")
    dialog.get_by_label("Time").fill("2031-05-06T09:30")
    dialog.get_by_role("button", name="Video call").click()
    expect(page.get_by_role("heading", name="Video call")).to_be_visible()
    picture = {"name": "call.jpg", "mimeType": "image/jpeg", "buffer": site.photos.selfie}
    page.get_by_label("Picture from the call").set_input_files(picture)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#call figcaption")).to_contain_text("ID card, portrait side")
    expect(page.locator("#call figcaption")).to_contain_text("similarity")
    expect(page.get_by_text("4 more possible")).to_be_visible()
    pictures_shown(page)
    assert serious(page) == []

    page.get_by_label("A note for colleagues").fill("Showed the card to the camera.")
    page.locator("#notes").get_by_role("button", name="Save").click()
    expect(page.locator("#notes")).to_contain_text("Showed the card to the camera.")
    page.wait_for_load_state()
    page.keyboard.press("d")
    dialog.get_by_label("The other store").fill("store-second")
    dialog.get_by_role("button", name="Duplicate").click()
    expect(page.locator("#duplicates")).to_contain_text("marked by an agent")
    page.wait_for_load_state()
    page.keyboard.press("r")
    dialog.get_by_label("Ready-made sentence").select_option(index=1)
    expect(dialog.get_by_label("To the seller")).to_have_value(re.compile("持证人本人"))
    with site.service.database.transaction() as session:
        review = session.get_one(Verification, case).review
        assert review is not None
        assert review["video_call"]["at"].startswith("2031-05-06T")


def test_a_second_reader_does_not_see_the_first_decision(site: Site, page: Page) -> None:
    """Agreement measured on agents who know the answer is worth nothing."""
    site.sign_in(page, "blind", "supervisor")
    page.goto(f"{site.base}/console/second-reading")
    expect(page.get_by_role("heading", name="Faces, at one scale")).to_be_visible()
    pictures_shown(page)
    assert serious(page) == []
    told = page.locator("main").inner_text().lower()
    assert "similarity" not in told
    assert "why a person decides" not in told
    page.keyboard.press("r")
    page.wait_for_load_state()
    expect(page.get_by_role("heading", name="Second reading")).to_be_visible()
    with site.service.database.transaction() as session:
        reading = session.scalars(select(SecondReading)).first()
        assert reading is not None
        assert reading.decision == "declined"
    page.goto(f"{site.base}/console/figures")
    row = page.get_by_role("row", name="with the machine")
    expect(row).to_contain_text("0 %")


def test_other_thresholds_show_which_cases_would_change(site: Site, page: Page) -> None:
    """A threshold that is changed blindly refuses honest sellers, or lets strangers in."""
    with site.service.database.transaction() as session:
        like = session.scalars(select(Verification).where(Verification.summary.is_not(None))).first()
        assert like is not None
        assert like.summary is not None
        rate = like.summary["scores"]["false_match_rate"]
        assert rate < 0.5
        assert like.submitted_at is not None
        assert like.submitted_at > datetime.now(UTC) - timedelta(days=30)
    site.sign_in(page, "threshold", "supervisor")
    page.goto(f"{site.base}/console/policy")
    expect(page.get_by_text(re.compile("^0 of [1-9]"))).to_be_visible()
    page.get_by_label("Selfie and card match").fill("9999999")
    page.get_by_label("Review: from").fill("9999998")
    page.get_by_role("button", name="Try").click()
    expect(page.get_by_text(re.compile("^[1-9][0-9]* of [1-9]"))).to_be_visible()
    changed = page.get_by_role("row", name="declined at once")
    changed.get_by_role("link", name="store-second").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("store-second")
    assert serious(page) == []


def test_redaction_takes_the_cut_pictures_and_the_call_with_it(site: Site, case: str) -> None:
    """A seller who asked to be forgotten would still look at agents from the case page."""
    service, side = site.service, site.market.caller.side
    with service.database.transaction() as session:
        seller = session.get_one(Seller, session.get_one(Verification, case).seller_id, with_for_update=True)
        held = calls.held(service, session, verifications.data_key(service, seller), case)
        assert [frame["match"].keys() for frame in held["call_frames"]] == [{"card_portrait", "selfie"}]
        blobs = list(session.scalars(select(CaseViews.blob).where(CaseViews.verification_id == case)))
        blobs += session.scalars(select(CallFrame.blob).where(CallFrame.verification_id == case))
        assert len(blobs) == 2
        privacy.redact_seller(service, session, side, seller, "test")
    for blob in blobs:
        with pytest.raises(FileNotFoundError):
            service.blobs.get(blob)
    with service.database.transaction() as session:
        assert session.scalar(select(CaseNote.id).where(CaseNote.verification_id == case)) is None
