#!/bin/bash
# Each replica copies from the primary.
set -euo pipefail

echo "configure $NODE[$INSTANCE] to copy from port $port"
