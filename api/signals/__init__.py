"""Suspicious behaviour: signals about sellers, and what a rule makes of them."""
