# The newest long-term version. `npm run test:versions` tests it, and the others that package.json's engines allow.
ARG NODE_MAJOR=24

FROM node:${NODE_MAJOR}-bookworm-slim AS base
WORKDIR /app
ENV NPM_CONFIG_UPDATE_NOTIFIER=false NPM_CONFIG_FUND=false NPM_CONFIG_AUDIT=false

FROM base AS build
COPY package.json package-lock.json ./
# No package needs its install script here, and Prisma's would try to download an engine.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM base AS dependencies
COPY package.json package-lock.json ./
# Prisma's command line is an optional peer of its client, so npm keeps its 200 MB unless told otherwise.
RUN npm ci --omit=dev --ignore-scripts \
  && npm uninstall --no-save --omit=dev --ignore-scripts prisma

FROM base
ENV NODE_ENV=production
COPY --from=dependencies /app/node_modules node_modules
# What the commands read that belong to a deployment: from `npm run db:migrate` to `npm run cleanup`.
COPY package.json tsconfig.json ./
COPY prisma prisma
COPY scripts/account-command.ts scripts/alerts-test.ts scripts/cleanup.ts scripts/cron-command.ts scripts/
COPY scripts/db-migrate.ts scripts/sync.ts scripts/token-create.ts scripts/user-create.ts scripts/
COPY scripts/database scripts/database
COPY --from=build /app/app app
COPY --from=build /app/public public
COPY --from=build /app/build build
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, so that SIGTERM reaches it.
CMD ["node", "build/server.mjs"]
