#!/bin/bash
set -euo pipefail

echo "stop $NODE[$INSTANCE]"
