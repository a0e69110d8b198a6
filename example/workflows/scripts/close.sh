#!/bin/bash
# A real one would tell the load balancer.
set -euo pipefail

echo "$NODE[$INSTANCE] takes no requests"
