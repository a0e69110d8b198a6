#!/bin/bash
# Write the page, in a folder of this user's and this instance's own.
set -euo pipefail

folder="${TMPDIR:-/tmp}/ditrit-$(id -u)-$DITRIT_MODEL-$DITRIT_INSTANCE"
mkdir -p "$folder"
echo "<h1>$title</h1>" > "$folder/index.html"
echo "wrote $folder/index.html"
