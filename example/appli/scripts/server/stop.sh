#!/bin/bash
# Called once all components on the server are deleted.
set -euo pipefail

echo "stop server $NODE[$INSTANCE]"
