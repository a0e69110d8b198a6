#!/bin/bash
# Leave the backups: they outlive what they are of.
set -euo pipefail

echo "$NODE[$INSTANCE] is gone"
