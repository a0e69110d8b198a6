#!/bin/bash
# Called for each instance of a component, once its server is started.
set -euo pipefail

echo "create component $NODE[$INSTANCE] for $environment on $HOST"
