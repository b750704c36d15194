import type { Chaos } from "../integration/chaos.ts";

/** A failure that must not affect the primary path. */
export interface Fault {
  readonly name: string;
  /** URL of the candidate, which is healthy when a thread fails. */
  url(ports: Readonly<Record<string, number>>): string;
  /** Failure of a thread while requests are sent. */
  readonly chaos?: Chaos | undefined;
}

export const HEALTHY = "healthy";
/** Long enough to matter, short enough for the queues. */
const BLOCK_MS = 1_000;

const local = (name: string): Fault => ({ name, url: (ports) => `http://127.0.0.1:${ports[name]}` });
const ofThread = (name: string, chaos: Chaos): Fault => ({ ...local(HEALTHY), name, chaos });

export const FAULTS: readonly Fault[] = [
  // No server listens on port 1.
  { name: "refuses", url: () => "http://127.0.0.1:1" },
  local("hangs-before-head"),
  local("hangs-in-body"),
  local("resets"),
  local("trickles"),
  local("sends-1-GB"),
  local("sends-garbage"),
  local("closes-idle"),
  { name: "fails-tls", url: (ports) => `https://127.0.0.1:${ports["fails-tls"]}` },
  // RFC 6761 §6.4: never resolves.
  { name: "fails-dns", url: () => "http://candidate.invalid:80" },
  ofThread("compare-stops", { thread: "compare-0", action: "block", ms: BLOCK_MS }),
  ofThread("compare-dies", { thread: "compare-0", action: "exit" }),
  ofThread("store-stops", { thread: "store", action: "block", ms: BLOCK_MS }),
  ofThread("store-dies", { thread: "store", action: "exit" }),
];
