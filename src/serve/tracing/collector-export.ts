import { randomBytes } from "node:crypto";
import { HeaderRedactor } from "../../capture/header-redactor.ts";
import { createRedactor } from "../../compare/redact/redactor.ts";
import type { LearnedTemplate } from "../../endpoints/learned-template.ts";
import { EndpointLookup } from "../../endpoints/endpoint-lookup.ts";
import type { Config } from "../../model/config.ts";
import type { SpanBatch } from "../../model/tracing/trace.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { MetricsHub } from "../../telemetry/metrics-hub.ts";
import { OpenTelemetryExporter } from "../../telemetry/tracing/open-telemetry-exporter.ts";

const KEY_BYTES = 32;

export interface SpanExport {
  /** @param templates what was learned about path segments */
  add(batch: SpanBatch, templates: readonly LearnedTemplate[]): void;
  /** Exports what waits, for two seconds at most. */
  close(): Promise<void>;
}

export interface SpanExportOptions {
  /** The configuration in force. */
  readonly current: () => Config;
  readonly hub: MetricsHub;
  readonly version: string;
  readonly log: Logger;
}

/**
 * Sends spans to a collector. Secrets in their targets are replaced and endpoints are named here, where no client waits.
 * @param url of the collector; undefined if the variables of OpenTelemetry name it
 */
export function exportToCollector(
  url: string | undefined,
  { current, hub, version, log }: SpanExportOptions,
): SpanExport {
  const key = randomBytes(KEY_BYTES);
  const headers = new HeaderRedactor(key);
  const lookup = new EndpointLookup((target) => target);
  let named: { readonly endpoints: readonly string[]; readonly templates: readonly LearnedTemplate[] } | undefined;
  const exporter = new OpenTelemetryExporter({
    url,
    version,
    registry: hub.registry,
    log,
    naming: {
      redactTarget: (target) => createRedactor(key).text(headers.target(target)),
      endpointOf: (route, method, target) => lookup.endpointOf(route, method, target),
      urlsOf: (subset) => current().subsets.get(subset)?.urls ?? [],
    },
  });
  return {
    add(batch, templates) {
      const { endpoints } = current().compare;
      if (named?.endpoints !== endpoints || named.templates !== templates) {
        named = { endpoints, templates };
        lookup.setNaming(named);
      }
      exporter.add(batch);
    },
    close: () => exporter.close(),
  };
}
