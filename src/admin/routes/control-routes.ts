import type { ControlView } from "../../model/control.ts";
import type { AdminApp, AdminOptions } from "../admin-context.ts";
import { controlSchema, pauseBody, percentBody } from "../schemas/control-schema.ts";
import { commonErrors, errorSchema } from "../schemas/error-schema.ts";

const changeErrors = { ...commonErrors, 413: errorSchema, 415: errorSchema };

/** Mirroring at run time: what holds, the kill switch, and the share of each candidate. A change holds when it is answered. */
export function controlRoutes(app: AdminApp, { control }: AdminOptions): void {
  app.get(
    "/api/v1/control",
    {
      schema: {
        summary: "What is mirrored at the moment, and who changed it",
        response: { ...commonErrors, 200: controlSchema },
      },
    },
    () => control.view(),
  );

  app.put(
    "/api/v1/control/mirroring",
    {
      schema: {
        summary: "The kill switch: pause or resume all mirroring",
        body: pauseBody,
        response: { ...changeErrors, 200: controlSchema },
      },
    },
    async ({ body, ip }): Promise<ControlView> => {
      await control.pause(body.paused, ip);
      return control.view();
    },
  );

  app.put(
    "/api/v1/control/percent",
    {
      schema: {
        summary: "The share of a route that a candidate gets a copy of, or null for the configured one",
        body: percentBody,
        response: { ...changeErrors, 200: controlSchema, 404: errorSchema },
      },
    },
    async ({ body, ip }): Promise<ControlView> => {
      await control.setPercent(body.route, body.candidate, body.percent, ip);
      return control.view();
    },
  );
}
