"""Events, and their delivery to the marketplace's own addresses."""
