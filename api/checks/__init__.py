"""One-shot checks: photos in, a report out, nothing kept."""
