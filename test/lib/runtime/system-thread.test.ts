import { once } from "node:events";
import { constants, getPriority } from "node:os";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { currentThreadId, threadCpuMs } from "../../../src/lib/runtime/system-thread.ts";

const SOURCE = new URL("../../../src/lib/runtime/system-thread.ts", import.meta.url).href;

it.skipIf(process.platform !== "linux")("lowers the priority of the calling thread only", async () => {
  const before = getPriority();
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
     const { readlinkSync } = require("node:fs");
     const { getPriority } = require("node:os");
     void import(${JSON.stringify(SOURCE)}).then(({ lowerThreadPriority }) => {
       lowerThreadPriority();
       parentPort.postMessage(getPriority(Number(readlinkSync("/proc/thread-self").split("/").at(-1))));
     });`,
    { eval: true },
  );
  const [priority] = (await once(worker, "message")) as [number];
  expect(priority).toBe(constants.priority.PRIORITY_BELOW_NORMAL);
  expect(getPriority()).toBe(before);
  await worker.terminate();
});

it.skipIf(process.platform !== "linux")("reads the CPU time of a thread, but not of one that does not exist", () => {
  const before = process.threadCpuUsage();
  while (process.threadCpuUsage(before).user < 50_000);
  const { user, system } = process.threadCpuUsage();
  const ms = threadCpuMs(currentThreadId()) ?? Number.NaN;
  expect(Math.abs(ms - (user + system) / 1_000)).toBeLessThan(30);
  expect(threadCpuMs(0)).toBeUndefined();
});
