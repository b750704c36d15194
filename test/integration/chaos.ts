/**
 * Preloaded into the real program with `node --import`, so that a test can block or kill a thread by name, change the wall
 * clock or lose a request, over the IPC channel of `fork`. The program itself is unchanged.
 */
import { BroadcastChannel, isMainThread, threadName } from "node:worker_threads";
import { HOARD, SPIN } from "./chaos-bodies.ts";
import type { Mirror } from "../../src/mirror/mirror.ts";

export interface Chaos {
  /** `main`, `store`, `compare-0`, `proxy-0`, …, or `every` */
  readonly thread: string;
  /** `shift-clock`: the wall clock shows `ms` more than it would, from now on. `lose`: the mirror forgets the next request. */
  readonly action: "block" | "throw" | "exit" | "shift-clock" | "lose";
  readonly ms?: number;
}

const self = isMainThread ? "main" : threadName;
const channel = new BroadcastChannel("chaos");
channel.unref();

const now = Date.now;

function apply({ thread, action, ms = 0 }: Chaos): void {
  if (thread !== self && thread !== "every") return;
  switch (action) {
    case "block":
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      return;
    case "throw":
      setImmediate(() => {
        throw new Error("chaos");
      });
      return;
    case "shift-clock":
      Date.now = () => now() + ms;
      return;
    case "lose":
      void import("../../src/mirror/mirror.ts").then((loaded) => loseNext(loaded.Mirror.prototype));
      return;
    case "exit":
      process.exit(1);
  }
}

if (self?.startsWith("compare-") === true) {
  const parse = JSON.parse;
  JSON.parse = (text, reviver) => {
    if (text.startsWith(SPIN)) for (;;);
    const hoard: number[][] = [];
    while (text.startsWith(HOARD)) hoard.push(Array<number>(1_000_000).fill(0.5));
    return parse(text, reviver) as unknown;
  };
}

function loseNext(mirror: Mirror): void {
  const original = Object.getOwnPropertyDescriptor(mirror, "mirror") as PropertyDescriptor;
  mirror.mirror = () => {
    Object.defineProperty(mirror, "mirror", original);
    return null;
  };
}

channel.addEventListener("message", (event) => apply((event as { data: Chaos }).data));
if (isMainThread) {
  process.on("message", (chaos: Chaos) => {
    channel.postMessage(chaos);
    apply(chaos);
  });
  process.channel?.unref();
}
