#!/bin/bash
# Called once every client of the component is stopped.
set -euo pipefail

echo "stop component $NODE[$INSTANCE] for $environment"
