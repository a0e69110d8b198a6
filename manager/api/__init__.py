"""The REST API: one namespace per resource, one table of errors, one list of schemas."""
