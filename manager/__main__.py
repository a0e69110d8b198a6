"""``python -m manager``: the same as ``ditrit``."""

from manager.cli import main

main()
