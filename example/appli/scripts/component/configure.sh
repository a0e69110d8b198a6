#!/bin/bash
# Called once the component is created and its connections are prepared.
set -euo pipefail

echo "configure component $NODE[$INSTANCE] for $environment: listen on port $port"
