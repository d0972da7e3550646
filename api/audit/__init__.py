"""The audit trail: who did what to whom and why, in a chain that shows any later change."""
