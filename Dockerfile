# Build stage: the locked requirements in a virtual environment of their own.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes --requirement /tmp/requirements.txt

# Run stage: the environment and the source, nothing that builds.
FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 intake \
    && useradd --system --uid 10001 --gid intake --home-dir /data --shell /usr/sbin/nologin intake \
    && install --directory --owner=intake --group=intake /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY config config
COPY parsers parsers
COPY models models
COPY replies replies
COPY intake intake
RUN python -m compileall -q config parsers models replies intake
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    INTAKE_DATABASE__URL=sqlite:////data/intake.db \
    INTAKE_LOG__FORMAT=json
USER 10001:10001
VOLUME /data
# Asks the worker's own record of its rounds: a process that runs but does nothing is not healthy.
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 CMD ["python", "-m", "intake", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "intake"]
CMD ["run"]
