"""From rows to what the API shows of sellers."""

from __future__ import annotations

from api.database import columns
from api.sellers.schemas import ExecutiveView, SellerView
from api.sellers.tables import Executive, Seller


def seller_view(seller: Seller) -> SellerView:
    """A seller as the API shows it."""
    return SellerView.model_validate({**columns(seller), "metadata": seller.details}, from_attributes=False)


def executive_view(executive: Executive) -> ExecutiveView:
    """An executive as the API shows it."""
    return ExecutiveView.model_validate(columns(executive))
