#!/bin/sh
# Installs what the inventory says, or brings it up to date: utils/ansible-deploy.sh [OPTION OF ansible-playbook]...
#
#     utils/ansible-deploy.sh                              # install/hosts, the files of this checkout
#     utils/ansible-deploy.sh -i /etc/ditrit/hosts         # another inventory
#     utils/ansible-deploy.sh -e ditrit_version=v0.2.0     # that revision, one machine after the other
set -eu
. "$(dirname "$0")/prepared"

run_playbook ditrit.yaml "$@"
