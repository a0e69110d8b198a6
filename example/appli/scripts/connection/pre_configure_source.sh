#!/bin/bash
# Called once for each instance of the source, before it is configured.
set -euo pipefail

echo "prepare $SOURCE for its connection to $TARGETS"
