"""`python -m benchmarks console`: a marketplace of test data behind a running service, to look at the pages.

Portraits are official, public-domain photographs of two presidents; cards and newspapers come from the generators.
Everything lives on the test side of its own account.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import pyotp
import typer
from rich.console import Console
from sqlalchemy import select

from api import vision
from api.capture import service as capture
from api.console import agents
from api.console.agents import NewAgent
from api.keys.service import Caller, account_named, side_of
from api.sellers import service as sellers
from api.service import Service, open_service
from api.settings import Settings, current_settings
from api.verifications import service as verifications
from api.verifications import tasks
from api.verifications.tables import Verification
from api.vision import Verify
from benchmarks.demo import HOLDER, face_box, samples_folder
from benchmarks.generators.cards import render_card_emblem, render_card_portrait
from benchmarks.generators.drawing import Pixels
from benchmarks.generators.people import CardData
from benchmarks.generators.photography import photograph
from benchmarks.generators.poses import render_newspaper_pose
from models.manifest import models_folder
from verifier.image import load

ACCOUNT = "demo-marketplace"
SCENARIOS = (
    "verified",
    "review_face_borderline",
    "document_photocopy",
    "document_recaptured",
    "attack",
    "duplicate_face",
    "document_expired",
    "face_mismatch",
    "banned_person",
    "retake_blurred",
)
DECLARED = {"name": HOLDER.name, "id_number": HOLDER.id_number, "address": "南京市玄武区北京东路41号"}
RISKS = ("normal", "low", "normal", "high")

console = Console()


class Marketplace:
    """Registers sellers on the test side and verifies them at once."""

    def __init__(self, service: Service, verify: Verify, account: str = ACCOUNT) -> None:
        self.service, self.verify = service, verify
        with service.database.transaction() as session:
            self.caller = Caller(
                side_of(account_named(session, account), livemode=False), "key_seed", "admin"
            )

    def open(
        self,
        reference: str,
        risk: str = "normal",
        scenario: str | None = None,
        asked: str = "newspaper",
        declared: dict[str, str] | None = None,
    ) -> str:
        """A seller with an open verification; its id."""
        with self.service.database.transaction() as session:
            seller = sellers.create(
                self.service,
                session,
                self.caller,
                reference=reference,
                kind="individual",
                risk=risk,
                details={},
            )
            made = verifications.create(
                self.service,
                session,
                self.caller.side,
                self.caller.actor,
                seller,
                kind="onboarding",
                challenge=asked,
                declared=declared,
                scenario=scenario,
            )
            return made.id

    def submit(self, verification_id: str, captures: Mapping[str, bytes]) -> str:
        """Hand captures in and verify them; the state that follows."""
        with self.service.database.transaction() as session:
            if captures:
                verifications.add_captures(self.service, session, self.caller, verification_id, captures)
            attempt = verifications.submit(self.service, session, self.caller, verification_id).attempt
        tasks.run(self.service, self.verify, verification_id, attempt)
        with self.service.database.transaction() as session:
            return verifications.find(session, self.caller.side, verification_id).state


@dataclass(frozen=True)
class Photos:
    """Encoded captures of two people, by which the marketplace's cases are composed."""

    card: bytes
    emblem: bytes
    other_card: bytes
    other_emblem: bytes
    selfie: bytes
    selfie_again: bytes
    stranger: bytes
    pose: bytes
    pose_again: bytes
    old_pose: bytes
    stranger_pose: bytes

    def of_holder(self, **changed: bytes) -> dict[str, bytes]:
        """What the card's holder would send, but for what is changed."""
        captures = {
            "card_portrait": self.card, "card_emblem": self.emblem, "selfie": self.selfie, "pose": self.pose
        }  # fmt: skip
        return {**captures, **changed}


def compose(today: date) -> Photos:
    """Cards and poses around public-domain portraits, for that day."""
    rng = np.random.default_rng(20)
    samples = samples_folder()
    obama, speaking, standing, biden = (
        load(samples / f"{name}.jpg").pixels for name in ("obama", "obama2", "obama3", "biden")
    )
    other = replace(HOLDER, name="白登", id_number="320102194211200038", birth_date=date(1942, 11, 20))
    return Photos(
        card=_card(HOLDER, obama, rng),
        emblem=_emblem(HOLDER, rng),
        other_card=_card(other, obama, rng),
        other_emblem=_emblem(other, rng),
        selfie=(samples / "obama3.jpg").read_bytes(),
        selfie_again=(samples / "obama2.jpg").read_bytes(),
        stranger=(samples / "biden.jpg").read_bytes(),
        pose=_pose(speaking, today, rng),
        pose_again=_pose(standing, today, rng),
        old_pose=_pose(speaking, today - timedelta(days=7), rng),
        stranger_pose=_pose(biden, today, rng),
    )


def populate(market: Marketplace, photos: Photos) -> dict[str, int]:
    """About thirty sellers: some with real photos through the real vision core, the rest by scenario."""
    cases = {
        "first-store": photos.of_holder(),
        "second-store": photos.of_holder(selfie=photos.selfie_again, pose=photos.pose_again),
        "lent-face": photos.of_holder(card_portrait=photos.other_card, card_emblem=photos.other_emblem),
        "borrowed-card": photos.of_holder(selfie=photos.stranger, pose=photos.stranger_pose),
        "old-newspaper": photos.of_holder(pose=photos.old_pose),
        "no-pose": {k: v for k, v in photos.of_holder().items() if k != "pose"},
    }
    states: dict[str, int] = {}
    for number, (reference, captures) in enumerate(cases.items()):
        opened = market.open(f"store-{reference}", RISKS[number % 3], declared=DECLARED)
        state = market.submit(opened, captures)
        states[state] = states.get(state, 0) + 1
    for number in range(24):
        scenario, risk = SCENARIOS[number % len(SCENARIOS)], RISKS[number % len(RISKS)]
        state = market.submit(market.open(f"store-{4700 + number}", risk, scenario), {})
        states[state] = states.get(state, 0) + 1
    spread_out(market)
    return states


def spread_out(market: Marketplace) -> None:
    """Move the cases back over the last weeks, and give those without photos scores, so that figures have shapes."""
    rng = np.random.default_rng(21)
    with market.service.database.transaction() as session:
        made = session.scalars(select(Verification).order_by(Verification.created_at)).all()
        versions = next((v.summary["model_versions"] for v in made if _real(v)), {})
        for number, verification in enumerate(made):
            waits = verification.state == "in_review"
            age = timedelta(hours=number * 2 % 33 if waits else number * 23 % (28 * 24))
            for column in ("submitted_at", "decided_at"):
                at = getattr(verification, column)
                setattr(verification, column, at - age if at else None)
            if waits and verification.review:
                opened = datetime.fromisoformat(verification.review["opened_at"]) - age
                verification.review = {**verification.review, "opened_at": opened.isoformat()}
            if verification.summary and not _real(verification):
                made_up = {"scores": _scores(verification, rng), "model_versions": versions}
                verification.summary = {**verification.summary, **made_up}


def _real(verification: Verification) -> bool:
    return bool((verification.summary or {}).get("scores", {}).get("similarity"))


def _scores(verification: Verification, rng: np.random.Generator) -> dict[str, float]:
    """What such a case may score."""
    reasons = {reason["code"] for reason in (verification.summary or {})["reasons"]}
    unsure, attacked = (
        bool(reasons & {"face_match_uncertain", "face_mismatch"}),
        "attack_suspected" in reasons,
    )
    similarity = float(np.clip(rng.normal(0.3 if unsure else 0.6, 0.08), 0, 1))
    return {
        "similarity": similarity,
        "false_match_rate": float(10 ** (-5.5 * similarity)),
        "attack_selfie": float(np.clip(rng.normal(0.8 if attacked else 0.15, 0.1), 0, 1)),
    }


def _card(person: CardData, portrait: Pixels, rng: np.random.Generator) -> bytes:
    card = render_card_portrait(person, portrait, rng, face_box(portrait))
    return _encoded(photograph(card, "easy", rng, (1600, 1200))[0])


def _emblem(person: CardData, rng: np.random.Generator) -> bytes:
    return _encoded(photograph(render_card_emblem(person, rng), "easy", rng, (1600, 1200))[0])


def _pose(portrait: Pixels, day: date, rng: np.random.Generator) -> bytes:
    return _encoded(render_newspaper_pose(portrait, day, rng, face_box(portrait), "easy", "zh"))


def _encoded(pixels: Pixels) -> bytes:
    written, data = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92]
    )
    assert written
    return data.tobytes()


def run(port: Annotated[int, typer.Option(help="port to listen on")] = 8000) -> None:
    """Serve a marketplace of test data: console and capture pages to look at. Ctrl-C ends and removes it."""
    home = Path(tempfile.mkdtemp(prefix="seller-verifier-console-"))
    os.environ["VERIFIER_HOME"] = str(home)
    os.environ.setdefault("VERIFIER_MODELS", str(models_folder()))
    os.environ.pop("DATABASE_URL", None)
    os.environ["VERIFIER_LOG_LEVEL"] = "warning"
    current_settings.cache_clear()
    try:
        _serve(current_settings(), port)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    console.print("stopped; the test data is removed")


def _serve(settings: Settings, port: int) -> None:
    from api.serve import serve

    service = open_service(settings)
    try:
        with console.status("composing photos and verifying about thirty sellers"):
            market = Marketplace(service, vision.core(settings.policy))
            states = populate(market, compose(date.today()))
        with service.database.transaction() as session:
            agent = agents.create(service, session, "demo", "supervisor", test=True, account=ACCOUNT)
        console.print(f"TEST DATA: {', '.join(f'{n} {state}' for state, n in sorted(states.items()))}")
        _announce(agent, _capture_token(service, market), f"http://127.0.0.1:{port}")
        serve("127.0.0.1", port)
    finally:
        service.close()


def _capture_token(service: Service, market: Marketplace) -> str:
    verification = market.open("store-to-capture")
    with service.database.transaction() as session:
        return capture.create(session, market.caller, verification, hours=24)[1]


def _announce(agent: NewAgent, token: str, base: str) -> None:
    code = pyotp.TOTP(agent.totp_secret)
    left = 30 - int(datetime.now().timestamp()) % 30
    console.print(f"console      {base}/console", highlight=False)
    console.print(f"login        demo    password  {agent.password}", highlight=False)
    console.print(f"code         {code.now()}  (for {left} s; secret {agent.totp_secret})", highlight=False)
    console.print(f"capture      {base}/capture/{token}", highlight=False)
    console.print("Ctrl-C stops.")
