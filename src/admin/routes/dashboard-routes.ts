import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fastifyStatic } from "@fastify/static";
import type { FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../api-error.ts";
import type { AdminApp } from "../admin-context.ts";

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>shadowdiff: the dashboard is not built</title>
<h1>The dashboard is not built</h1>
<p>shadowdiff is running. Build the dashboard with <code>npm run build:web</code>, then load this page again.</p>
<p>Meanwhile: <a href="/api/v1/report">report</a>, <a href="/healthz">health</a>, <a href="/metrics">metrics</a>.</p>
</html>
`;

/** First segments that belong to the API and to files; any other word may be a view of the dashboard. */
const NO_VIEW: ReadonlySet<string> = new Set(["api", "assets", "livez", "readyz", "healthz", "metrics"]);
const WORD = /^[\w-]+$/;

/**
 * The page and its files, open to everyone who may connect: they hold no data. Vite puts a hash of the content into the
 * names below assets/, so those never change.
 */
export async function dashboardRoutes(app: AdminApp, webRoot: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: join(webRoot, "assets"),
    prefix: "/assets/",
    index: false,
    dotfiles: "ignore",
    suppressWarning: true,
    cacheControl: false,
    setHeaders(reply) {
      // Also called for `sendFile` below, whose files keep their names.
      if (reply.request.url.startsWith("/assets/"))
        void reply.header("cache-control", "public, max-age=31536000, immutable");
    },
  });

  const page = async (reply: FastifyReply): Promise<FastifyReply> => {
    const html = await readFile(join(webRoot, "index.html"), "utf8").catch(() => undefined);
    return reply
      .code(html === undefined ? 503 : 200)
      .type("text/html; charset=utf-8")
      .send(html ?? NOT_BUILT);
  };

  app.get("/", { schema: { hide: true } }, (_request, reply) => page(reply));
  app.get<{ Params: { file: string } }>(
    // The files beside index.html: an icon, a manifest.
    "/:file(^[\\w-]+\\.(?:svg|png|ico|webmanifest|txt)$)",
    { schema: { hide: true } },
    (request, reply) => reply.sendFile(request.params.file, webRoot, { cacheControl: false }),
  );
  app.setNotFoundHandler((request, reply) => {
    if (isView(request)) return page(reply);
    throw new ApiError("not-found", "There is nothing here.", "GET /api/v1/openapi.json lists what there is.");
  });
}

/** A client-side route of the dashboard, so that each view has a URL that can be loaded. */
function isView(request: FastifyRequest): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  if (request.headers.accept?.includes("text/html") !== true) return false;
  const [path = ""] = request.url.split("?");
  const [first = "", ...others] = path.slice(1).split("/");
  return WORD.test(first) && !NO_VIEW.has(first) && !others.some(isClimbing);
}

/** No file is looked up by it, but a path that tries to leave is told that there is nothing. */
function isClimbing(segment: string): boolean {
  return /^(?:\.|%2e){2}|\\|%5c|%00/i.test(segment);
}
