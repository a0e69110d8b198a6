"""Machines that are there already, out of a pool, reached by ssh."""
