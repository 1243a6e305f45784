# syntax=docker/dockerfile:1
# Build with everything, take the production dependencies and the programs alone, run as nobody special.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM debian:bookworm-slim AS terraform
ARG TERRAFORM_VERSION=1.13.3
ARG TARGETARCH=amd64
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl unzip && rm -rf /var/lib/apt/lists/*
WORKDIR /download
RUN base="https://releases.hashicorp.com/terraform/${TERRAFORM_VERSION}" \
 && zip="terraform_${TERRAFORM_VERSION}_linux_${TARGETARCH}.zip" \
 && curl -fsSLO "${base}/${zip}" \
 && curl -fsSL "${base}/terraform_${TERRAFORM_VERSION}_SHA256SUMS" | grep " ${zip}\$" | sha256sum -c - \
 && unzip -q "${zip}" terraform

# The server that `serve` starts where the config names none: its version and all modules are those of tools/temporal.
FROM golang:1.26-bookworm AS temporal
WORKDIR /recipe
COPY tools/temporal ./
ENV CGO_ENABLED=0 GOWORK=off
RUN version="$(go list -m -f '{{.Version}}' github.com/temporalio/cli)" \
 && go build -mod=readonly -trimpath -o /temporal \
      -ldflags="-s -w -X github.com/temporalio/cli/temporalcli.Version=${version#v}" \
      github.com/temporalio/cli/cmd/temporal

FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git openssh-client gpg gpgv tini \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 plumbline \
 && useradd --uid 10001 --gid 10001 --create-home --home-dir /home/plumbline plumbline \
 && mkdir -p /etc/plumbline /data /cache/terraform/plugins /cache/terraform/versions /cache/terragrunt/download /cache/terragrunt/versions \
 && chown -R plumbline:plumbline /data /cache
COPY --from=terraform /download/terraform /usr/local/bin/terraform
COPY --from=temporal /temporal /usr/local/bin/temporal
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/tools ./tools
COPY --from=build /app/examples ./examples
COPY bin ./bin
COPY package.json LICENSE config.schema.json ./
ENV NODE_ENV=production \
    PLUMBLINE_CACHE_DIR=/cache \
    TF_PLUGIN_CACHE_DIR=/cache/terraform/plugins \
    TERRAGRUNT_DOWNLOAD=/cache/terragrunt/download \
    PLUMBLINE_EMBEDDED_TEMPORAL_IP=own \
    PATH=/app/bin:$PATH
# A relative `data_dir: ./data` is the volume /data.
WORKDIR /
USER plumbline
VOLUME ["/data", "/cache"]
EXPOSE 8080
ENTRYPOINT ["tini", "--", "/app/bin/plumbline"]
CMD ["serve", "--config", "/etc/plumbline/config.yaml"]
