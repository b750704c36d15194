# The image of shadowdiff: Node 26 runs the TypeScript sources as they are, only the dashboard is built.
FROM node:26-slim AS base
WORKDIR /app
COPY package.json package-lock.json ./

# Scripts of packages are not needed: better-sqlite3 brings its binaries, and Node comes with the image.
FROM base AS web
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY src src
COPY web web
RUN npm run build:web

FROM base AS dependencies
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM base
# Fewer arenas of malloc: with four threads that allocate, the default keeps some 20 MB more.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
COPY --from=dependencies /app/node_modules node_modules
COPY src src
COPY migrations migrations
COPY --from=web /app/web/dist web/dist
RUN mkdir /var/lib/shadowdiff && chown node:node /var/lib/shadowdiff && chmod 0700 /var/lib/shadowdiff
USER node
VOLUME /var/lib/shadowdiff
EXPOSE 8080 9900
# The admin listener answers probes without a token. Neither a candidate nor the database decides about readiness.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9900/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "src/shadowdiff.js"]
CMD ["serve", "--config", "/etc/shadowdiff/shadowdiff.yaml"]
