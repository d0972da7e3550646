"""Keeping people's data secret, and taking it away: keys, blobs, redaction, retention, export, consent."""
