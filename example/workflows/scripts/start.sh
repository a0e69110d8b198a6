#!/bin/bash
# A real one would start a service here.
set -euo pipefail

echo "$NODE[$INSTANCE] is up"
