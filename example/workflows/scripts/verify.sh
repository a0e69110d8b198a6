#!/bin/bash
# Fail unless the backup is whole.
set -euo pipefail

place="${TMPDIR:-/tmp}/ditrit-$(id -u)-$DITRIT_MODEL-$DITRIT_INSTANCE"
grep -q "all data" "$place/$folder/$label" || { echo "there is no backup $label"; exit 1; }
echo "$label is whole"
