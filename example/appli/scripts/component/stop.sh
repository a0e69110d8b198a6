#!/bin/bash
# Called once every client of the component is stopped.
set -euo pipefail

echo "stop component $NODE[$INSTANCE] for $environment"
pid=$(cat "/run/appli/$NODE-$INSTANCE.pid" 2> /dev/null) || exit 0 # nobody listens
kill "$pid" 2> /dev/null || true
