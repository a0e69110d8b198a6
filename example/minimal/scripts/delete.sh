#!/bin/bash
# Remove the page.
set -euo pipefail

rm -rf "${TMPDIR:-/tmp}/ditrit-minimal"
echo "removed the page"
