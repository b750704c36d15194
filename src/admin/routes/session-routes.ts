import { z } from "zod";
import { sessionCookieName, type Access } from "../session/access.ts";
import type { AdminApp } from "../admin-context.ts";
import { errorSchema } from "../schemas/error-schema.ts";

const loginSchema = z.object({ token: z.string().min(1).max(1000) });

/** How a browser logs in: the token for a session cookie. Without a token there is nothing to log in to, and 401. */
export function sessionRoutes(app: AdminApp, access: Access, port: () => number): void {
  app.post(
    "/api/v1/session",
    {
      schema: {
        summary: "Log in with the token; the answer sets a session cookie",
        body: loginSchema,
        response: {
          204: z.null().describe("Logged in"),
          400: errorSchema,
          401: errorSchema,
          403: errorSchema,
          413: errorSchema,
          415: errorSchema,
          429: errorSchema,
        },
      },
    },
    (request, reply) => {
      // Browsers name the page's origin in every POST, so this knows about TLS that ends in front of us.
      const secure = request.headers.origin?.startsWith("https:") ?? false;
      const cookie = access.logIn(request.body.token, request.ip, sessionCookieName(port()), secure);
      void reply.header("set-cookie", cookie).code(204).send(null);
    },
  );
}
