"""The states of a verification and the only ways between them."""

from __future__ import annotations

from typing import Literal, get_args

from api.problems import Problem

State = Literal["requires_input", "processing", "in_review", "verified", "declined", "canceled", "expired"]
Method = Literal["face", "agent"]
"""How it is decided: by the machine as far as it can, or without face recognition, by a person in a video call."""
STATES: tuple[State, ...] = get_args(State)

TRANSITIONS: dict[State, frozenset[State]] = {
    "requires_input": frozenset({"processing", "canceled", "expired", "declined"}),
    "processing": frozenset({"requires_input", "in_review", "verified", "declined", "canceled"}),
    # back to the machine: by an operator, of a case that the machine failed at
    "in_review": frozenset({"requires_input", "processing", "verified", "declined", "canceled"}),
    "verified": frozenset({"declined"}),  # reversed by a person, later
    "declined": frozenset(),
    "canceled": frozenset(),
    "expired": frozenset(),
}

OPEN: frozenset[State] = frozenset({"requires_input", "processing", "in_review"})
ENDED: frozenset[State] = frozenset(STATES) - OPEN


def check_transition(old: str, new: State) -> None:
    """Raises Problem 409 illegal_transition where no way leads from `old` to `new`."""
    if new not in TRANSITIONS[old]:  # type: ignore[index]
        raise Problem(409, "illegal_transition", f"a verification that is {old} can't become {new}")
