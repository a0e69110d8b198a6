#!/bin/bash
# The site learns where the database is, whichever template stands in its place.
set -euo pipefail

echo "configure $NODE[$INSTANCE] with $url, port $port"
