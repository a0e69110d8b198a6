#!/bin/bash
# And tell it again.
set -euo pipefail

echo "$NODE[$INSTANCE] takes requests"
