#!/bin/bash
# Called once the server is configured; the components on it are created afterwards.
set -euo pipefail

echo "start server $NODE[$INSTANCE]"
