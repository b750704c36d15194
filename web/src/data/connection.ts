/** What the page has seen of the process behind it. All times are Unix milliseconds of the browser. */
export interface ConnectionFacts {
  /** When the process was last heard, or when the page began to wait for it. */
  readonly heardAt: number;
  /** When the event stream broke; null while it is open. */
  readonly brokenAt: number | null;
  readonly isOpen: boolean;
  /** When the process said that it stops; null before. */
  readonly stoppedAt: number | null;
  /** Identifies the process: when it started. Null before its first event. */
  readonly process: Process | null;
  /** The process that this one has replaced while the page was open. */
  readonly replaced: Process | null;
}

/** A part of every heartbeat and status. */
export interface Process {
  /** Unix milliseconds of its machine. */
  readonly startedAt: number;
  readonly runId: string;
}

export type Connection =
  | { readonly state: "connecting" | "live" }
  /** `since`: the data on the screen is of that time. */
  | { readonly state: "reconnecting" | "disconnected" | "unresponsive" | "stopped"; readonly since: number };

export type ConnectionEvent =
  | { readonly type: "opened" | "broken" | "stopped" }
  /** The page is shown again, and waits for the process. */
  | { readonly type: "resumed" }
  /** `process` is undefined for events that do not name it. */
  | { readonly type: "heard"; readonly process?: Process | undefined };

/** Three missed heartbeats. */
export const SILENCE_MS = 10_000;
/** A process that restarts or a network that hiccups is back by then. */
const RECONNECT_MS = 5_000;

export function initialFacts(now: number): ConnectionFacts {
  return { heardAt: now, brokenAt: null, isOpen: false, stoppedAt: null, process: null, replaced: null };
}

/** The facts after an event. */
export function addEvent(facts: ConnectionFacts, event: ConnectionEvent, now: number): ConnectionFacts {
  switch (event.type) {
    case "opened":
      return { ...facts, heardAt: now, brokenAt: null, isOpen: true, stoppedAt: null };
    case "broken":
      return { ...facts, brokenAt: facts.brokenAt ?? now, isOpen: false };
    case "stopped":
      return { ...facts, heardAt: now, stoppedAt: now };
    case "resumed":
      return { ...facts, heardAt: now, brokenAt: null };
    case "heard":
    default:
      return { ...facts, heardAt: now, ...(event.process && changeOfProcess(facts, event.process)) };
  }
}

function changeOfProcess(
  { process, replaced }: ConnectionFacts,
  next: Process,
): Pick<ConnectionFacts, "process" | "replaced"> {
  const isReplaced = process !== null && process.startedAt !== next.startedAt;
  return { process: next, replaced: isReplaced ? process : replaced };
}

/** The state at a time: silence and a failure to reconnect are no events. */
export function connectionAt(facts: ConnectionFacts, now: number): Connection {
  const { heardAt, brokenAt, isOpen, stoppedAt } = facts;
  if (stoppedAt !== null) return { state: "stopped", since: stoppedAt };
  if (brokenAt !== null) {
    return { state: now - brokenAt < RECONNECT_MS ? "reconnecting" : "disconnected", since: brokenAt };
  }
  if (now - heardAt >= SILENCE_MS) return { state: "unresponsive", since: heardAt };
  return { state: isOpen ? "live" : "connecting" };
}

/** Whether the data on the screen is that of an earlier time. */
export function isStale({ state }: Connection): boolean {
  return state === "disconnected" || state === "unresponsive" || state === "stopped";
}
