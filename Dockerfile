# syntax=docker/dockerfile:1
# Builds in one image, runs in another: the second has no compiler, no pip cache and no root.
ARG PYTHON=3.11.13-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/astrolabe
# What changes seldom comes first: pinned, and checked against their hashes.
# With --build-arg REQUIREMENTS=requirements-override.txt also what the override service may need beyond the exporter,
# with requirements-export.txt what exports into graph databases need, with requirements-otel.txt what traces need,
# with requirements-messages.txt what messages to NATS and Kafka need; several are given with blanks between them.
ARG REQUIREMENTS=requirements.txt
COPY requirements.txt requirements-override.txt requirements-export.txt requirements-otel.txt requirements-messages.txt ./
RUN for file in ${REQUIREMENTS}; do set -- "$@" --requirement "$file"; done \
 && /opt/astrolabe/bin/pip install --require-hashes "$@"
COPY pyproject.toml README.md LICENSE ./
COPY docs docs
COPY exporter exporter
RUN python -m venv /opt/builder \
 && /opt/builder/bin/pip install hatchling==1.33.0 \
 && /opt/builder/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/astrolabe/bin/pip install --no-deps /wheels/*.whl \
 # The file system will be read-only, so compile now; not the client's thousand models, which nothing imports.
 && /opt/astrolabe/bin/python -m compileall -q -x 'kubernetes/(client|aio/client/(api|models))/' /opt/astrolabe/lib \
 && /opt/astrolabe/bin/pip uninstall --yes pip setuptools

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="astrolabe" \
      org.opencontainers.image.description="Publishes the relationship graph of a Kubernetes cluster to Prometheus" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/astrolabe/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY --from=build /opt/astrolabe /opt/astrolabe
# By number, so that a kubelet can tell that it is not root.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["astrolabe"]
CMD ["serve"]
