"""Replaces the master key: every data key is wrapped anew, images and reports stay as they are."""

from __future__ import annotations

import base64
import secrets

from sqlalchemy import select

from api.keys.tables import ServiceKey
from api.privacy.vault import Vault, write_master_keys
from api.sellers.tables import Seller
from api.service import Service

BATCH = 500


def rotate(service: Service) -> int:
    """Returns how many data keys were wrapped anew. May be run again after a crash: it goes on.

    Only for a master key in a file; one from the environment is rotated by setting "new,old" there first.
    """
    path = service.settings.master_key_file
    if service.settings.master_key is None:
        old = [base64.b64decode(line) for line in path.read_text("ascii").split()]
        fresh = [secrets.token_bytes(32), *old]
        write_master_keys(path, fresh)
        vault = Vault(*fresh)
    else:
        vault = service.vault
    count = _rewrap(service, vault)
    if service.settings.master_key is None:
        write_master_keys(path, fresh[:1])
    return count


def _rewrap(service: Service, vault: Vault) -> int:
    with service.database.transaction() as session:
        kept = session.scalars(select(ServiceKey).with_for_update()).all()
        for row in kept:
            row.wrapped = vault.wrap(vault.unwrap(row.name, row.wrapped))
    count, last = len(kept), ""
    while True:
        with service.database.transaction() as session:
            sellers = session.scalars(
                select(Seller)
                .where(Seller.id > last, Seller.wrapped_key.is_not(None))
                .order_by(Seller.id)
                .limit(BATCH)
                .with_for_update()
            ).all()
            for seller in sellers:
                seller.wrapped_key = vault.wrap(vault.unwrap(seller.id, seller.wrapped_key))
            if not sellers:
                return count
            count, last = count + len(sellers), sellers[-1].id
