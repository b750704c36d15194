import { readFileSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startShadowdiff, type Shadowdiff } from "./shadowdiff.ts";

const MB = 1024 * 1024;
const TOTAL = 1024 * MB;
const ALLOWED_GROWTH = 64 * MB;
const CHUNK = Buffer.alloc(256 * 1024, "x");
/** A reader that pauses for this time after each few megabytes is far slower than loopback. */
const PAUSE_MS = 10;

/** Peak resident memory since the last reset, in bytes. */
function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

function resetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** Sends TOTAL bytes as fast as the other side reads them. */
function pour(sink: NodeJS.WritableStream): void {
  let left = TOTAL;
  const write = (): void => {
    while (left > 0) {
      left -= CHUNK.length;
      if (!sink.write(CHUNK)) {
        sink.once("drain", write);
        return;
      }
    }
    sink.end();
  };
  write();
}

/** Counts all bytes, and pauses between reads. */
function sipSlowly(source: NodeJS.ReadableStream): Promise<number> {
  return new Promise((resolve, reject) => {
    let total = 0;
    let untilPause = 0;
    source.on("data", (chunk: Buffer) => {
      total += chunk.length;
      untilPause += chunk.length;
      if (untilPause < 4 * MB) return;
      untilPause = 0;
      source.pause();
      setTimeout(() => source.resume(), PAUSE_MS);
    });
    source.on("end", () => resolve(total));
    source.on("error", reject);
  });
}

describe("1 GB each way with a slow reader", () => {
  let upstream: Server;
  let shadowdiff: Shadowdiff;
  let uploaded: number;

  beforeAll(async () => {
    upstream = createServer((req, res) => {
      if (req.method === "GET") return pour(res);
      void sipSlowly(req)
        .then((total) => (uploaded = total))
        .finally(() => res.end());
      return undefined;
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    // The candidate receives the download and the upload too.
    const twin = `http://localhost:${(upstream.address() as AddressInfo).port}`;
    shadowdiff = await startShadowdiff({ args: ["--primary", url, "--candidate", twin] });
    for (let index = 0; index < 20; index += 1) {
      await new Promise<void>((resolve) =>
        request(shadowdiff.proxy, { method: "OPTIONS" }, (res) => res.resume().on("end", resolve)).end(),
      );
    }
  });
  afterAll(async () => {
    await shadowdiff?.stop();
    upstream?.closeAllConnections();
  });

  async function growthDuring(transfer: () => Promise<void>): Promise<number> {
    const pid = shadowdiff.process.pid ?? 0;
    resetPeakMemory(pid);
    const before = peakMemory(pid);
    await transfer();
    return peakMemory(pid) - before;
  }

  it("download: resident memory grows by less than 64 MB", async () => {
    const growth = await growthDuring(async () => {
      const total = await new Promise<number>((resolve, reject) =>
        request(shadowdiff.proxy, (res) => void sipSlowly(res).then(resolve, reject)).end(),
      );
      expect(total).toBe(TOTAL);
    });
    expect(growth).toBeLessThan(ALLOWED_GROWTH);
  });

  it("upload: resident memory grows by less than 64 MB", async () => {
    const growth = await growthDuring(
      () =>
        new Promise((resolve, reject) => {
          const req = request(shadowdiff.proxy, { method: "PUT" }, (res) => res.resume().on("end", resolve));
          req.on("error", reject);
          pour(req);
        }),
    );
    expect(uploaded).toBe(TOTAL);
    expect(growth).toBeLessThan(ALLOWED_GROWTH);
  });
});
