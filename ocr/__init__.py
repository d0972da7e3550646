"""From photographs of documents to checked fields."""
