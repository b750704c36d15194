import * as defaults from "../defaults.ts";
import { wholeNumber } from "../values/numbers.ts";
import { bool } from "../values/value-type.ts";
import { option } from "./option.ts";

/** What `/metrics` has in addition to the metrics that are always there. */
export const METRICS_OPTIONS = {
  endpoints: option(wholeNumber({ min: 0, max: defaults.MAX_METRICS_ENDPOINTS }), defaults.DEFAULT_METRICS_ENDPOINTS, {
    help: "busiest endpoints with metrics of their own; the others are counted as one (0: no metrics of endpoints)",
  }),
  istio: option(bool, "false", {
    help: "also count upstream requests under the names of Istio (istio_requests_total, …), for its dashboards",
  }),
} as const;
