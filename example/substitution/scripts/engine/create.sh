#!/bin/bash
# What the engine says here becomes its attributes.
set -euo pipefail

echo "create $NODE[$INSTANCE] for the database $name"
echo "address=10.0.0.1" >> "$DITRIT_OUTPUTS"
echo "port=5432" >> "$DITRIT_OUTPUTS"
