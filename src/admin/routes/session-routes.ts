import { z } from "zod";
import { sessionCookieName, type Authenticator } from "../session/authenticator.ts";
import type { AdminApp } from "../admin-options.ts";
import { commonErrors, errorSchema } from "../schemas/error-schema.ts";

const loginSchema = z.object({ token: z.string().min(1).max(1000) });

/** Log-in for browsers: exchanges the token for a session cookie. */
export function sessionRoutes(app: AdminApp, authenticator: Authenticator, port: () => number): void {
  app.post(
    "/api/v1/session",
    {
      schema: {
        summary: "Log in with the token; the response sets a session cookie",
        body: loginSchema,
        response: {
          ...commonErrors,
          204: z.null().describe("Logged in"),
          413: errorSchema,
          415: errorSchema,
        },
      },
    },
    (request, reply) => {
      // Browsers send Origin with every POST, which also shows TLS that a proxy in front of this listener terminates.
      const secure = request.headers.origin?.startsWith("https:") ?? false;
      const cookie = authenticator.logIn(request.body.token, request.ip, sessionCookieName(port()), secure);
      void reply.header("set-cookie", cookie).code(204).send(null);
    },
  );
}
