import type { Config } from "../../model/config.ts";
import type { SpanExport, SpanExportOptions } from "./collector-export.ts";

/**
 * Connects the spans of the proxy threads with a collector.
 * @returns null without a collector: the SDK of OpenTelemetry and the redaction of secrets are not loaded then
 */
export async function createSpanExport({ tracing }: Config, options: SpanExportOptions): Promise<SpanExport | null> {
  if (tracing.otlp === undefined) return null;
  const { exportToCollector } = await import("./collector-export.ts");
  return exportToCollector(tracing.otlp.url, options);
}
