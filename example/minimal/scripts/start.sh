#!/bin/bash
# Show the page.
set -euo pipefail

cat "${TMPDIR:-/tmp}/ditrit-$(id -u)-$DITRIT_MODEL-$DITRIT_INSTANCE/index.html"
