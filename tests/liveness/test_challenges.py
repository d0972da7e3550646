"""The library of poses and the code pose."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.challenges import ChallengeError, draw_challenge, parse_challenge, pose_of, poses
from liveness.pose import check_pose
from models.face_analysis import find_faces
from tests.liveness.scenes import held, person, sheet

CHALLENGES = st.one_of(
    st.just("newspaper"),
    st.just("card_beside_face"),
    st.from_regex(r"code:[0-9]{6}", fullmatch=True),
    st.from_regex(r"fingers:[1-5](:(left|right))?", fullmatch=True),
    st.from_regex(r"head_turn:(left|right|up)", fullmatch=True),
)


@given(CHALLENGES)
def test_a_challenge_reads_back(text: str) -> None:
    """What the service stores as text must be what is checked later."""
    assert str(parse_challenge(text)) == text


@pytest.mark.parametrize("text", ["", "code:12345", "code:1234567", "fingers:6", "fingers:2:both", "selfie"])
def test_an_unknown_challenge_is_refused(text: str) -> None:
    """A misspelt challenge must not be taken for the default one."""
    with pytest.raises(ChallengeError, match="is no challenge"):
        parse_challenge(text)


def test_the_library_has_ten_poses_in_two_languages_with_drawings() -> None:
    """Agents ask for poses by hand: each needs its words and a drawing that opens."""
    assert len(poses()) >= 10
    for pose in poses():
        challenge = parse_challenge(pose.ask.format(code="123456"))
        assert pose.drawing.read_text("utf-8").startswith("<svg")
        assert pose.text(challenge, "en").isascii()
        assert not pose.text(challenge, "zh").isascii()
        assert pose_of(challenge) is pose


def test_challenges_are_drawn_within_what_is_allowed() -> None:
    """Policy names the kinds; codes must differ from one time to the next."""
    codes = {draw_challenge(["code"]).code for _ in range(20)}
    assert len(codes) > 15
    assert {draw_challenge(["head_turn"]).kind for _ in range(5)} == {"head_turn"}
    with pytest.raises(ChallengeError):
        draw_challenge(["dance"])


@pytest.mark.parametrize(("shown", "outcome"), [("483920", "pass"), ("483 920", "pass"), ("483921", "fail")])
def test_the_code_is_read_and_compared(samples: Path, shown: str, outcome: str) -> None:
    """An old photo shows an old code."""
    photo = held(person(samples, "obama.jpg"), sheet(shown))
    result = check_pose(photo, find_faces(photo), "code:483920", date(2026, 11, 24))
    assert result.checks["code_read"].outcome == "pass"
    assert result.checks["code_matches"].outcome == outcome


def test_no_code_is_not_a_match(samples: Path) -> None:
    """Nothing held up: nothing agrees."""
    photo = person(samples, "obama.jpg")
    result = check_pose(photo, find_faces(photo), "code:483920", date(2026, 11, 24))
    assert result.checks["code_read"].outcome == "fail"
    assert result.outcome != "pass"
