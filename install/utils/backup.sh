#!/bin/sh
# Saves space and artifacts into a new folder below install/backups: utils/backup.sh [OPTION OF ansible-playbook]...
# -e ditrit_backup=FOLDER names another folder.
set -eu
. "$(dirname "$0")/prepared"

umask 077 # inputs may be secrets
run_playbook backup.yaml -e "ditrit_backup=$install/backups/$(date -u +%Y-%m-%dT%H-%M-%S)" "$@"
