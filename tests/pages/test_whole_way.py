"""From the marketplace's first call to the due date a year later, through a phone, the worker and an agent."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Playwright, expect
from standardwebhooks import Webhook

from api import vision
from api.keys.service import create_key
from benchmarks.console_seed import ACCOUNT
from benchmarks.console_seed import Marketplace as SeededMarketplace
from tests.api.conftest import drain
from tests.api.test_webhooks import Receiver, now, receiver
from tests.pages.conftest import Site, film, phone_of, pictures_shown, served
from verifier.policy import DEFAULT

__all__ = ["receiver"]

YEAR = timedelta(days=365)


class Marketplace:
    """The onboarding backend: calls the API with its key."""

    def __init__(self, site: Site) -> None:
        with site.service.database.transaction() as session:
            key = create_key(session, "admin", test=True, account=ACCOUNT)
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=f"{site.base}/v1", headers=headers, timeout=60)

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self._http.post(path, json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self._http.get(path).raise_for_status().json()
        return found


def shoot(phone: Page, kind: str) -> None:
    """Take the photo of this step: the camera releases by itself once it finds the picture good."""
    phone.locator(f"[data-step={kind}] [data-camera]").click()
    phone.locator("#camera [data-use]").click()
    expect(phone.locator(f"[data-step={kind}] [data-done-mark]")).to_be_visible()


@pytest.fixture
def borderline(site: Site, tmp_path: Path) -> Iterator[Site]:
    """The service under a policy for which no likeness of card and selfie is enough without a person."""
    policy = tmp_path / "policy.toml"
    usual = DEFAULT.read_text(encoding="utf-8")
    policy.write_text(usual.replace("match = 0.001\n", "match = 1e-9\n", 1), encoding="utf-8")
    settings = site.service.settings.model_copy(update={"policy": policy})
    service = dataclasses.replace(site.service, settings=settings)
    with served(service) as base:
        yield Site(base, service, SeededMarketplace(service, vision.core(policy)), site.photos)


def test_the_whole_way(
    borderline: Site, playwright: Playwright, receiver: Receiver, page: Page, tmp_path: Path
) -> None:
    """If this fails, the product does: no store is verified, or nobody is told, or nobody is checked again."""
    site = borderline
    market = Marketplace(site)
    endpoint = market.post("/webhook-endpoints", url=receiver.url)
    seller = market.post("/sellers", reference="store-whole-way")["id"]
    verification = market.post("/verifications", seller_id=seller, challenge="newspaper")["id"]
    address = market.post(f"/verifications/{verification}/capture-links")["url"]

    captures = site.photos.of_holder(selfie=site.photos.selfie_again)
    video = tmp_path / "seen.mjpeg"
    film(video, captures["card_portrait"])
    with phone_of(playwright, video) as phone:
        phone.goto(address)
        phone.get_by_role("button", name="同意并开始").click()
        for kind in ("card_portrait", "card_emblem", "selfie", "pose"):
            film(video, captures[kind])
            shoot(phone, kind)
        phone.locator("[data-submit]").click()
        expect(phone.get_by_role("heading", name="正在核验您的照片")).to_be_visible()
        drain(site.service, site.market.verify)
        expect(phone.get_by_role("heading", name="人工审核中")).to_be_visible()
        approve_by_keyboard(site, page, verification)
        now(site.service)
        drain(site.service, site.market.verify)
        phone.reload()
        expect(phone.get_by_role("heading", name="核验通过")).to_be_visible()

    told = [Webhook(endpoint["secret"]).verify(body, headers) for headers, body in receiver.taken]
    assert "verification.verified" in [
        event["type"] for event in told if event["data"]["seller_id"] == seller
    ]
    verified = market.get(f"/sellers/{seller}")
    until = datetime.fromisoformat(verified["verified_until"])
    assert verified["status"] == "verified"
    assert abs(until - datetime.now(UTC) - YEAR) < timedelta(days=1)


def approve_by_keyboard(site: Site, page: Page, verification: str) -> None:
    """Sign in with password and one-time code, find the case by its store, look, press a."""
    site.sign_in(page, "whole.way")
    page.goto(f"{site.base}/console?seller=store-whole-way")
    page.get_by_role("link", name="store-whole-way").press("Enter")
    page.wait_for_url(re.compile(verification))
    pictures_shown(page)
    unsure = "It is not certain that the person in the selfie is the one on the card."
    expect(page.locator(".glance .reasons")).to_contain_text(unsure)
    expect(page.locator(".glance .summary .badge").first).to_have_text("review")
    expect(page.locator("#duplicates")).to_contain_text("store-first")
    page.keyboard.press("a")
    page.wait_for_url(f"{site.base}/console")
