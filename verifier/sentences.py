"""What is said about captures and face quality, and `every`: whatever a report can say, for reading it again."""

from __future__ import annotations

from pathlib import Path

from liveness.sentences import say as say_of_poses
from models.sentences import Catalogue
from ocr.sentences import say as say_of_documents

say = Catalogue(Path(__file__).with_suffix(".toml"))
every = say.with_others(say_of_documents, say_of_poses)
