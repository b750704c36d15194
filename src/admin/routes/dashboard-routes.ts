import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fastifyStatic } from "@fastify/static";
import type { FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "../api-error.ts";
import type { DeclaredMethods } from "../declared-methods.ts";
import type { AdminApp } from "../admin-options.ts";

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>shadowdiff: the dashboard is not built</title>
<h1>The dashboard is not built</h1>
<p>shadowdiff is running. Build the dashboard with <code>npm run build:web</code>, then load this page again.</p>
<p>Available now: <a href="/api/v1/report">report</a>, <a href="/healthz">health</a>, <a href="/metrics">metrics</a>.</p>
</html>
`;

/** First path segments of the API and of files. Any other word can be a page of the dashboard. */
const RESERVED_SEGMENTS: ReadonlySet<string> = new Set(["api", "assets", "livez", "readyz", "healthz", "metrics"]);
const WORD = /^[\w-]+$/;

/**
 * Serves the dashboard. Its files are open without a token, because they contain no data. Vite puts a content hash into the
 * file names below assets/, so browsers can cache them forever.
 * @param declared the methods of all routes, for requests with another one
 */
export async function dashboardRoutes(app: AdminApp, webRoot: string, declared: DeclaredMethods): Promise<void> {
  await app.register(fastifyStatic, {
    root: join(webRoot, "assets"),
    prefix: "/assets/",
    index: false,
    dotfiles: "ignore",
    // The build of the dashboard compresses its files.
    preCompressed: true,
    suppressWarning: true,
    cacheControl: false,
    setHeaders(reply) {
      // Also called for `sendFile` below, whose files have no content hash.
      if (reply.request.url.startsWith("/assets/"))
        void reply.header("cache-control", "public, max-age=31536000, immutable");
    },
  });

  const sendPage = async (reply: FastifyReply): Promise<FastifyReply> => {
    const html = await readFile(join(webRoot, "index.html"), "utf8").catch(() => undefined);
    return reply
      .code(html === undefined ? 503 : 200)
      .type("text/html; charset=utf-8")
      .send(html ?? NOT_BUILT);
  };

  app.get("/", { schema: { hide: true } }, (_request, reply) => sendPage(reply));
  app.get<{ Params: { file: string } }>(
    // Files next to index.html, such as the icon.
    "/:file(^[\\w-]+\\.(?:svg|png|ico|webmanifest|txt)$)",
    { schema: { hide: true } },
    (request, reply) => reply.sendFile(request.params.file, webRoot, { cacheControl: false }),
  );
  app.setNotFoundHandler((request, reply) => {
    if (isDashboardPage(request)) return sendPage(reply);
    const allowed = declared.at(pathOf(request));
    // A file that is missing is not a wrong method.
    if (allowed.length > 0 && !allowed.includes(request.method)) {
      void reply.header("allow", allowed.join(", "));
      const remedy = `Use ${allowed.join(" or ")}. GET /api/v1/openapi.json lists the API.`;
      throw new ApiError("method-not-allowed", `${request.method} is not allowed on this path.`, remedy);
    }
    throw new ApiError("not-found", "This path does not exist.", "GET /api/v1/openapi.json lists the API.");
  });
}

function pathOf({ url }: FastifyRequest): string {
  return url.split("?", 1)[0] ?? "";
}

/** Whether the request is for a client-side route of the dashboard, which has a URL that a browser can load. */
function isDashboardPage(request: FastifyRequest): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  if (request.headers.accept?.includes("text/html") !== true) return false;
  const [first = "", ...others] = pathOf(request).slice(1).split("/");
  return WORD.test(first) && !RESERVED_SEGMENTS.has(first) && !others.some(isTraversal);
}

/** Path traversal gets a 404, although this path is never used to find a file. */
function isTraversal(segment: string): boolean {
  return /^(?:\.|%2e){2}|\\|%5c|%00/i.test(segment);
}
