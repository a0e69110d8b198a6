#!/bin/bash
# Called on the source for each pair of instances, once both are started.
set -euo pipefail

echo "tell $SOURCE that $TARGET is there"
