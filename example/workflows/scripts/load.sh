#!/bin/bash
# Read a backup.
set -euo pipefail

place="${TMPDIR:-/tmp}/ditrit-$(id -u)-$DITRIT_MODEL-$DITRIT_INSTANCE"
cat "$place/$folder/$label"
