#!/bin/sh
# Run once by the image of Postgres, when the volume is empty: a role that owns its database and is nothing else.
# The superuser keeps no password: it is for `docker compose exec postgres psql --username postgres` alone.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set role="${PARLEY_ROLE:-parley}" --set password="$PARLEY_PASSWORD" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"role" OWNER :"role";
REVOKE ALL ON DATABASE :"role" FROM PUBLIC;
ALTER ROLE CURRENT_USER PASSWORD NULL;
SQL
