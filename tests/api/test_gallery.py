"""The same person, card or licence again: what the original fraud looked like, one test for each kind."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from api.service import Service
from api.verifications.tasks import run
from tests.api.conftest import Api, scripted, selfie

CARD = {"id_number": "11010519491231002X"}
OTHER_CARD = {"id_number": "440524188001010014"}


def verified(api: Api, work: Any, reference: str, **script: Any) -> str:
    seller = api.seller(reference)
    api.submitted(seller, selfie(**script))
    work()
    return seller


def outcome(api: Api, work: Any, reference: str, **script: Any) -> tuple[str, list[str]]:
    seller = api.seller(reference)
    verification = api.submitted(seller, selfie(**script))
    work()
    view = api.get(f"/v1/verifications/{verification}")
    return view["state"], [reason["code"] for reason in view["reasons"]]


@pytest.fixture
def api(make_api: Any, request: pytest.FixtureRequest) -> Api:
    """Each test has an account of its own, so that galleries don't mix."""
    caller: Api = make_api("admin", account=request.node.name[:90])
    return caller


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ({"face": 1, "documents": CARD}, "same_person_other_store"),
        ({"face": 2, "documents": CARD}, "borrowed_card"),
        ({"face": 1, "documents": OTHER_CARD}, "lent_face"),
    ],
)
def test_a_second_store_is_seen(api: Api, work: Any, script: dict[str, Any], code: str) -> None:
    """Twenty stores on borrowed cards are the fraud that this service is for."""
    first = verified(api, work, "first", face=1, documents=CARD)
    assert api.get(f"/v1/sellers/{first}")["status"] == "verified"
    assert outcome(api, work, "second", **script) == ("in_review", [code])


def test_strangers_are_no_duplicates(api: Api, work: Any) -> None:
    """An honest seller must not be held up because others exist."""
    verified(api, work, "first", face=1, documents=CARD)
    assert outcome(api, work, "second", face=2, documents=OTHER_CARD) == ("verified", [])


def test_a_banned_person_comes_back(api: Api, work: Any) -> None:
    """A ban that a new card gets around is none; and redaction must not lift it."""
    seller = verified(api, work, "first", face=5, documents=CARD)
    api.post(f"/v1/sellers/{seller}/ban", {"reason": "counterfeits"})
    api.post(f"/v1/sellers/{seller}/redact")
    back = api.seller("back")
    verification = api.submitted(back, selfie(face=5, documents=OTHER_CARD))
    work()
    view = api.get(f"/v1/verifications/{verification}")
    assert (view["state"], view["reasons"][0]["code"]) == ("declined", "banned_person")
    assert api.get(f"/v1/sellers/{back}")["status"] == "suspended"


def test_a_licence_used_twice_is_seen(api: Api, work: Any) -> None:
    """A business licence circulates as easily as a card."""
    licence = {"registration_number": "91350100M000100Y43"}
    first = api.seller("first", kind="enterprise")
    api.submitted(first, selfie(documents=licence))
    work()
    second = api.seller("second", kind="enterprise")
    verification = api.submitted(second, selfie(documents=licence))
    work()
    codes = [r["code"] for r in api.get(f"/v1/verifications/{verification}")["reasons"]]
    assert codes == ["same_licence_other_store"]


def test_the_other_marketplace_sees_nothing(api: Api, make_api: Any, work: Any) -> None:
    """One customer's sellers are no business of another's."""
    verified(api, work, "first", face=9, documents=CARD)
    other = make_api("admin", account="elsewhere")
    assert outcome(other, work, "second", face=9, documents=CARD) == ("verified", [])


def test_two_at_the_same_moment_cannot_both_pass(api: Api, service: Service) -> None:
    """A pair of stores opened in one second would otherwise slip through together."""
    verifications = [
        api.submitted(api.seller(f"twin-{number}"), selfie(face=3, documents=CARD)) for number in range(4)
    ]
    threads = [
        threading.Thread(target=run, args=(service, scripted, verification, 1))
        for verification in verifications
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = sorted(api.state(verification) for verification in verifications)
    assert states == ["in_review", "in_review", "in_review", "verified"]


def test_redaction_forgets_the_face(api: Api, work: Any) -> None:
    """A seller who left must not be recognised for ever."""
    seller = verified(api, work, "first", face=4, documents=CARD)
    api.post(f"/v1/sellers/{seller}/redact")
    assert outcome(api, work, "second", face=4, documents=CARD) == ("verified", [])
