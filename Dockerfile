# The worker and the llma command. Debian, not Alpine: Temporal's native core needs glibc.
FROM node:22.22.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:22.22.2-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without the embedded ClickHouse, and without the compiler of workflows: the build has bundled them.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM node:22.22.2-bookworm-slim
# TLS to Temporal Cloud and ClickHouse Cloud needs root certificates, which the slim image leaves out.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
# About 70 % of the 1.5 GB that docker-compose.yml gives the worker; the rest is for Temporal's native core.
ENV NODE_ENV=production NODE_OPTIONS="--max-old-space-size=1024 --enable-source-maps"
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY sql sql
COPY --from=build /app/dist dist
USER node
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/llma.js"]
CMD ["worker"]
