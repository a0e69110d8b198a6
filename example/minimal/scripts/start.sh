#!/bin/bash
# Show the page.
set -euo pipefail

cat "${TMPDIR:-/tmp}/ditrit-minimal/index.html"
