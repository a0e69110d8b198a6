#!/bin/bash
# Remove the page.
set -euo pipefail

rm -rf "${TMPDIR:-/tmp}/ditrit-$(id -u)-$DITRIT_MODEL-$DITRIT_INSTANCE"
echo "removed the page"
