#!/bin/bash
# What this instance keeps stands in a folder of this user's and this instance's own.
set -euo pipefail

place="${TMPDIR:-/tmp}/ditrit-$(id -u)-$DITRIT_MODEL-$DITRIT_INSTANCE"
mkdir -p "$place"
echo "$NODE[$INSTANCE] has $place"
