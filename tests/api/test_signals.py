"""Suspicious behaviour leads to another verification or a suspension, as the rules say."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from api.policy import SignalRule
from api.service import Service
from tests.api.conftest import Api, selfie


def signal(api: Api, seller: str, kind: str, severity: str) -> dict[str, Any]:
    body = {"type": kind, "severity": severity, "detail": {"note": "seen by the payments team"}}
    return dict(api.post(f"/v1/sellers/{seller}/signals", body, 201))


def verified(api: Api, work: Any, reference: str, **script: Any) -> str:
    seller = api.seller(reference)
    api.submitted(seller, selfie(**script))
    work()
    return seller


def test_two_changes_in_a_week_ask_for_another_verification(api: Api, work: Any) -> None:
    """A stolen account changes device and bank within days; its owner does so rarely."""
    seller = verified(api, work, "signal-1")
    assert signal(api, seller, "device_changed", "medium")["led_to"] is None
    second = signal(api, seller, "payout_account_changed", "medium")
    triggered = api.get(f"/v1/verifications/{second['led_to']}")
    assert (triggered["kind"], triggered["state"]) == ("triggered", "requires_input")
    assert signal(api, seller, "device_changed", "medium")["led_to"] is None, "counted signals are spent"


def test_a_rule_says_which_verification_it_triggers(
    api: Api, work: Any, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stolen phone is asked for more than another newspaper: a code that nobody can prepare, or a call."""
    seller, called = verified(api, work, "signal-code"), verified(api, work, "signal-call")
    rule = {"types": ["phone_lost"], "at_least": "low", "count": 1, "within_days": 1, "then": "verify"}
    for about, wish in ((seller, {"challenge": "code"}), (called, {"method": "agent"})):
        rules = (SignalRule.model_validate({**rule, **wish}),)
        monkeypatch.setattr(service, "policy", service.policy.model_copy(update={"signals": rules}))
        made = api.get(f"/v1/verifications/{signal(api, about, 'phone_lost', 'low')['led_to']}")
        assert (made["kind"], made["method"]) == ("triggered", wish.get("method", "face"))
        assert made["challenge"].startswith(wish.get("challenge", "newspaper"))


def test_the_people_behind_an_enterprise_are_verified_again_too(api: Api, work: Any) -> None:
    """Who took an enterprise's account over has its licence on file already; its representative's face it has not."""
    seller = api.seller("signal-firm", kind="enterprise")
    known, other = (
        api.post(f"/v1/sellers/{seller}/executives", {"role": role}, 201)["id"]
        for role in ("legal_representative", "major_shareholder")
    )
    api.submitted(seller, selfie(), document="licence")
    api.submitted(seller, selfie(), executive_id=known)
    work()
    led_to = signal(api, seller, "account_takeover_reported", "high")["led_to"]
    page = api.get("/v1/verifications", params={"seller_id": seller, "state": "requires_input"})["data"]
    assert {(v["kind"], v["executive_id"]) for v in page} == {("triggered", None), ("triggered", known)}
    assert led_to == next(v["id"] for v in page if v["executive_id"] is None)
    assert other not in str(page), "who was never verified is not verified again"


def test_a_critical_signal_suspends_at_once(api: Api, work: Any) -> None:
    """When harm is under way, asking comes after stopping."""
    seller = verified(api, work, "signal-2")
    assert signal(api, seller, "anything", "critical")["led_to"] == "suspension"
    assert api.get(f"/v1/sellers/{seller}")["status"] == "suspended"
    api.post(f"/v1/sellers/{seller}/reinstate", {"reason": "false_alarm"})
    assert api.get(f"/v1/sellers/{seller}")["status"] == "verified"


def test_minor_signals_are_kept_and_do_nothing(api: Api, work: Any) -> None:
    """Not every hiccup may bother a seller."""
    seller = verified(api, work, "signal-3")
    for _ in range(5):
        assert signal(api, seller, "device_changed", "low")["led_to"] is None
    assert api.get(f"/v1/sellers/{seller}")["status"] == "verified"
    assert len(api.get(f"/v1/sellers/{seller}/signals")["data"]) == 5


def test_what_verifications_find_is_a_signal_too(api: Api, work: Any) -> None:
    """A card that ran out and a banned person's return must set rules off without anyone reporting them."""
    seller = verified(api, work, "signal-6")
    expired = {"code": "document_expired", "message": "past", "check": "document", "effect": "decline"}
    api.submitted(seller, selfie("declined", reasons=[expired]), kind="triggered")
    work()
    (card,) = api.get(f"/v1/sellers/{seller}/signals")["data"]
    assert (card["type"], card["source"]) == ("card_expired", "verification")
    assert api.get(f"/v1/verifications/{card['led_to']}")["kind"] == "triggered"
    banned, returned = api.seller("signal-7"), api.seller("signal-8")
    api.submitted(banned, selfie(face=6))
    work()
    api.post(f"/v1/sellers/{banned}/ban", {"reason": "fraud"})
    api.submitted(returned, selfie(face=6))
    work()
    (found,) = api.get(f"/v1/sellers/{returned}/signals")["data"]
    assert (found["type"], found["led_to"]) == ("banned_person_matched", "suspension")
    assert api.get(f"/v1/sellers/{returned}")["status"] == "suspended"


def holding_until(last_day: str, outcome: str = "verified") -> bytes:
    """A selfie whose check finds an ID card with this last day."""
    return selfie(outcome, document={"emblem": {"fields": {"valid_to": {"value": last_day}}}})


@pytest.mark.parametrize(("side", "field"), [("portrait", "valid_to"), ("portrait", "expiry_date")])
def test_other_documents_run_out_too(make_api: Any, work: Any, side: str, field: str) -> None:
    """A temporary ID card is good for three months, and a passport for what its zone says."""
    api = make_api("admin", account=f"run-out-{field}", test=True)
    seller, last_day = api.seller("other-document"), str(date.today() + timedelta(days=40))
    api.submitted(seller, selfie(document={side: {"fields": {field: {"value": last_day}}}}))
    work()
    api.post("/v1/test/clock/advance", {"days": 41})
    (card,) = api.get(f"/v1/sellers/{seller}/signals")["data"]
    assert card["type"] == "card_expired"


def test_a_card_that_runs_out_between_two_checks_is_asked_for_anew(make_api: Any, work: Any) -> None:
    """A card may run out the week after its check: a thief's copy of it must not be good for the rest of the year."""
    api = make_api("admin", account="cards-run-out", test=True)
    sellers = {}
    for name, last_day in {
        "soon": date.today() + timedelta(days=40),
        "renewed": date.today() + timedelta(days=40),
        "endless": "长期",
        "past": date.today() - timedelta(days=1),  # an agent took it all the same
        "banned": date.today() + timedelta(days=40),
    }.items():
        sellers[name] = api.seller(f"card-{name}")
        api.submitted(sellers[name], holding_until(str(last_day)))
    work()
    api.submitted(sellers["renewed"], holding_until("2090-01-01"), kind="triggered")
    work()
    api.post(f"/v1/sellers/{sellers['banned']}/ban", {"reason": "fraud"})
    api.post("/v1/test/clock/advance", {"days": 40})
    assert not any(api.get(f"/v1/sellers/{seller}/signals")["data"] for seller in sellers.values())
    for _ in range(2):
        api.post("/v1/test/clock/advance", {"days": 1})
    told = {name: api.get(f"/v1/sellers/{seller}/signals")["data"] for name, seller in sellers.items()}
    (card,) = told.pop("soon")
    assert (card["type"], card["source"]) == ("card_expired", "schedule")
    assert not any(told.values())
    asked = api.get(f"/v1/verifications/{card['led_to']}")
    assert (asked["kind"], asked["state"]) == ("triggered", "requires_input")


def test_a_corrected_last_day_counts(make_api: Any, work: Any) -> None:
    """A 2 that was read as a 7 must not let a card live for five years more."""
    api = make_api("admin", account="cards-corrected", test=True)
    seller = api.seller("card-corrected")
    verification = api.submitted(seller, holding_until("2077-01-01", "in_review"))
    work()
    last_day = str(date.today() + timedelta(days=40))
    said = {"document": "card_emblem", "field": "valid_to", "value": last_day}
    decision = {"decision": "verified", "reasons": ["looked_at"], "corrections": [said]}
    api.post(f"/v1/verifications/{verification}/decisions", decision)
    api.post("/v1/test/clock/advance", {"days": 41})
    (card,) = api.get(f"/v1/sellers/{seller}/signals")["data"]
    assert card["type"] == "card_expired"


def test_standing_explains_itself(api: Api, work: Any) -> None:
    """A marketplace's rating uses the number; a seller who asks is owed the reasons."""
    seller = verified(api, work, "signal-4")
    best = api.get(f"/v1/sellers/{seller}/standing")
    assert (best["score"], best["method"], best["days_since_verified"]) == (80, "machine", 0)
    signal(api, seller, "device_changed", "low")
    worse = api.get(f"/v1/sellers/{seller}/standing")
    assert worse["score"] == 75
    assert worse["explanation"][-1] == "-5: 1 signals in the last year"
    strong = api.get(f"/v1/sellers/{verified(api, work, 'strong-face', rate=2e-5)}/standing")
    assert (strong["score"], strong["face_false_match_rate"]) == (90, 2e-5)
    assert "+10: the face is the card's at a false match rate of 2e-05" in strong["explanation"]
    weak = api.get(f"/v1/sellers/{verified(api, work, 'weak-face', rate=0.02)}/standing")
    assert weak["score"] == 80, "an agent's eyes may have passed it; the face does not say so"
    unknown = api.get(f"/v1/sellers/{api.seller('signal-5')}/standing")
    api.post(f"/v1/sellers/{seller}/redact")
    assert api.get(f"/v1/sellers/{seller}/standing")["score"] == 0
    assert (unknown["score"], unknown["method"]) == (0, None)
