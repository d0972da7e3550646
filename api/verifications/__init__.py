"""Verifications: from a challenge to a decision."""
