# docker build -t tessera .
# docker run --read-only --volume tessera:/data --publish 8080:8080 tessera
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
# The tests and examples stay outside; their targets must exist for cargo to read the manifest.
RUN mkdir -p tests && touch tests/main.rs
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/build/target \
    cargo build --release --locked --bin tessera && cp target/release/tessera /tessera
RUN mkdir /empty

# glibc, libgcc, CA certificates, and nothing to run but Tessera; user 65532.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /tessera /usr/local/bin/tessera
COPY --from=build --chown=65532:65532 /empty /data
# The default folder is ./data: here the volume, the only place that is written to.
WORKDIR /
VOLUME /data
ENV TESSERA__SERVER__LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/usr/local/bin/tessera", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/tessera"]
CMD ["serve"]
