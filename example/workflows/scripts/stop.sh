#!/bin/bash
# And stop it here.
set -euo pipefail

echo "$NODE[$INSTANCE] is down"
