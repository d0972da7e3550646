"""A seller with a phone: consent, four photos from a fake camera and from files, the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, Playwright, expect
from sqlalchemy import select

from api.capture import guidance
from api.capture import service as capture
from api.sellers.tables import Consent
from api.verifications import tasks
from api.verifications.tables import Verification
from tests.pages.conftest import Site, film, phone_of, serious
from tests.pages.test_whole_way import Marketplace


def link(site: Site, reference: str) -> tuple[str, str]:
    """A new seller's verification, and the address of its capture page."""
    verification = site.market.open(reference)
    with site.service.database.transaction() as session:
        token = capture.create(session, site.market.caller, verification, hours=1)[1]
    return verification, f"{site.base}/capture/{token}"


@pytest.fixture
def phone(playwright: Playwright, tmp_path: Path, site: Site) -> Iterator[Page]:
    """A phone whose camera sees a portrait."""
    film(tmp_path / "face.mjpeg", site.photos.selfie_again)
    with phone_of(playwright, tmp_path / "face.mjpeg") as page:
        yield page


def upload(page: Page, kind: str, image: bytes) -> None:
    file = {"name": f"{kind}.jpg", "mimeType": "image/jpeg", "buffer": image}
    page.locator(f"[data-step={kind}] [data-file]").set_input_files(file)
    expect(page.locator(f"[data-step={kind}] [data-done-mark]")).to_be_visible()


def test_a_seller_goes_all_the_way(site: Site, phone: Page, shown: Any) -> None:
    """If this fails, sellers can't open a store at all, or their face is used before they agreed."""
    verification, address = link(site, "store-captured")
    phone.goto(address)
    expect(phone.get_by_role("heading", name="身份核验")).to_be_visible()
    assert serious(phone) == []
    shown(phone, "capture-consent-zh")
    with site.service.database.transaction() as session:
        seller = session.get_one(Verification, verification).seller_id
        assert session.scalar(select(Consent.id).where(Consent.seller_id == seller)) is None
    phone.get_by_role("button", name="同意并开始").click()
    upload(phone, "card_portrait", site.photos.card)
    phone.reload()
    expect(phone.locator("[data-step=card_portrait] [data-done-mark]")).to_be_visible()
    upload(phone, "card_emblem", site.photos.emblem)
    assert serious(phone) == []
    shown(phone, "capture-steps-zh")

    phone.locator("[data-step=selfie] [data-camera]").click()
    expect(phone.locator("#camera [data-use]")).to_be_visible()
    assert int(phone.locator("#camera").get_attribute("data-frames") or 0) >= 3
    shown(phone, "capture-camera-zh")
    phone.locator("#camera [data-again]").click()
    expect(phone.locator("#camera [data-use]")).to_be_visible()
    phone.locator("#camera [data-use]").click()
    expect(phone.locator("[data-step=selfie] [data-done-mark]")).to_be_visible()
    upload(phone, "pose", site.photos.pose)
    phone.locator("[data-submit]").click()
    expect(phone.get_by_role("heading", name="正在核验您的照片")).to_be_visible()
    tasks.run(site.service, site.market.verify, verification, 1)
    expect(phone.get_by_role("heading", name="人工审核中")).to_be_visible()
    assert serious(phone) == []
    shown(phone, "capture-outcome-zh")


def test_a_link_belongs_to_the_device_that_agreed(site: Site, page: Page, phone: Page, shown: Any) -> None:
    """A link forwarded to a helper would let someone else finish what the seller began."""
    _, address = link(site, "store-forwarded")
    page.goto(address)
    expect(page.get_by_alt_text("Go on with your phone")).to_be_visible()
    shown(page, "capture-consent")
    phone.goto(address)
    phone.get_by_role("button", name="同意并开始").click()
    phone.wait_for_selector("#steps")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("another device")
    refused = page.request.put(f"{address}/captures/selfie", data=site.photos.selfie)
    assert refused.status == 403
    assert page.request.get(f"{site.base}/capture/{'x' * 32}").status == 404


def test_without_a_camera_the_page_says_why_and_takes_a_file(site: Site, page: Page, shown: Any) -> None:
    """A seller who once pressed "block" would be stuck without a word."""
    _, address = link(site, "store-no-camera")
    page.goto(address)
    page.get_by_role("button", name="I agree, start").click()
    page.locator("[data-step=card_portrait] [data-camera]").click()
    expect(page.locator("[data-notice]")).to_contain_text("choose a photo", ignore_case=True)
    shown(page, "capture-steps")
    upload(page, "card_portrait", site.photos.card)
    page.locator("[data-step=card_emblem] [data-file]").set_input_files(
        {"name": "note.txt", "mimeType": "image/jpeg", "buffer": b"no picture at all"}
    )
    expect(page.locator("[data-notice]")).to_contain_text("This file is no photo")
    page.get_by_role("button", name="Take again: ID card, portrait side").click()
    expect(page.locator("[data-step=card_portrait] [data-camera]")).to_be_visible()
    upload(page, "card_portrait", site.photos.card)
    shown(page, "capture-steps-redo")


def test_guidance_says_what_is_wrong(samples: Path, site: Site) -> None:
    """Wrong advice keeps a seller moving the phone for ever."""
    picture = cv2.cvtColor(cv2.imread(str(samples / "obama.jpg")), cv2.COLOR_BGR2RGB)
    near = cv2.resize(picture[: int(picture.shape[1] * 0.75)], (640, 480)).astype(np.uint8)
    far = np.full((480, 640, 3), 128, np.uint8)
    far[200:290, 280:400] = cv2.resize(near, (120, 90))
    blurred = cv2.GaussianBlur(near, (0, 0), 9).astype(np.uint8)
    card = cv2.imdecode(np.frombuffer(site.photos.card, np.uint8), cv2.IMREAD_COLOR)
    lying = cv2.resize(cv2.cvtColor(card, cv2.COLOR_BGR2RGB), (640, 480)).astype(np.uint8)
    assert guidance.advise(near, "selfie").code == "good"
    assert guidance.advise(far, "selfie").code in ("closer", "no_face")
    assert guidance.advise(blurred, "selfie").code in ("hold_still", "no_face")
    assert guidance.advise((near // 6).astype(np.uint8), "selfie").code == "more_light"
    assert guidance.advise(np.full((480, 640, 3), 120, np.uint8), "card_portrait").code == "no_card"
    assert guidance.advise(lying, "card_portrait").code == "good"
    upright = np.asarray(cv2.rotate(lying, cv2.ROTATE_90_CLOCKWISE), np.uint8)
    assert guidance.advise(upright, "card_portrait").code == "turn_card"
    shining = lying.copy()
    cv2.circle(shining, (300, 260), 45, (255, 255, 255), -1)
    assert guidance.advise(shining, "card_portrait").code == "glare"


def test_a_photo_taken_while_the_line_was_down_is_sent_later(site: Site, page: Page) -> None:
    """On a train the seller would take the same photos again and again, and give up."""
    _, address = link(site, "store-tunnel")
    page.goto(address)
    page.get_by_role("button", name="I agree, start").click()
    expect(page.locator("[data-step=card_portrait] .body")).to_be_visible()
    page.context.set_offline(True)
    file = {"name": "c.jpg", "mimeType": "image/jpeg", "buffer": site.photos.card}
    page.locator("[data-step=card_portrait] [data-file]").set_input_files(file)
    expect(page.locator("[data-notice]")).to_contain_text("connection is lost")
    page.context.set_offline(False)
    expect(page.locator("[data-step=card_portrait] [data-done-mark]")).to_be_visible()
    expect(page.locator("[data-notice]")).to_be_hidden()


def test_a_retake_leads_back_to_the_photo_that_it_is_about(site: Site, page: Page, shown: Any) -> None:
    """A seller who is sent back to the start, or not told why, sends the same photos again."""
    verification, address = link(site, "store-again")
    page.goto(address)
    page.get_by_role("button", name="I agree, start").click()
    photos = site.photos.of_holder()
    for kind in ("card_portrait", "card_emblem", "selfie", "pose"):
        upload(page, kind, photos[kind])
    page.locator("[data-submit]").click()
    expect(page.get_by_role("heading", name="We are checking your photos")).to_be_visible()
    tasks.run_scenario(site.service, verification, 1, "retake_blurred")
    expect(page.locator("[data-step=selfie][data-current]")).to_be_visible()
    expect(page.locator("main .alert").first).to_contain_text("selfie")
    for kind in ("card_portrait", "card_emblem", "pose"):
        expect(page.locator(f"[data-step={kind}] [data-done-mark]")).to_be_visible()
    assert serious(page) == []
    shown(page, "capture-retake")


def test_an_enterprise_hands_over_to_its_executives(site: Site, page: Page, phone: Page, shown: Any) -> None:
    """Without it the marketplace must chase each executive by hand, and one phone takes everyone's photos."""
    market = Marketplace(site)
    seller = market.post("/sellers", reference="company-1", kind="enterprise")["id"]
    executive = market.post(f"/sellers/{seller}/executives", role="legal_representative")["id"]
    market.post("/verifications", seller_id=seller, executive_id=executive)
    own = market.post("/verifications", seller_id=seller)["id"]
    page.goto(market.post(f"/verifications/{own}/capture-links")["url"])
    page.get_by_role("button", name="I agree, start").click()
    expect(page.locator("[data-step=licence][data-current]")).to_be_visible()
    expect(page.locator("[data-step=card_portrait]")).to_have_count(0)
    assert serious(page) == []
    shown(page, "capture-enterprise")
    page.get_by_role("button", name="Show the code").click()
    expect(page.get_by_alt_text("Go on with your phone")).to_be_visible()
    assert serious(page) == []
    address = page.get_by_label("Address").input_value()
    phone.goto(address)
    expect(phone.get_by_text("您的身份：法定代表人")).to_be_visible()
    phone.get_by_role("button", name="同意并开始").click()
    expect(phone.locator("[data-step=card_portrait][data-current]")).to_be_visible()
    expect(phone.locator("[data-step=licence]")).to_have_count(0)
