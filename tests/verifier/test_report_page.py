"""The report page shows what each finding rests on, for people who would rather look than read JSON."""

from __future__ import annotations

from pathlib import Path

from verifier.clip import load_selfie
from verifier.image import load
from verifier.report_page import render_page
from verifier.verification import Evidence, verify


def test_the_page_shows_the_pose_and_the_frames(samples: Path) -> None:
    """An agent who can't see the face of the pose beside the selfie's, or the frames of a burst, decides blindly."""
    selfie = load_selfie(samples / "obama.jpg", samples / "obama2.jpg")
    pose = load(samples / "obama2.jpg")
    page = render_page(
        verify(Evidence(selfie=selfie.photo, selfie_clip=selfie.clip, pose=pose, challenge="head_turn:left"))
    )
    assert 'alt="seller face"' in page
    assert 'class="key face">seller face' in page
    assert page.count('<figure class="frame">') == 2
    assert page.count("used as the photo") == 2, "as the picture's name and below it"
    assert "clothing agrees" in page
    assert "Asked for: Turn your head" in page
    assert 'src="data:image/svg+xml;base64,' in page
