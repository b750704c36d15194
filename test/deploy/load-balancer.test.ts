import { once } from "node:events";
import { Agent, createServer, request, type IncomingHttpHeaders, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listening, stopServers, urlOf } from "../integration/echo.ts";
import { startLoad } from "../integration/load.ts";
import { startShadowdiff, type Shadowdiff } from "../integration/shadowdiff.ts";
import { startLoadBalancer, type LoadBalancer } from "./load-balancer.ts";

const PATIENCE = { interval: 50 };

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the service has received: requests by their target. */
const received = new Map<string, number>();
/** Responses that wait until the test lets them go. */
const held: (() => void)[] = [];

/** Responds with what it has received; `/held/…` waits, and `/stream` sends its second part when the test says so. */
function startService(): Promise<Server> {
  return listening(
    createServer(async (req, res) => {
      const body = await text(req);
      const target = req.url ?? "";
      received.set(target, (received.get(target) ?? 0) + 1);
      res.setHeader("server", "the service");
      if (target.startsWith("/stream")) {
        res.write("first,");
        await new Promise<void>((resolve) => held.push(resolve));
        return res.end("second");
      }
      if (target.startsWith("/held")) await new Promise<void>((resolve) => held.push(resolve));
      return res.end(JSON.stringify({ method: req.method, target, headers: req.headers, body }));
    }),
  );
}

const byValue = (one: number, other: number): number => one - other;
const agent = new Agent({ keepAlive: true });

/** @returns status 0 if there is no response */
async function send(url: string, method = "GET", headers: Record<string, string> = {}, body = ""): Promise<Reply> {
  const outgoing = request(url, { method, headers: { ...headers, "content-length": body.length }, agent });
  outgoing.end(body);
  try {
    const [response] = (await once(outgoing, "response")) as [
      Parameters<typeof text>[0] & { headers: IncomingHttpHeaders; statusCode: number },
    ];
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  } catch (error) {
    return { status: 0, headers: {}, body: String(error) };
  }
}

function requestsOf(replica: Shadowdiff): Promise<number> {
  return replica.metric("shadowdiff_requests_total");
}

describe("deploy/nginx/nginx.conf in front of three replicas", () => {
  let service: Server;
  let replicas: readonly [Shadowdiff, Shadowdiff, Shadowdiff];
  let balancer: LoadBalancer;

  beforeAll(async () => {
    service = await startService();
    const args = ["--primary", urlOf(service), "--candidate", urlOf(service), "--percent", "0"];
    const start = () => startShadowdiff({ args });
    replicas = await Promise.all([start(), start(), start()]);
    balancer = await startLoadBalancer(replicas);
  });
  afterAll(async () => {
    agent.destroy();
    await balancer.stop();
    await Promise.all(replicas.map((each) => each.stop()));
    stopServers([service]);
  });

  it("is a configuration about which nginx has nothing to say", () => {
    expect(balancer.check).not.toMatch(/\[(warn|error|emerg)\]/);
    expect(balancer.check).toContain("test is successful");
  });

  it("passes the request on as it came, with the address of the client", async () => {
    const headers = {
      host: "shop.example:8443",
      under_score: "1",
      "x-forwarded-for": "192.0.2.1",
      "x-forwarded-host": "forged.example",
      "x-long": "x".repeat(12_000),
    };
    const {
      status,
      headers: replied,
      body,
    } = await send(`${balancer.proxy}/a//b%2Fc?x=%20`, "POST", headers, "content");
    expect(status).toBe(200);
    expect(replied["server"]).toBe("the service");
    expect(JSON.parse(body)).toMatchObject({
      method: "POST",
      target: "/a//b%2Fc?x=%20",
      body: "content",
      headers: {
        host: "shop.example:8443",
        under_score: "1",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "http",
        "x-forwarded-host": "shop.example:8443",
        "x-long": headers["x-long"],
      },
    });
  });

  it("passes the parts of a response on as they come", async () => {
    const outgoing = request(`${balancer.proxy}/stream`).end();
    const [response] = (await once(outgoing, "response")) as [AsyncIterable<Buffer>];
    let content = "";
    for await (const part of response) {
      content += part.toString();
      // The service waits for this.
      if (content === "first,") held.pop()?.();
    }
    expect(content).toBe("first,second");
  });

  it("spreads requests over all replicas, and shows the dashboard of one", async () => {
    for (let index = 0; index < 28; index += 1) await send(`${balancer.proxy}/spread/${index}`);
    // With the two requests before.
    await expect.poll(() => Promise.all(replicas.map(requestsOf)), PATIENCE).toEqual([10, 10, 10]);
    const { status, body } = await send(`${balancer.admin}/`);
    expect([status, body]).toEqual([200, expect.stringContaining("<title>")]);
    expect((await send(`${balancer.admin}/readyz`)).status).toBe(200);
  });

  it("loses no GET when a replica ends", async () => {
    const load = startLoad(balancer.proxy, (index) => `/traffic/${index}`);
    await expect.poll(() => load.completed(), PATIENCE).toBeGreaterThan(100);
    expect(await replicas[0].stop()).toBe(0);
    const before = load.completed();
    await expect.poll(() => load.completed(), PATIENCE).toBeGreaterThan(before + 100);
    expect((await load.stop()).filter(({ status }) => status !== 200)).toEqual([]);
  });

  it("repeats a GET whose replica was killed, and no POST", async () => {
    const targets = Array.from({ length: 4 }, (_, index) => `/held/${index}`);
    // In this order, each replica gets two of either method.
    const gets = targets.map((target) => send(`${balancer.proxy}${target}?get`));
    await expect.poll(() => held.length, PATIENCE).toBe(4);
    const posts = targets.map((target) => send(`${balancer.proxy}${target}?post`, "POST", {}, "content"));
    await expect.poll(() => held.length, PATIENCE).toBe(8);
    const killed = once(replicas[1].process, "exit");
    replicas[1].process.kill("SIGKILL");
    await killed;
    const counts = (query: string) =>
      targets.map((target) => received.get(`${target}?${query}`) ?? 0).toSorted(byValue);
    await expect.poll(() => counts("get"), PATIENCE).toEqual([1, 1, 2, 2]);
    for (const release of held.splice(0)) release();
    expect((await Promise.all(gets)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await Promise.all(posts)).map(({ status }) => status).toSorted(byValue)).toEqual([200, 200, 502, 502]);
    expect(counts("post")).toEqual([1, 1, 1, 1]);
  });

  it("serves everything with the replica that is left", async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        send(`${balancer.proxy}/left/${index}`, index % 2 === 0 ? "GET" : "POST"),
      ),
    );
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  });
});
