"""The decision: images in, a report out."""
