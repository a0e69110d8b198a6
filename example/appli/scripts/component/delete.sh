#!/bin/bash
# Called once the component is stopped; its server is stopped afterwards.
set -euo pipefail

echo "delete component $NODE[$INSTANCE] for $environment"
