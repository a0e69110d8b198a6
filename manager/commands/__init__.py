"""The commands of ``ditrit``, one module per subject; `manager.cli` puts them together."""
