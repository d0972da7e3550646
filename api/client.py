"""The service from Python: every method is one request, every answer is typed.

    with Client("https://verifier.example.com", key) as verifier:
        seller = verifier.create_seller("store-4711")
        verification = verifier.create_verification(seller.id)
        verifier.upload(verification.id, card_portrait=Path("card.jpg"), selfie=Path("me.jpg"))
        verifier.submit(verification.id)

A request that may not have arrived is sent again, POSTs with the same Idempotency-Key, so nothing is done twice.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter

from api.checks.schemas import CheckReport
from api.paging import Page
from api.sellers.schemas import ExecutiveView, SellerView, Standing
from api.signals.schemas import SignalView
from api.verifications.schemas import CaptureView, Submitted, VerificationView
from api.webhooks.schemas import EndpointView, EndpointWithSecret, EventView

TRIES = 5
WAIT_SECONDS = 0.5
"""Before the second try; each further one waits twice as long, or as long as the service asks for."""
LONGEST_WAIT_SECONDS = 60.0

Model = TypeVar("Model", bound=BaseModel)
Photo = bytes | Path


class ApiError(Exception):
    """The service refused: its status, stable code, sentence and request id; `errors` names the wrong parts."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        wrong = [f"{part.get('pointer')}: {part.get('detail')}" for part in problem.get("errors") or ()]
        super().__init__("; ".join([f"{problem.get('code')}: {problem.get('detail')}", *wrong]))
        self.status = status
        self.code = str(problem.get("code"))
        self.detail = str(problem.get("detail"))
        self.request_id = problem.get("request_id")
        self.errors: list[dict[str, Any]] = list(problem.get("errors") or ())


class Client:
    """Calls one service with one key. Safe to share between threads."""

    def __init__(self, url: str, key: str, *, timeout: float = 60, http: httpx.Client | None = None) -> None:
        """`http` replaces the connection: for proxies, certificates of one's own, tests."""
        self._http = http or httpx.Client(timeout=timeout)
        self._url, self._headers = url.rstrip("/"), {"Authorization": f"Bearer {key}"}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. The client can't be used afterwards."""
        self._http.close()

    def create_seller(
        self,
        reference: str,
        *,
        kind: str = "individual",
        risk: str = "normal",
        metadata: Mapping[str, str] | None = None,
    ) -> SellerView:
        """Register a seller under the marketplace's own reference."""
        body = {"reference": reference, "kind": kind, "risk": risk, "metadata": dict(metadata or {})}
        return self._one(SellerView, "POST", "/v1/sellers", json=body)

    def seller(self, seller_id: str) -> SellerView:
        """One seller. Raises ApiError 404."""
        return self._one(SellerView, "GET", f"/v1/sellers/{seller_id}")

    def sellers(self, *, reference: str | None = None, status: str | None = None) -> Iterator[SellerView]:
        """All sellers, newest first, page by page."""
        return self._all(SellerView, "/v1/sellers", reference=reference, status=status)

    def add_executive(self, seller_id: str, role: str) -> ExecutiveView:
        """Name a person behind an enterprise, to be verified as a person."""
        return self._one(ExecutiveView, "POST", f"/v1/sellers/{seller_id}/executives", json={"role": role})

    def record_consent(self, seller_id: str, text_version: str) -> None:
        """The seller agreed to face recognition, by the version of the text shown."""
        self._call("POST", f"/v1/sellers/{seller_id}/consents", json={"text_version": text_version})

    def suspend(self, seller_id: str, reason: str) -> SellerView:
        """Suspend the seller until someone reinstates it."""
        return self._judged(seller_id, "suspend", reason)

    def ban(self, seller_id: str, reason: str) -> SellerView:
        """Ban the person: a return is recognised."""
        return self._judged(seller_id, "ban", reason)

    def reinstate(self, seller_id: str, reason: str) -> SellerView:
        """Lift a suspension or a ban."""
        return self._judged(seller_id, "reinstate", reason)

    def standing(self, seller_id: str) -> Standing:
        """The identity component of the seller's rating."""
        return self._one(Standing, "GET", f"/v1/sellers/{seller_id}/standing")

    def assess(self, seller_id: str, risk: str, reason: str) -> SellerView:
        """Say how risky the seller is from now on: low, normal or high."""
        body = {"risk": risk, "reason": reason}
        return self._one(SellerView, "POST", f"/v1/sellers/{seller_id}/risk", json=body)

    def add_signal(
        self, seller_id: str, signal_type: str, severity: str, detail: Mapping[str, str] | None = None
    ) -> SignalView:
        """Report suspicious behaviour."""
        body = {"type": signal_type, "severity": severity, "detail": dict(detail or {})}
        return self._one(SignalView, "POST", f"/v1/sellers/{seller_id}/signals", json=body)

    def redact_seller(self, seller_id: str) -> SellerView:
        """Destroy what is held on the seller, for good."""
        return self._one(SellerView, "POST", f"/v1/sellers/{seller_id}/redact")

    def create_verification(self, seller_id: str, **wishes: Any) -> VerificationView:
        """Open a verification; `wishes` are the fields of api.verifications.schemas.NewVerification."""
        body = {"seller_id": seller_id, **wishes}
        return self._one(VerificationView, "POST", "/v1/verifications", json=body)

    def verification(self, verification_id: str) -> VerificationView:
        """One verification. Raises ApiError 404."""
        return self._one(VerificationView, "GET", f"/v1/verifications/{verification_id}")

    def verifications(
        self, *, seller_id: str | None = None, state: str | None = None
    ) -> Iterator[VerificationView]:
        """All verifications, newest first, page by page."""
        return self._all(VerificationView, "/v1/verifications", seller_id=seller_id, state=state)

    def upload(self, verification_id: str, **captures: Photo) -> list[CaptureView]:
        """Upload captures by kind: card_portrait, card_emblem, licence, selfie, pose."""
        path = f"/v1/verifications/{verification_id}/captures"
        answer = self._call("POST", path, files=_files(captures))
        return TypeAdapter(list[CaptureView]).validate_json(answer.content)

    def capture_link(self, verification_id: str, hours: int = 48) -> str:
        """The address of a page on which the seller takes the photos; it is shown this once."""
        path = f"/v1/verifications/{verification_id}/capture-links"
        return str(self._call("POST", path, json={"hours": hours}).json()["url"])

    def submit(self, verification_id: str) -> Submitted:
        """Hand the captures in."""
        return self._one(Submitted, "POST", f"/v1/verifications/{verification_id}/submit")

    def renew_challenge(self, verification_id: str) -> VerificationView:
        """Have another challenge drawn."""
        return self._one(VerificationView, "POST", f"/v1/verifications/{verification_id}/challenge")

    def cancel(self, verification_id: str) -> VerificationView:
        """End a verification that is not decided. Raises ApiError 404, 409."""
        return self._one(VerificationView, "POST", f"/v1/verifications/{verification_id}/cancel")

    def report(self, verification_id: str, purpose: str = "review") -> dict[str, Any]:
        """The whole report; who looked, and why, is recorded."""
        path = f"/v1/verifications/{verification_id}/report"
        return dict(self._call("GET", path, params={"purpose": purpose}).json())

    def decide(
        self, verification_id: str, decision: str, reasons: Sequence[str], **more: Any
    ) -> VerificationView:
        """Decide a case; `more` are message, note and corrections of api.verifications.schemas.NewDecision."""
        body = {"decision": decision, "reasons": list(reasons), **more}
        return self._one(
            VerificationView, "POST", f"/v1/verifications/{verification_id}/decisions", json=body
        )

    def check(self, *, challenge: str = "newspaper", **captures: Photo) -> CheckReport:
        """One shot: photos in, a report out, nothing kept."""
        form = {"challenge": challenge}
        return self._one(CheckReport, "POST", "/v1/checks", files=_files(captures), data=form)

    def events(self, *, seller_id: str | None = None, event_type: str | None = None) -> Iterator[EventView]:
        """Events of the last 30 days, newest first, page by page."""
        return self._all(EventView, "/v1/events", seller_id=seller_id, type=event_type)

    def create_webhook_endpoint(self, url: str, event_types: Sequence[str] = ()) -> EndpointWithSecret:
        """Have events posted to an address; without types, all. The secret is shown this once."""
        body = {"url": url, "event_types": list(event_types)}
        return self._one(EndpointWithSecret, "POST", "/v1/webhook-endpoints", json=body)

    def webhook_endpoints(self) -> Iterator[EndpointView]:
        """Every webhook endpoint, page by page."""
        return self._all(EndpointView, "/v1/webhook-endpoints")

    def _judged(self, seller_id: str, judgement: str, reason: str) -> SellerView:
        body = {"reason": reason}
        return self._one(SellerView, "POST", f"/v1/sellers/{seller_id}/{judgement}", json=body)

    def _one(self, model: type[Model], method: str, path: str, **content: Any) -> Model:
        return model.model_validate_json(self._call(method, path, **content).content)

    def _all(self, model: type[Model], path: str, **filters: str | None) -> Iterator[Model]:
        asked: dict[str, Any] = {name: value for name, value in filters.items() if value is not None}
        while True:
            answer = self._call("GET", path, params={**asked, "limit": 100})
            page: Page[Any] = TypeAdapter(Page[model]).validate_json(answer.content)  # type: ignore[valid-type]
            yield from page.data
            if not page.has_more:
                return
            asked["starting_after"] = page.data[-1].id

    def _call(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Send until it is answered. Raises ApiError, or the last httpx.TransportError."""
        headers = {**self._headers, **({"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {})}
        wait = WAIT_SECONDS
        for tries_left in reversed(range(TRIES)):
            try:
                answer = self._http.request(method, self._url + path, headers=headers, **content)
            except httpx.TransportError:
                if not tries_left:
                    raise
            else:
                if answer.status_code < 400:
                    return answer
                error = ApiError(answer.status_code, _problem(answer))
                if not tries_left or not _may_pass(error):
                    raise error
                asked = answer.headers.get("retry-after", "")
                wait = max(wait, float(asked)) if asked.isdigit() else wait
            time.sleep(min(wait, LONGEST_WAIT_SECONDS))
            wait *= 2
        raise AssertionError("the last try returns or raises")


def _may_pass(error: ApiError) -> bool:
    return error.status in (429, 502, 503, 504) or error.code == "idempotency_in_progress"


def _problem(answer: httpx.Response) -> Mapping[str, Any]:
    """The problem document, or what stands for one where a proxy answered."""
    try:
        found = answer.json()
    except ValueError:
        found = None
    return (
        found
        if isinstance(found, dict)
        else {"code": f"http_{answer.status_code}", "detail": "no problem document"}
    )


def _files(captures: Mapping[str, Photo]) -> dict[str, tuple[str, bytes]]:
    return {
        kind: (kind, photo.read_bytes() if isinstance(photo, Path) else photo)
        for kind, photo in captures.items()
    }
