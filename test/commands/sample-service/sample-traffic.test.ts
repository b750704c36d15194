import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { demoRequests } from "../../../src/commands/demo/demo-traffic.ts";
import { runProgram, startProgram } from "../run-program.ts";

describe("sample-traffic", () => {
  it("sends the requests of the demo until SIGTERM, some of which fail, and says how many", async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      // A POST is never repeated.
      if (request.method === "POST") request.socket.destroy();
      else response.end("{}");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const program = startProgram(["sample-traffic", "--url", url, "--per-second", "200"]);
    await program.untilStdout(/^sample traffic: 200 requests per second to http:\S+\n/);
    await expect.poll(() => seen.length).toBeGreaterThan(100);
    program.process.kill("SIGTERM");
    const { code, stdout } = await program.ended;
    server.close();
    // Each of eight connections may have waited to send its next request.
    const demo = new Set([...demoRequests(seen.length + 8)].map(({ method, path }) => `${method} ${path}`));
    expect(seen.filter((each) => !demo.has(each))).toEqual([]);
    const failed = seen.filter((each) => each.startsWith("POST")).length;
    expect(failed).toBeGreaterThan(1);
    expect(stdout.split("\n")[1]).toBe(`${seen.length} requests sent, ${failed} without a response`);
    expect(code).toBe(0);
  });

  it.each([
    [["sample-traffic"], "required option '--url <url>' not specified"],
    [["sample-traffic", "--url", "https://127.0.0.1"], "Allowed: an http URL without a path"],
    [["sample-traffic", "--url", "http://127.0.0.1/api"], "Allowed: an http URL without a path"],
    [["sample-traffic", "--url", "http://127.0.0.1", "--per-second", "501"], "Allowed: a whole number, 1 to 500."],
  ])("rejects %j", async (args, message) => {
    const { code, stderr } = await runProgram(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
