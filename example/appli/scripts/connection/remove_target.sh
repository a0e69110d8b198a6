#!/bin/bash
# Called on the source for each pair of instances, while the source is stopping.
set -euo pipefail

echo "tell $SOURCE that $TARGET is about to go"
