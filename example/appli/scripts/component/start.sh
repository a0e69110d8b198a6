#!/bin/bash
# Called once all that the component connects to is started.
set -euo pipefail

echo "start component $NODE[$INSTANCE] for $environment on port $port"
