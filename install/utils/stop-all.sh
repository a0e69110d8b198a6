#!/bin/sh
# Stops all containers of the installation: utils/stop-all.sh [FILE]; FILE tells which, by default that of the playbook.
set -eu
. "$(dirname "$0")/prepared"

run_program install.cluster.containers --file "${1:-/var/lib/ditrit-cluster/cluster.json}" stop
