/**
 * Preloaded into the real program with `node --import`, so that a test can block or kill a thread by name over the IPC channel
 * of `fork`. The program itself is unchanged.
 */
import { BroadcastChannel, isMainThread, threadName } from "node:worker_threads";

export interface Chaos {
  /** `main`, `store`, `compare-0`, `proxy-0`, … */
  readonly thread: string;
  readonly action: "block" | "throw" | "exit";
  readonly ms?: number;
}

const self = isMainThread ? "main" : threadName;
const channel = new BroadcastChannel("chaos");
channel.unref();

function apply({ thread, action, ms }: Chaos): void {
  if (thread !== self) return;
  switch (action) {
    case "block":
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
      return;
    case "throw":
      setImmediate(() => {
        throw new Error("chaos");
      });
      return;
    case "exit":
      process.exit(1);
  }
}

channel.addEventListener("message", (event) => apply((event as { data: Chaos }).data));
if (isMainThread) {
  process.on("message", (chaos: Chaos) => {
    channel.postMessage(chaos);
    apply(chaos);
  });
  process.channel?.unref();
}
