#!/bin/bash
# Called on the target for each pair of instances, once both are started.
set -euo pipefail

echo "tell $TARGET that $SOURCE is there"
