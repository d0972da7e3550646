"""Accounts and their API keys: who calls, what they may do, and whether it is for real or a test."""
