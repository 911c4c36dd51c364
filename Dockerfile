# The one binary, in two stages. Runs as a user without rights, on a root that nobody writes: what is written is in the
# volumes /site (configuration and keys) and /state.
FROM rust:1.95-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends libssl-dev pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package leadshare

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --home-dir /site --shell /usr/sbin/nologin leadshare \
    && install -d -m 700 -o 10001 -g 10001 /state && chmod 700 /site
COPY --from=build /src/target/release/leadshare /usr/local/bin/leadshare
USER 10001
VOLUME ["/site", "/state"]
WORKDIR /site
ENV LEADSHARE_DIR=/site LEADSHARE_FILES__STATE=/state LEADSHARE_LOG_FORMAT=json
EXPOSE 9464
STOPSIGNAL SIGTERM
# Alive, not ready: a container that waits for a broker is not helped by a restart.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["leadshare", "health"]
ENTRYPOINT ["leadshare"]
CMD ["run", "all"]
