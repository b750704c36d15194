import { createHash } from "node:crypto";
import { encode, type Exchange } from "./exchanges.ts";
import { RawClient, type Field, type RawResponse } from "./raw-client.ts";

/** What counts in a response when a direct call is compared with one through a proxy. */
export interface Observed {
  readonly interim: readonly (readonly [status: number, ...fields: string[]])[];
  readonly status: string;
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
  readonly isComplete: boolean;
}

/** Fields of one connection (RFC 9110 §7.6.1), and Date, which is the time. */
const NOT_COMPARED = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "date"]);
/** A proxy may send 100 of its own (RFC 9110 §10.1.1), and a 102 says nothing once the final response is there. */
const NOT_COMPARED_INTERIM = new Set([100, 102]);
/** A server that closes early can reset the connection before the client has read the response. */
const DIRECT_ATTEMPTS = 8;

/** Plays an exchange against a server. The client connects again when the server has closed. */
export async function play(url: string, exchange: Exchange, isPatient = false): Promise<readonly Observed[]> {
  const { requests } = exchange;
  if (exchange.isPipelined) return playPipelined(url, exchange);
  const seen: Observed[] = [];
  let client: RawClient | undefined;
  try {
    for (const request of requests) {
      client ??= await RawClient.connect(url);
      const { head, content } = encode(request);
      const waits = request.fields.some(([name]) => name === "Expect");
      if (waits) {
        await client.send(head, isPatient);
        if (await client.continues()) await client.send(content, isPatient);
      } else {
        await client.send(Buffer.concat([head, content]), isPatient);
      }
      const response = await client.read(request.method);
      seen.push(observe(response));
      if (client.hasEnded || isLast(response) || content.length > 0) {
        client.close();
        client = undefined;
      }
    }
    return seen;
  } finally {
    client?.close();
  }
}

/** Plays an exchange directly, again if the server reset the connection before its response was read. */
export async function playDirectly(url: string, exchange: Exchange): Promise<readonly Observed[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await play(url, exchange, true);
    } catch (error) {
      if (attempt === DIRECT_ATTEMPTS) throw error;
    }
  }
}

async function playPipelined(url: string, { requests }: Exchange): Promise<readonly Observed[]> {
  const client = await RawClient.connect(url);
  try {
    const parts = requests.map(encode).flatMap(({ head, content }) => [head, content]);
    await client.send(Buffer.concat(parts), false);
    const seen: Observed[] = [];
    for (const { method } of requests) seen.push(observe(await client.read(method)));
    return seen;
  } finally {
    client.close();
  }
}

function isLast({ fields }: RawResponse): boolean {
  return fields.some(([name, value]) => name.toLowerCase() === "connection" && value.toLowerCase() === "close");
}

export function observe(response: RawResponse): Observed {
  const { body, isComplete, status, reason } = response;
  return {
    interim: response.interim
      .filter((one) => !NOT_COMPARED_INTERIM.has(one.status))
      .map((one) => [one.status, ...lines(one.fields)] as const),
    status: `${status} ${reason}`,
    fields: lines(response.fields),
    body: `${body.length} bytes ${createHash("sha256").update(body).digest("hex")}`,
    trailers: lines(response.trailers),
    isComplete,
  };
}

function lines(fields: readonly Field[]): string[] {
  return fields.filter(([name]) => !NOT_COMPARED.has(name.toLowerCase())).map(([name, value]) => `${name}: ${value}`);
}

/** The same over HTTP/2: no reason phrase, names in lower case, and the order only counts among fields of one name. */
export function asHttp2(observed: Observed): Observed {
  return {
    ...observed,
    interim: observed.interim.map(([status, ...fields]) => [status, ...lowerLines(fields)] as const),
    status: observed.status.slice(0, 3),
    fields: lowerLines(observed.fields),
    trailers: lowerLines(observed.trailers),
  };
}

function lowerLines(fields: readonly string[]): string[] {
  const named = fields.map((line): Field => [line.slice(0, line.indexOf(":")).toLowerCase(), line]);
  // The sort is stable: fields of one name stay in order (RFC 9110 §5.3).
  return named
    .toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map(([name, line]) => name + line.slice(name.length));
}
