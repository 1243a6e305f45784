# syntax=docker/dockerfile:1
# Three stages: build with everything, take the production dependencies alone, run as nobody special.

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

FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git openssh-client gpg gpgv tini \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 plumbline \
 && useradd --uid 10001 --gid 10001 --create-home --home-dir /home/plumbline plumbline \
 && mkdir -p /etc/plumbline /data /cache/terraform/plugins /cache/terraform/versions /cache/terragrunt/download /cache/terragrunt/versions \
 && chown -R plumbline:plumbline /data /cache
COPY --from=terraform /download/terraform /usr/local/bin/terraform
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
    PATH=/app/bin:$PATH
USER plumbline
VOLUME ["/data", "/cache"]
EXPOSE 8080
ENTRYPOINT ["tini", "--", "/app/bin/plumbline"]
CMD ["serve", "--config", "/etc/plumbline/config.yaml"]
