#!/bin/bash
# Called once all that the component connects to is started.
set -euo pipefail

echo "start component $NODE[$INSTANCE] for $environment on port $port"
[ -n "$machine" ] || exit 0  # all servers are this one machine: nobody listens

mkdir -p /run/appli
here=/run/appli/$NODE-$INSTANCE
if ! kill -0 "$(cat "$here.pid" 2> /dev/null)" 2> /dev/null; then  # a second attempt finds it running
    rm -f "$here.port"
    setsid python3 answer.py "$NODE[$INSTANCE]" "$here.port" > "$here.clients" 2>&1 < /dev/null &
    echo $! > "$here.pid"
fi
for _ in {1..100}; do
    [ -s "$here.port" ] && break
    sleep 0.05
done
echo "it answers at $machine:$(cat "$here.port")"
echo "address=$machine:$(cat "$here.port")" >> "$DITRIT_OUTPUTS"
