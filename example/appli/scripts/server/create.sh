#!/bin/bash
# Called for each instance of a server, before anything else happens on it.
set -euo pipefail

echo "create server $NODE[$INSTANCE]"
