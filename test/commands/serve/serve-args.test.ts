import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runProgram, startProgram } from "../run-program.ts";

const FREE = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
const UNREACHABLE = ["--primary", "http://127.0.0.1:1", "--candidate", "http://127.0.0.1:2"];
/** Longer than two signals of one key press may be apart. */
const LATER_MS = 600;

let directory: string;
let store: readonly string[];
let servers: Server[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "serve-"));
  store = ["--store", join(directory, "test.db")];
  servers = [];
});
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("serve exits with 2 and one line for each problem", () => {
  it("a wrong flag", async () => {
    const { code, stdout, stderr } = await runProgram([
      "serve",
      ...UNREACHABLE,
      "--percent",
      "200",
      "--listen",
      "8080",
    ]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(
      [
        '--listen: "8080" is not a listen address (allowed: host:port, [IPv6]:port or :port, like 127.0.0.1:8080)',
        "--percent: 200 is above 100 (allowed: a number, 0 to 100, in steps of 0.0001)",
        "",
      ].join("\n"),
    );
  });

  it("an invalid document, from --config or the environment variable", async () => {
    const file = join(directory, "s.yaml");
    writeFileSync(file, "gate: { parity: 2 }\nsubsets: {}\nroutes: []\n");
    for (const [args, env] of [
      [["--config", file], {}],
      [[], { SHADOWDIFF_CONFIG: file }],
    ] as const) {
      const { code, stderr } = await runProgram(["serve", ...args], env);
      expect(code).toBe(2);
      expect(stderr).toContain(
        `${file}:1:17 gate.parity: 2 is above 1; for 2% write 0.02 (allowed: a number, 0 to 1)\n`,
      );
    }
  });

  it("a missing document", async () => {
    const { code, stderr } = await runProgram(["serve", "--config", join(directory, "no.yaml")]);
    expect(code).toBe(2);
    const file = join(directory, "no.yaml");
    expect(stderr).toBe(`${file}: does not exist; write another path, or create it with: shadowdiff init ${file}\n`);
    const folder = await runProgram(["serve", "--config", directory]);
    expect([folder.code, folder.stderr]).toEqual([2, `${directory}: is a folder; write the path of a file\n`]);
  });

  it("an admin listener on an external address without a token", async () => {
    const { code, stderr } = await runProgram([
      "serve",
      ...UNREACHABLE,
      ...store,
      "--listen",
      "127.0.0.1:0",
      "--admin",
      ":0",
    ]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      "--admin: 0.0.0.0 can be reached from other machines, and no token is set. " +
        "Set admin.tokenFile or the environment variable SHADOWDIFF_ADMIN_TOKEN, or listen on 127.0.0.1.\n",
    );
  });

  it("the same listener in a document, with line and column", async () => {
    const file = join(directory, "s.yaml");
    writeFileSync(file, "admin:\n  listen: 0.0.0.0:9900\n");
    const { code, stderr } = await runProgram(["serve", ...UNREACHABLE, ...store, "--config", file]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${file}:2:11 admin.listen: 0.0.0.0 can be reached from other machines`);
  });

  it("an address in use", async () => {
    const taken = new URL(await listen(createServer())).host;
    const proxy = await runProgram(["serve", ...UNREACHABLE, ...store, "--listen", taken, "--admin", "127.0.0.1:0"]);
    expect(proxy.code).toBe(2);
    expect(proxy.stderr).toContain(`cannot listen on ${taken}: another program already listens on this address`);
    const admin = await runProgram(["serve", ...UNREACHABLE, ...store, "--listen", "127.0.0.1:0", "--admin", taken]);
    expect(admin.code).toBe(2);
    expect(admin.stderr).toBe(
      `cannot listen on ${taken}: another program already listens on this address; stop it, or choose another address with --admin (EADDRINUSE)\n`,
    );
  });
});

describe("serve", () => {
  it("prints its addresses, responds there, and exits on SIGINT with 130", async () => {
    const primary = await listen(createServer((_, response) => response.end("from the primary")));
    const program = startProgram(["serve", ...FREE, ...store, "--primary", primary, "--candidate", primary]);
    const [, proxy = ""] = await program.untilStdout(/^ {2}proxy {6}(http:\S+)$/m);
    const [, dashboard = ""] = await program.untilStdout(/^ {2}dashboard {2}(http:\S+)$/m);
    expect(await (await fetch(proxy)).text()).toBe("from the primary");
    expect((await fetch(`${dashboard}/readyz`)).status).toBe(200);
    program.process.kill("SIGINT");
    expect((await program.ended).code).toBe(130);
  });

  it("prints the secondary, the self-check, or each candidate", async () => {
    const [primary, secondary] = ["http://127.0.0.1:1", "http://127.0.0.1:3"];
    for (const [args, printed] of [
      [["--secondary", secondary], `secondary ${secondary}`],
      [["--self-check", "5"], "self-check: a second request to the primary"],
      [["--candidate", "next=http://127.0.0.1:4"], "candidate next http://127.0.0.1:4"],
    ] as const) {
      const program = startProgram(["serve", ...UNREACHABLE, ...FREE, ...store, ...args]);
      const [, mirroring] = await program.untilStdout(/^ {2}mirroring {2}(.*)$/m);
      expect(mirroring).toBe(`primary ${primary}, candidate http://127.0.0.1:2, ${printed}`);
      program.process.kill("SIGINT");
      await program.ended;
    }
  });

  it("a second signal ends it at once, even with a request in flight", async () => {
    const silent = createServer();
    const primary = await listen(silent);
    const program = startProgram(["serve", ...FREE, ...store, "--primary", primary, "--candidate", primary]);
    const [, proxy = ""] = await program.untilStdout(/^ {2}proxy {6}(http:\S+)$/m);
    const arrived = once(silent, "request");
    const response = fetch(proxy).catch(() => "none");
    await arrived;
    program.process.kill("SIGTERM");
    const again = setInterval(() => program.process.kill("SIGINT"), LATER_MS);
    const { code } = await program.ended;
    clearInterval(again);
    expect([code, await response]).toEqual([130, "none"]);
  });
});
