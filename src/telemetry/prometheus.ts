import { createRequire } from "node:module";
import type * as client from "prom-client";

/**
 * The parts of prom-client that shadowdiff uses, loaded individually. The main entry of the package also loads OpenTelemetry,
 * HTTP, TLS and T-digests, which takes 7 MB in every thread.
 */
const require = createRequire(import.meta.url);

export const Registry = require("prom-client/lib/registry.js") as typeof client.Registry;
export const AggregatorRegistry = require("prom-client/lib/cluster.js") as typeof client.AggregatorRegistry;
export const Counter = require("prom-client/lib/counter.js") as typeof client.Counter;
export const Gauge = require("prom-client/lib/gauge.js") as typeof client.Gauge;
export const Histogram = require("prom-client/lib/histogram.js") as typeof client.Histogram;
