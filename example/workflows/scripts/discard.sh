#!/bin/bash
# Remove what a dump has left half done.
set -euo pipefail

place="${TMPDIR:-/tmp}/ditrit-$(id -u)-$DITRIT_MODEL-$DITRIT_INSTANCE"
rm -f "$place/$folder/$label"
echo "removed $place/$folder/$label"
