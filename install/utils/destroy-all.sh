#!/bin/sh
# Removes all containers of the installation with all that they hold, and their network: utils/destroy-all.sh [--yes] [FILE]
set -eu
. "$(dirname "$0")/prepared"

yes=
if [ "${1:-}" = --yes ]; then
    yes=y
    shift
fi
file=${1:-/var/lib/ditrit-cluster/cluster.json}
[ -e "$file" ] || give_up "found no $file, expected what utils/ansible-deploy.sh writes: nothing is installed here"
if [ -z "$yes" ]; then
    printf 'All containers of %s, and all models, instances and archives in them, will be gone. Go on? [y/N] ' "$file"
    read -r yes
fi
case $yes in
    y | Y | yes) ;;
    *) give_up "nothing was removed" ;;
esac
unit=/etc/systemd/system/ditrit-cluster.service
if [ -e "$unit" ] && grep -qF "\"$file\"" "$unit"; then
    systemctl disable --quiet ditrit-cluster
    rm "$unit"
    systemctl daemon-reload
    systemctl stop ditrit-cluster 2> /dev/null || : # without its file nothing is asked to end: all is killed below
fi
run_program install.cluster.containers --file "$file" destroy
