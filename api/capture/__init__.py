"""The seller's capture page, opened by a one-time link."""
