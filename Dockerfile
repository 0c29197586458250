# The production image: the product and its runtime packages, no build tools, no local servers.
# Python 3.11 is what the locks are compiled for and what the tests run on.

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt
COPY . .
# Nothing here is secret or connects to anything: collecting files only reads the settings.
RUN /venv/bin/python -m dop_pilot.translations \
 && DOP_ENV=production SECRET_KEY=only-to-collect-static-files EMAIL_URL=smtp://unused:25 \
    /venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM python:3.11-slim-bookworm
# The same number as in docker-compose.yml: the proxy reads the uploads of this user.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin dop \
 && install --directory --owner=dop --group=dop --mode=0700 /media
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=dop_pilot.settings \
    DOP_ENV=production \
    MEDIA_ROOT=/media
USER dop
VOLUME /media
EXPOSE 8000
# Never with --preload: the library that draws the charts hangs in a process forked after its use.
CMD ["gunicorn", "dop_pilot.wsgi", "--bind=0.0.0.0:8000", "--worker-class=gthread", \
     "--workers=2", "--threads=4", "--no-control-socket", "--worker-tmp-dir=/dev/shm"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
