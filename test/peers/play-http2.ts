import { once } from "node:events";
import { connect, type ClientHttp2Session, type ClientHttp2Stream, type OutgoingHttpHeaders } from "node:http2";
import type { Exchange, PlannedRequest } from "./exchanges.ts";
import { observe, type Observed } from "./play.ts";
import type { Field, RawResponse } from "./raw-client.ts";

/** HTTP/2 has no versions and no connection-specific fields (RFC 9113 §8.2.2). */
export function isForHttp2({ requests }: Exchange): boolean {
  return requests.every(({ version, fields }) => version === "1.1" && fields.every(([name]) => name !== "Connection"));
}

/** Plays an exchange as a client of HTTP/2 without TLS; pipelined requests are concurrent streams. */
export async function playHttp2(url: string, { requests, isPipelined }: Exchange): Promise<readonly Observed[]> {
  const session = connect(url);
  try {
    if (isPipelined) return await Promise.all(requests.map((request) => ask(session, request)));
    const seen: Observed[] = [];
    for (const request of requests) seen.push(await ask(session, request));
    return seen;
  } finally {
    session.destroy();
  }
}

async function ask(session: ClientHttp2Session, request: PlannedRequest): Promise<Observed> {
  const { method, target, fields, body, trailers = [] } = request;
  const head: OutgoingHttpHeaders = { ":method": method, ":path": target, ":authority": "service.test" };
  for (const [name, value] of fields) head[name.toLowerCase()] = value;
  if (body !== null && request.chunkSize === undefined) head["content-length"] = body.length;
  // Some servers only read trailers that are announced.
  if (trailers.length > 0) head["trailer"] = trailers.map(([name]) => name).join(", ");
  const stream = session.request(head, { endStream: body === null, waitForTrailers: trailers.length > 0 });
  stream.on("wantTrailers", () => stream.sendTrailers(Object.fromEntries(trailers)));
  const received = receive(stream);
  if (head["expect"] !== undefined) await Promise.race([once(stream, "continue"), once(stream, "response")]);
  if (body !== null && !stream.destroyed) stream.end(body);
  return observe(await received);
}

async function receive(stream: ClientHttp2Stream): Promise<RawResponse> {
  const interim: { status: number; fields: readonly Field[] }[] = [];
  const chunks: Buffer[] = [];
  let head: readonly Field[] = [];
  let trailers: readonly Field[] = [];
  let isComplete = false;
  stream.on("headers", (_headers, _flags, raw: readonly string[]) => {
    interim.push({ status: statusOf(pairs(raw)), fields: withoutPseudo(pairs(raw)) });
  });
  stream.on("response", (_headers, _flags, raw: readonly string[]) => (head = pairs(raw)));
  stream.on("trailers", (_headers, _flags, raw: readonly string[]) => (trailers = pairs(raw)));
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => (isComplete = !stream.aborted || stream.rstCode === 0));
  const failed: Error[] = [];
  stream.on("error", (error) => failed.push(error));
  await new Promise((resolve) => stream.once("close", resolve));
  if (head.length === 0) throw new Error("no response", { cause: failed[0] });
  const body = Buffer.concat(chunks);
  return { interim, status: statusOf(head), reason: "", fields: withoutPseudo(head), body, trailers, isComplete };
}

function pairs(raw: readonly string[]): Field[] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index] ?? "", raw[2 * index + 1] ?? ""]);
}

function statusOf(fields: readonly Field[]): number {
  return Number(fields.find(([name]) => name === ":status")?.[1]);
}

function withoutPseudo(fields: readonly Field[]): Field[] {
  return fields.filter(([name]) => !name.startsWith(":"));
}
