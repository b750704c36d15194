# The image of shadowdiff: the npm package, with the versions of its dependencies from package-lock.json.
FROM node:26-slim AS package
WORKDIR /build
COPY package.json package-lock.json ./
# No install scripts: better-sqlite3 contains prebuilt binaries, and the image provides Node.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY build-program.ts tsconfig.json tsconfig.types.json LICENSE README.md ./
COPY docs/shadowdiff.schema.json docs/
COPY migrations migrations
COPY src src
COPY web web
# The commit that --version shows: --build-arg COMMIT=$(git rev-parse HEAD)
ARG COMMIT=""
RUN npm pack --silent
WORKDIR /app
COPY package-lock.json ./
RUN tar -xzf /build/shadowdiff-*.tgz --strip-components=1 && npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:26-slim
COPY --from=package /app /app
RUN ln -s /app/src/shadowdiff.js /usr/local/bin/shadowdiff && install -d -o node -g node -m 0700 /var/lib/shadowdiff
# Two arenas, and large blocks apart from them: otherwise glibc keeps up to 150 MB in fragments after large bodies.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072
USER node
VOLUME /var/lib/shadowdiff
# The default --store is a file in the working directory.
WORKDIR /var/lib/shadowdiff
EXPOSE 8080 9900
# Probes need no token. Readiness depends on neither a candidate nor the database.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9900/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["shadowdiff"]
CMD ["serve", "--config", "/etc/shadowdiff/shadowdiff.yaml"]
