#!/bin/bash
# Called once for each instance of the target, after it was configured.
set -euo pipefail

echo "check the configuration of $TARGET for the connections from $SOURCES"
