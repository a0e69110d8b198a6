#!/bin/bash
# Write the backup, and say what the latest one is. One that is labelled broken breaks.
set -euo pipefail

place="${TMPDIR:-/tmp}/ditrit-$(id -u)-$DITRIT_MODEL-$DITRIT_INSTANCE"
mkdir -p "$place/$folder"
echo "begun" > "$place/$folder/$label"
[ "$label" != broken ] || { echo "the disk is full"; exit 1; }
echo "all data" > "$place/$folder/$label"
echo "latest=$label" >> "$DITRIT_OUTPUTS"
echo "wrote $place/$folder/$label"
