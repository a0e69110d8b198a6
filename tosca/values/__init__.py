"""Values: scalars, constraints, functions, and reading a value by its declared type."""
