#!/bin/bash
# Called once the server is stopped.
set -euo pipefail

echo "delete server $NODE[$INSTANCE]"
