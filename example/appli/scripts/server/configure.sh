#!/bin/bash
# Called once the server is created.
set -euo pipefail

echo "configure server $NODE[$INSTANCE]"
