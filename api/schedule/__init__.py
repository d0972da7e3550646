"""The year's re-check: reminders, the annual verification, the due day, grace, and lapse."""
