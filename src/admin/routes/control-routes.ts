import type { ControlView } from "../../model/control.ts";
import type { AdminApp, AdminOptions } from "../admin-options.ts";
import { controlSchema, pauseBody, percentBody } from "../schemas/process/control-schema.ts";
import { commonErrors, errorSchema } from "../schemas/error-schema.ts";

const changeErrors = { ...commonErrors, 413: errorSchema, 415: errorSchema };

/** Controls mirroring at run time: the kill switch and the share of each candidate. A change applies from the response on. */
export function controlRoutes(app: AdminApp, { control }: AdminOptions): void {
  app.get(
    "/api/v1/control",
    {
      schema: {
        summary: "Current mirroring state and run-time changes",
        response: { ...commonErrors, 200: controlSchema },
      },
    },
    () => control.view(),
  );

  app.put(
    "/api/v1/control/mirroring",
    {
      schema: {
        summary: "Kill switch: pause or resume all mirroring",
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
        summary:
          "Set the percentage of a route's requests that is mirrored to a candidate; null restores the configured value",
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
