#!/bin/bash
# Called on the source for each pair of instances, once both are started.
set -euo pipefail

echo "tell $SOURCE that $TARGET is there"
[ -n "$address" ] || exit 0  # all servers are this one machine: nobody listens

exec 3<> "/dev/tcp/${address%:*}/${address#*:}"
echo "$SOURCE" >&3
read -r -t 10 answer <&3
[ "$answer" = "$TARGET" ] || { echo "$address says that it is '$answer', expected $TARGET" >&2; exit 1; }
echo "$TARGET answers at $address" | tee -a "/run/appli/$NODE-$INSTANCE.connections"
