#!/bin/bash
# Called once for each instance of the target, before it is configured.
set -euo pipefail

echo "prepare $TARGET for the connections from $SOURCES"
