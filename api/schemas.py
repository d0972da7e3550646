"""What all shapes of the API's JSON have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    """A shape of the API's JSON. The words below a field are its description in the OpenAPI document."""

    model_config = ConfigDict(use_attribute_docstrings=True)
