"""Sellers, the executives of enterprises, and what their verifications make of them."""
