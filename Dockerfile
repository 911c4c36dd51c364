# The one binary, in two stages. Runs as a user without rights; only the volume /site is written.
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
    && chmod 700 /site
COPY --from=build /src/target/release/leadshare /usr/local/bin/leadshare
USER 10001
VOLUME /site
WORKDIR /site
ENV LEADSHARE_DIR=/site LEADSHARE_LOG_FORMAT=json
EXPOSE 9464
STOPSIGNAL SIGTERM
ENTRYPOINT ["leadshare"]
CMD ["run", "all"]
