"""Every reason has its words in both languages and stands in the docs; an integrator codes against these."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from liveness.result import default_effects
from verifier.policy import DEFAULT, Effect, Policy, PolicyError, load_policy
from verifier.reasons import CATALOGUE, Finding, reason, reason_of_check, sentence
from verifier.report import decide
from verifier.sentences import say

ROOT = Path(__file__).parents[2]
CODES = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("code", CODES)
def test_a_reason_speaks_both_languages(code: str) -> None:
    finding = Finding(code, "check", {"detail": "DETAIL"})
    assert sentence(finding) != sentence(finding, "zh")
    assert re.search(r"[\u4e00-\u9fff]", sentence(finding, "zh"))
    assert "{" not in sentence(finding) + sentence(finding, "zh")


def test_advice_is_in_the_language_of_its_sentence() -> None:
    """A seller who reads Chinese must not be told in English what to do."""
    finding = Finding("selfie_too_poor", "match", {"detail": say("advice_eyes_open")})
    assert "Open your eyes." in sentence(finding)
    assert "请睁开眼睛。" in sentence(finding, "zh")


def test_the_docs_list_every_reason_with_its_effect() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    policy = load_policy()
    for code in CODES:
        assert f"| `{code}` | {policy.effect(code).value} |" in page, code


def test_policy_names_only_reasons_that_exist() -> None:
    """A misspelt reason in the policy would silently do nothing."""
    assert set(load_policy().effects) <= set(CODES)


def test_every_check_of_a_pose_has_its_reasons() -> None:
    for check, effects in default_effects().items():
        for outcome, suffix in (("fail", ""), ("unknown", "_unknown")):
            assert outcome not in effects or f"pose_{check}{suffix}" in CODES, check


def test_the_strongest_effect_decides() -> None:
    policy = load_policy()
    note = policy.model_copy(update={"effects": {"masthead": Effect.NOTE}})
    assert decide([], policy) == ("verified", ())
    assert decide([Finding("masthead", "pose")], note)[0] == "verified"
    outcome, reasons = decide(
        [Finding("face_unsure", "match"), Finding("face_mismatch", "match"), Finding("pose_missing", "pose")],
        policy,
    )
    assert outcome == "declined"
    assert [r.effect for r in reasons] == [Effect.DECLINE, Effect.RETAKE, Effect.REVIEW]
    assert decide([Finding("pose_missing", "captures")], policy)[0] == "in_review"


def test_what_policy_does_not_name_goes_to_an_agent() -> None:
    found = reason(Finding("never_heard_of", "document", {"detail": "what the check said"}), load_policy())
    assert found.effect == Effect.REVIEW
    assert found.message == "what the check said"
    assert reason_of_check("not_expired") == "document_expired"
    assert reason_of_check("something_new") == "something_new_failed"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("version = ", "Invalid value"),
        ("version = 'x'", "captures"),
        (DEFAULT.read_text(encoding="utf-8").replace('"retake"', '"retry"', 1), "effects"),
        (DEFAULT.read_text(encoding="utf-8").replace("match = 0.001", "match = 2"), "match.match"),
        (DEFAULT.read_text(encoding="utf-8") + "\n[psoe]\nx = 1\n", "psoe"),
    ],
)
def test_a_wrong_policy_says_where(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match=re.escape(complaint)) as caught:
        load_policy(path)
    assert str(path) in caught.value.message


def test_the_default_policy_is_whole() -> None:
    policy = load_policy()
    assert isinstance(policy, Policy)
    assert policy.match.match < policy.match.review
