"""The normative types, written in TOSCA, and how they are loaded."""
