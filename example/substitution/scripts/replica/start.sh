#!/bin/bash
set -euo pipefail

echo "start $NODE[$INSTANCE]"
