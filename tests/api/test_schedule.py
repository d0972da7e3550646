"""The year's re-check, by a test key whose clock is moved."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from api.schedule import service as schedule
from api.service import Service
from tests.api.conftest import Api, selfie


@pytest.fixture
def api(make_api: Any, request: pytest.FixtureRequest) -> Api:
    caller: Api = make_api("admin", account=request.node.name[:90], test=True)
    return caller


def advance(api: Api, days: int) -> None:
    api.post("/v1/test/clock/advance", {"days": days})


def verified(api: Api, reference: str, **fields: Any) -> str:
    seller = api.seller(reference, **fields)
    verification = api.verification(seller)
    view = api.post(f"/v1/test/verifications/{verification}/simulate", {"scenario": "verified"})
    assert view["state"] == "verified"
    return seller


def status(api: Api, seller: str) -> str:
    return str(api.get(f"/v1/sellers/{seller}")["status"])


def open_annual(api: Api, seller: str) -> dict[str, Any]:
    page = api.get("/v1/verifications", params={"seller_id": seller, "state": "requires_input"})
    (found,) = page["data"]
    assert found["kind"] == "annual"
    return dict(found)


def test_a_year_in_the_life_of_a_seller_who_does_nothing(api: Api) -> None:
    """Reminded, due, lapsed, each on its day: a marketplace answers for every one of them."""
    seller = verified(api, "idle")
    advance(api, 334)
    assert api.events(seller)[-1] == "seller.verified", "nothing happens before the 30th day"
    advance(api, 1)
    assert api.events(seller)[-2:] == ["verification.created", "seller.reverification_reminder"]
    advance(api, 29)
    assert api.events(seller).count("seller.reverification_reminder") == 3
    assert status(api, seller) == "verified"
    advance(api, 1)
    assert status(api, seller) == "reverification_due"
    advance(api, 13)
    assert status(api, seller) == "reverification_due"
    advance(api, 1)
    assert status(api, seller) == "lapsed"
    assert "verification.expired" in api.events(seller)


def until(api: Api, seller: str) -> datetime:
    return datetime.fromisoformat(api.get(f"/v1/sellers/{seller}")["verified_until"])


def test_a_seller_who_becomes_risky_is_checked_sooner(api: Api) -> None:
    """Chargebacks in March must not wait for a re-check in December; nor is anybody due without the usual notice."""
    early, late = verified(api, "risky-early"), verified(api, "risky-late")
    first = until(api, early)
    raised = {"risk": "high", "reason": "chargebacks"}
    assert api.post(f"/v1/sellers/{early}/risk", raised)["risk"] == "high"
    assert until(api, early) == first - timedelta(days=185), "policy lets it hold 180 days"
    advance(api, 300)
    assert status(api, early) == "lapsed"
    api.post(f"/v1/sellers/{late}/risk", raised)
    assert (until(api, late) - first).days == 330 - 365, "due in 30 days, not 120 days ago"
    advance(api, 1)
    assert open_annual(api, late)
    trail = api.get("/v1/audit-entries", params={"subject": late})
    (entry,) = [entry for entry in trail if entry["action"] == "seller.risk_changed"]
    assert entry["detail"] == raised | {"previous_risk": "normal"}


def test_a_seller_who_becomes_harmless_keeps_the_day_until_the_next_check(api: Api) -> None:
    """A verification made for a short term proves no more than that."""
    seller = verified(api, "harmless", risk="high")
    first = until(api, seller)
    api.post(f"/v1/sellers/{seller}/risk", {"risk": "normal", "reason": "good_history"})
    assert until(api, seller) == first


def test_the_trail_tells_who_opened_the_annual_verification(api: Api) -> None:
    """Without its entry an auditor can't tell a re-check that the schedule asked for from one of an employee's making."""
    seller = verified(api, "audited")
    advance(api, 335)
    annual = open_annual(api, seller)
    (entry,) = api.get("/v1/audit-entries", params={"subject": annual["id"]})
    assert (entry["action"], entry["actor"]) == ("verification.created", "schedule")
    assert entry["detail"]["kind"] == "annual"


def test_a_seller_who_is_verified_in_time_goes_on_for_a_year(api: Api) -> None:
    """A good seller must not lose a day for being early or late within the grace period."""
    seller = verified(api, "diligent")
    for year in range(1, 4):
        advance(api, 340)
        annual = open_annual(api, seller)
        api.post(f"/v1/test/verifications/{annual['id']}/simulate", {"scenario": "verified"})
        view = api.get(f"/v1/sellers/{seller}")
        assert view["status"] == "verified", f"year {year}"
        decided = api.get(f"/v1/verifications/{annual['id']}")["decided_at"]
        until = datetime.fromisoformat(view["verified_until"])
        assert until - datetime.fromisoformat(decided) == timedelta(days=365)
    assert "seller.lapsed" not in api.events(seller)


def test_lapsed_is_not_for_ever(api: Api) -> None:
    """A seller who comes back after the summer is verified again like anyone."""
    seller = verified(api, "late")
    advance(api, 400)
    assert status(api, seller) == "lapsed"
    verification = api.verification(seller)
    api.post(f"/v1/test/verifications/{verification}/simulate", {"scenario": "verified"})
    assert status(api, seller) == "verified"


def test_risky_sellers_are_due_in_half_a_year(api: Api) -> None:
    """Some rules ask for every six months; policy says for whom."""
    seller = verified(api, "risky", risk="high")
    advance(api, 181)
    assert status(api, seller) == "reverification_due"


def test_downtime_is_caught_up_in_order_and_nothing_twice(api: Api, service: Service) -> None:
    """A sweep after two years off does what was missed once, in order; a second one does nothing."""
    seller = verified(api, "downtime")
    advance(api, 730)
    told = [event for event in api.events(seller) if event.startswith("seller.")]
    assert told[-5:] == [
        "seller.reverification_reminder",
        "seller.reverification_reminder",
        "seller.reverification_reminder",
        "seller.reverification_due",
        "seller.lapsed",
    ]
    before = api.events(seller)
    assert schedule.sweep(service) == 0
    assert api.events(seller) == before


def test_an_annual_check_that_fails_suspends(api: Api) -> None:
    """Another face a year later means that the store changed hands."""
    seller = verified(api, "sold")
    advance(api, 340)
    annual = open_annual(api, seller)
    api.post(f"/v1/test/verifications/{annual['id']}/simulate", {"scenario": "face_mismatch"})
    assert status(api, seller) == "suspended"


def test_the_annual_check_needs_only_fresh_photos(make_api: Any, work: Any) -> None:
    """Where nothing changed, the seller shows face and pose; the card is the one on file."""
    api = make_api("admin", account="prefill", test=True)
    seller = api.seller("prefilled")
    api.submitted(seller, selfie())
    work()
    advance(api, 340)
    for year in (1, 2, 3):
        annual = open_annual(api, seller)
        files = {"selfie": ("s.jpg", selfie())}
        api.post(f"/v1/verifications/{annual['id']}/captures", status=201, files=files)
        api.post(f"/v1/verifications/{annual['id']}/submit", status=202)
        work()
        assert api.state(annual["id"]) == "verified", f"year {year}: the card of the first year is on file"
        advance(api, 340)


def test_a_card_that_ran_out_on_file_is_asked_for_anew(make_api: Any, work: Any) -> None:
    """An honest seller whose card was renewed in between must not be suspended for the old one."""
    api = make_api("admin", account="renewed card", test=True)
    seller = api.seller("renewed")
    api.submitted(seller, selfie())
    work()
    advance(api, 340)
    annual = f"/v1/verifications/{open_annual(api, seller)['id']}"
    reason = {"code": "document_expired", "message": "past its day", "check": "document", "effect": "decline"}
    expired = ("s.jpg", selfie("declined", reasons=[reason]))
    api.post(f"{annual}/captures", status=201, files={"selfie": expired})
    api.post(f"{annual}/submit", status=202)
    work()
    view = api.get(annual)
    assert (view["state"], view["last_error"]["messages"]) == ("requires_input", ["past its day"])
    assert status(api, seller) == "verified"
    api.post(f"{annual}/captures", status=201, files={"selfie": expired, "card_portrait": ("c", b"old too")})
    api.post(f"{annual}/submit", status=202)
    work()
    assert (api.get(annual)["state"], status(api, seller)) == ("declined", "suspended")


def test_an_abandoned_verification_expires(api: Api) -> None:
    """Half-finished onboardings must not keep people's photos for ever."""
    verification = api.verification(api.seller("abandoned"))
    advance(api, 13)
    assert api.state(verification) == "requires_input"
    advance(api, 1)
    assert api.state(verification) == "expired"


def test_who_was_verified_without_face_recognition_is_not_asked_for_it_a_year_later(api: Api) -> None:
    """The law gives people that choice; a schedule that forgets it breaks the law for all of them at once."""
    seller = api.seller("by-call")
    verification = api.verification(seller, method="agent")
    api.post(f"/v1/test/verifications/{verification}/simulate", {"scenario": "verified"})
    advance(api, 335)
    assert open_annual(api, seller)["method"] == "agent"


def test_a_banned_seller_is_not_asked_back(api: Api) -> None:
    """Nobody wants to invite a cheat to its re-check."""
    seller = verified(api, "banned")
    api.post(f"/v1/sellers/{seller}/ban", {"reason": "fraud"})
    before = api.events(seller)
    advance(api, 400)
    assert (api.events(seller), status(api, seller)) == (before, "banned")


def test_live_time_cannot_be_moved(make_api: Any) -> None:
    """A leaked live key must not age a whole marketplace."""
    live = make_api("admin", account="live-clock")
    assert live.post("/v1/test/clock/advance", {"days": 1}, 403)["code"] == "test_mode_only"
