#!/bin/bash
# Write the page.
set -euo pipefail

folder=${TMPDIR:-/tmp}/ditrit-minimal
mkdir -p "$folder"
echo "<h1>$title</h1>" > "$folder/index.html"
echo "wrote $folder/index.html"
