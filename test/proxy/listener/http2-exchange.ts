import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";

/** The response on an HTTP/2 stream. */
export interface Http2StreamResponse {
  readonly status: number;
  /** Fields as received, without pseudo-header fields. */
  readonly fields: readonly string[];
  /** The stream ended with the head. */
  readonly headOnly: boolean;
  readonly body: string;
  readonly trailers: readonly string[];
  /** Reset code; 0 for a stream that ended normally. */
  readonly rstCode: number;
}

/** Opens an HTTP/2 client with prior knowledge, or under TLS. */
export function openHttp2(url: string, options: Parameters<typeof connect>[1] = {}): ClientHttp2Session {
  const session = connect(url, options);
  session.on("error", () => {});
  return session;
}

/** Reads a stream until it is closed. */
export async function responseOf(stream: ClientHttp2Stream): Promise<Http2StreamResponse> {
  const result = { status: 0, fields: [] as string[], headOnly: false, body: "", trailers: [] as string[], rstCode: 0 };
  stream.on("response", (headers, flags, raw: string[]) => {
    result.status = headers[":status"] ?? 0;
    result.fields = raw.filter((_, index) => raw[index - (index % 2)]?.startsWith(":") !== true);
    result.headOnly = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
  });
  stream.on("trailers", (_headers, _flags, raw: string[]) => (result.trailers = raw));
  stream.on("data", (chunk: Buffer) => (result.body += chunk.toString("latin1")));
  stream.on("error", () => {});
  if (!stream.destroyed) await new Promise((resolve) => stream.once("close", resolve));
  return { ...result, rstCode: stream.rstCode };
}

/** Sends a request without a body. */
export async function ask(session: ClientHttp2Session, path: string, fields = {}): Promise<Http2StreamResponse> {
  return responseOf(session.request({ ":path": path, ...fields }, { endStream: true }));
}
