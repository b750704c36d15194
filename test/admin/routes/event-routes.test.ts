import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { Admin } from "../../../src/admin/admin-server.ts";
import { call, errorCode, RUN, startTestAdmin, STATUS } from "../admin-fixture.ts";

const admins: Admin[] = [];

afterEach(async () => {
  await Promise.all(admins.splice(0).map((admin) => admin.close()));
});

async function start(): Promise<Admin> {
  const admin = await startTestAdmin();
  admins.push(admin);
  return admin;
}

interface Stream {
  readonly response: IncomingMessage;
  /** Waits until the stream contains this text. */
  readonly until: (text: string) => Promise<void>;
  readonly text: () => string;
  readonly ended: Promise<unknown>;
}

async function listen(admin: Admin): Promise<Stream> {
  const outgoing = request({ host: "127.0.0.1", port: admin.port, path: "/api/v1/events", agent: false });
  outgoing.end();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  let received = "";
  response.on("data", (chunk: Buffer) => (received += chunk.toString()));
  const until = async (text: string): Promise<void> => {
    while (!received.includes(text)) await once(response, "data");
  };
  return { response, until, text: () => received, ended: once(response, "end") };
}

describe("GET /api/v1/events", () => {
  it("sends the retry time and the status, then every commit and change of status", async () => {
    const admin = await start();
    const stream = await listen(admin);
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    expect(stream.response.headers["cache-control"]).toBe("no-store");
    const status = `event: status\ndata: ${JSON.stringify(STATUS)}\n\n`;
    const committed = `event: committed\ndata: ${JSON.stringify({ runId: RUN.id, startedAt: STATUS.startedAt })}\n\n`;
    await stream.until(status);
    admin.notify("committed");
    await stream.until(committed);
    admin.notify("status");
    await stream.until(`${committed}${status}`);
    expect(stream.text()).toBe(`retry: 2000\n\n${status}${committed}${status}`);
  });

  it("sends events to all listeners", async () => {
    const admin = await start();
    const streams = await Promise.all([listen(admin), listen(admin), listen(admin)]);
    await Promise.all(streams.map(({ until }) => until("event: status")));
    admin.notify("committed");
    await Promise.all(streams.map(({ until }) => until("event: committed")));
    expect(new Set(streams.map(({ text }) => text())).size).toBe(1);
  });

  it("ends every stream when the listener closes", async () => {
    const admin = await startTestAdmin();
    const streams = await Promise.all([listen(admin), listen(admin)]);
    await admin.close();
    await Promise.all(streams.map(({ ended }) => ended));
    await expect(call(admin, "/livez")).rejects.toThrow("ECONNREFUSED");
  });

  it("accepts a hundred listeners and rejects the next until one disconnects", async () => {
    const admin = await start();
    const streams = await Promise.all(Array.from({ length: 100 }, () => listen(admin)));
    const rejected = await call(admin, "/api/v1/events");
    expect([rejected.status, errorCode(rejected)]).toEqual([503, "too-many-listeners"]);
    streams[0]?.response.destroy();
    // The server notices the disconnect with a delay: retry.
    let next: Stream;
    do next = await listen(admin);
    while (next.response.statusCode === 503);
    await next.until("event: status");
  });

  it("does not hang on HEAD", async () => {
    const admin = await start();
    const response = await call(admin, "/api/v1/events", { method: "HEAD" });
    expect([response.status, response.headers["allow"]]).toEqual([405, "GET"]);
  });
});
