#!/bin/sh
# Valkey with one user, who may do everything but what is dangerous, and look whether the server is durable. The
# password stands on no command line; a digest of it is in memory only.
set -eu
digest=$(printf %s "$VALKEY_PASSWORD" | sha256sum | cut -d ' ' -f 1)
umask 077
users="${TMPDIR:-/tmp}/users.acl"
cat >"$users" <<ACL
user default off
user parley on #$digest ~* &* +@all -@dangerous +info +config|get
ACL
unset VALKEY_PASSWORD
exec valkey-server --aclfile "$users" --dir "${QUEUE_DIR:-/data}" \
    --appendonly yes --appendfsync always --maxmemory-policy noeviction --save '' "$@"
