#!/bin/bash
# Called on the target for each pair of instances, once the source is stopped.
set -euo pipefail

echo "tell $TARGET that $SOURCE is gone"
