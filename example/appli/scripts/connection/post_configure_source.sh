#!/bin/bash
# Called once for each instance of the source, after it was configured.
set -euo pipefail

echo "check the configuration of $SOURCE for its connection to $TARGETS"
