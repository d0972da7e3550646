"""Finding the same person, card or licence again among all sellers, and those who were banned."""
