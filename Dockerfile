# Production: one static program in an empty image, with no shell and no package manager.
# Dockerfile.prod is a symbolic link to this file.
FROM swift:6.3-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends libuv1-dev libssl-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The dependencies in a layer of their own: a change of source does not fetch them again.
COPY Package.swift dependencies.lock ./
COPY scripts/resolve scripts/
RUN scripts/resolve --scratch-path .build-static
COPY CLibUV CLibUV
COPY COpenSSL COpenSSL
COPY Sources Sources
# Package.swift names targets in Tests; without the folder SwiftPM refuses the package.
COPY Tests Tests
COPY scripts/build-static scripts/
RUN scripts/build-static /idgen && mkdir /state

FROM scratch
COPY --from=build /idgen /idgen
# For a volume: see STATE_DIR.
COPY --from=build --chown=65532:65532 /state /state
USER 65532:65532
LABEL org.opencontainers.image.licenses="Apache-2.0"
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD ["/idgen", "health"]
ENTRYPOINT ["/idgen"]
