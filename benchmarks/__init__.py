"""Accuracy and speed against peers, and the generators of synthetic cards and poses."""
