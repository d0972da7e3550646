"""The service around the vision core: HTTP, database, jobs, pages."""
