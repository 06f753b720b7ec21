# One image for every process of Parley, where docker-compose.yml says which Procfile line each service runs,
# one for the front door, and one for the sandbox, which no production needs.
FROM python:3.13.16-slim AS packages
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
       --only-binary :all: --requirement /tmp/requirements.lock \
    && /opt/venv/bin/pip uninstall --yes pip

# The front door as an ordinary user: without the mark on the program that asks for a capability, and with
# a volume it may write to.
FROM caddy:2.11.7 AS caddy
RUN setcap -r /usr/bin/caddy && chown -R 10001:10001 /data /config
COPY Caddyfile /etc/caddy/Caddyfile
USER 10001:10001
# A bare host name also answers without TLS, to redirect pages and to refuse the rest.
CMD ["sh", "-c", "case $SITE_ADDRESS in *[:/,\\ ]*) ;; *) export PLAIN_ADDRESS=http://$SITE_ADDRESS ;; esac; exec caddy run --adapter caddyfile --config /etc/caddy/Caddyfile"]

FROM python:3.13.16-slim AS rooms
COPY . /srv/parley
RUN rm -r /srv/parley/sandbox && python -m compileall -q /srv/parley

FROM python:3.13.16-slim AS base
# With a group of its number too: Celery takes a group without a name for a superuser's.
RUN groupadd --gid 10001 parley \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin parley \
    && install -d -o 10001 -g 10001 /var/lib/parley/media
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/parley
COPY --from=rooms /srv/parley .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001

FROM base AS sandbox
COPY sandbox sandbox

# Last, so that it is what a build without a target makes.
FROM base AS parley
EXPOSE 8001 8002
CMD ["gunicorn", "--config", "api/gunicorn_config.py", "api.wsgi:application()"]
