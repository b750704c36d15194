import * as defaults from "../defaults.ts";
import { headerName } from "../values/http-texts.ts";
import { method } from "../values/names.ts";
import { decimal, wholeNumber } from "../values/numbers.ts";
import { bool, listOf } from "../values/value-type.ts";
import { option, repeated } from "./option.ts";

/** Requests that are sent to find out on which parts of a request a cause depends. */
export const ISOLATE_OPTIONS = {
  enabled: option(bool, "false", {
    help: "whether causes are isolated without a confirmation for each: requests are sent to all versions",
  }),
  maxProbes: option(wholeNumber({ min: 1, max: defaults.MAX_PROBES }), defaults.DEFAULT_MAX_PROBES, {
    help: "maximum requests to each version to isolate one cause",
  }),
  perSecond: option(
    decimal({ min: 0.1, max: defaults.MAX_PROBE_RATE, placeholder: "requests" }),
    defaults.DEFAULT_PROBE_RATE,
    { help: "maximum requests per second to each version to isolate one cause" },
  ),
  methods: repeated(listOf(method), defaults.DEFAULT_METHODS, {
    help: "method of requests that may be sent again to isolate a cause",
  }),
  repeats: option(wholeNumber({ min: 1, max: defaults.MAX_PROBE_REPEATS }), defaults.DEFAULT_PROBE_REPEATS, {
    help: "maximum times that one request is sent if the cause does not always show",
  }),
  marker: option(headerName, defaults.DEFAULT_PROBE_MARKER, {
    help: "header by which the versions recognize requests that isolate a cause or were sent again",
  }),
} as const;
