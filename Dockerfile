# syntax=docker/dockerfile:1
# The bridge as an image: `docker build -t rolebridge .`; docs/guides/install.md says how to run it.
# BASE may be any image with Node 20.12 or newer; a release names it by digest:
#   --build-arg BASE=node:24-bookworm-slim@sha256:…
# Both stages are of the platform that is built for, because the store's native part is: docker buildx build
# --platform linux/amd64,linux/arm64 .
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /build
# What changes seldom comes first, so that it is built seldom.
COPY package.json package-lock.json .npmrc ./
# A registry of your own, and the authority of its TLS: --secret id=npmrc,src=$HOME/.npmrc --secret id=ca,src=ca.pem
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=ca,target=/run/secrets/ca \
    if [ -s /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi; \
    npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY docs/guides docs/guides
COPY src src
RUN node scripts/build.mjs && npm prune --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/.cache

FROM ${BASE}
LABEL org.opencontainers.image.title="Rolebridge" \
      org.opencontainers.image.description="SAML federation bridge for AWS" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /opt/rolebridge
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY --from=build /build/docs/guides/providers docs/guides/providers
COPY LICENSE CHANGELOG.md SECURITY.md ./
COPY views views
COPY examples examples
COPY certs/README.md certs/
# Files of the image are root's and nobody may change them; only the volume is the service's.
RUN ln -s /opt/rolebridge/dist/cli.cjs /usr/local/bin/rolebridge \
 && mkdir -p /var/lib/rolebridge /etc/rolebridge \
 && chown 65532:65532 /var/lib/rolebridge && chmod 0700 /var/lib/rolebridge
# A user that /etc/passwd does not know has no home but this.
ENV NODE_ENV=production HOME=/var/lib/rolebridge
USER 65532:65532
WORKDIR /etc/rolebridge
VOLUME /var/lib/rolebridge
EXPOSE 8080
# Signals reach Node by themselves: it is the first process, and the bridge ends in order on SIGTERM.
ENTRYPOINT ["node", "/opt/rolebridge/dist/cli.cjs"]
CMD ["serve", "--config", "/etc/rolebridge/rolebridge.yaml", "--json-log"]
# Port and TLS are the configuration's; HEALTH_URL says where, if not here.
ENV HEALTH_URL=http://127.0.0.1:8080/healthz
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.HEALTH_URL,{signal:AbortSignal.timeout(4000)}).then((r)=>process.exit(r.ok?0:1),()=>process.exit(1))"]
