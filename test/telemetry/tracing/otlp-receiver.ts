import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Root, type Type } from "protobufjs";

/** The official definitions, of github.com/open-telemetry/opentelemetry-proto at ac2c4b5 (Apache License 2.0). */
const DEFINITIONS = "opentelemetry/proto/collector/trace/v1/trace_service.proto";
const REQUEST = "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest";

type Value = string | number | boolean;

export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** `SPAN_KIND_SERVER`. */
  readonly kind: string;
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** `STATUS_CODE_ERROR`; empty if it is not set. */
  readonly status: string;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** Attributes of the process. */
  readonly resource: Readonly<Record<string, Value>>;
}

/** A collector that reads OTLP over HTTP with the official definitions. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Header fields of the last request. */
  fields: Readonly<Record<string, unknown>> = {};
  /** The status of the next responses. */
  status = 200;
  readonly #server: Server;
  readonly #request: Type;

  private constructor() {
    const root = new Root();
    root.resolvePath = (_origin, target) => join(import.meta.dirname, target);
    this.#request = root.loadSync(DEFINITIONS).lookupType(REQUEST);
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.fields = request.headers;
        const isExpected = request.method === "POST" && request.url === "/v1/traces";
        const status = isExpected ? this.status : 404;
        const bytes = Buffer.concat(chunks);
        if (status === 200) this.#receive(request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes);
        response.writeHead(status, { "content-type": "application/x-protobuf" }).end();
      });
    });
  }

  static async start(port = 0): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(port, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #receive(bytes: Buffer): void {
    const message = this.#request.toObject(this.#request.decode(bytes), {
      enums: String,
      longs: String,
      bytes: Buffer,
    });
    for (const { resource, scopeSpans } of (message as ExportRequest).resourceSpans) {
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
        this.spans.push({
          name: span.name,
          traceId: hex(span.traceId),
          spanId: hex(span.spanId),
          parentSpanId: hex(span.parentSpanId),
          kind: span.kind,
          startMs: Number(span.startTimeUnixNano) / 1e6,
          endMs: Number(span.endTimeUnixNano) / 1e6,
          status: span.status?.code ?? "",
          attributes: valuesOf(span.attributes),
          links: (span.links ?? []).map((link) => ({ traceId: hex(link.traceId), spanId: hex(link.spanId) })),
          resource: valuesOf(resource.attributes),
        });
      }
    }
  }
}

type KeyValues = readonly {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string; readonly boolValue?: boolean };
}[];

/** The part of the request that the tests look at. */
interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: KeyValues };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string;
        readonly traceId: Buffer;
        readonly spanId: Buffer;
        readonly parentSpanId?: Buffer;
        readonly kind: string;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly status?: { readonly code?: string };
        readonly attributes: KeyValues;
        readonly links?: readonly { readonly traceId: Buffer; readonly spanId: Buffer }[];
      }[];
    }[];
  }[];
}

function valuesOf(attributes: KeyValues): Record<string, Value> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.boolValue ?? Number(value.intValue)]),
  );
}

function hex(bytes: Buffer | undefined): string {
  return bytes?.toString("hex") ?? "";
}
