# The paper and its tests in a container:
#   docker build -t paper .
#   docker run --rm -v "$PWD/results:/paper/results" paper
#   docker run --rm paper make test
FROM python:3.11-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends make git chromium \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /paper
COPY . .
RUN make .venv/requirements-dev.lock
CMD ["make", "paper"]
