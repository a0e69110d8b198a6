#!/bin/sh
# Puts back what utils/backup.sh has saved: utils/restore.sh FOLDER [OPTION OF ansible-playbook]...
#
# What the space holds now is gone afterwards. Operations that ran while it was saved are carried out again.
set -eu
. "$(dirname "$0")/prepared"

[ $# -ge 1 ] || give_up "found no folder, expected one that utils/backup.sh has made: $0 FOLDER"
folder=$(CDPATH='' cd -- "$1" 2> /dev/null && pwd) || give_up "found no folder $1, expected one that utils/backup.sh has made"
for file in consul.snapshot artifacts.tar.gz; do
    [ -r "$folder/$file" ] || give_up "found no $folder/$file, expected a folder that utils/backup.sh has made"
done
shift
run_playbook restore.yaml -e "ditrit_backup=$folder" "$@"
