import { openSync, readSync } from "node:fs";
import type { Socket } from "node:net";

/**
 * The file descriptors of the process, which all threads share: the limit, the descriptors that are no sockets of proxy
 * threads, and for each proxy thread the number of sockets, of those among them whose close event is still to come, and of
 * further ones that it expects to need.
 */
export type DescriptorCells = Int32Array<SharedArrayBuffer>;

/** Who may use a descriptor, the first one to go without first. */
export type DescriptorUse = "mirror" | "idle" | "client" | "primary" | "refusal";

/** The usual limit of a shell. */
const FEW = 1_024;
const LIMIT = 0;
const OTHERS = 1;
const FIRST_THREAD = 2;
const CELLS_PER_THREAD = 3;
const NO_LIMIT = 2 ** 31 - 1;
/** Free descriptors below which a use gives way, as a multiple of the reserve. */
const MARGINS: Readonly<Record<DescriptorUse, number>> = {
  mirror: 2,
  idle: 1.5,
  client: 1,
  primary: 0.75,
  refusal: 0.5,
};
/** The reserve is this share of the limit within bounds: for the admin listener, the store, and connections to primaries. */
const RESERVE_SHARE = 1 / 16;
const MIN_RESERVE = 8;
const MAX_RESERVE = 256;
/** Linux only. Another process can lower the limit at any time (`prlimit`). */
const LIMITS_FILE = "/proc/self/limits";
const LIMITS_BYTES = 4_096;
const LIMIT_PATTERN = /^Max open files\s+(\d+)/m;
/** The limit is read again after this many new sockets. Reading takes some microseconds. */
const SOCKETS_PER_READ = 8;

/** @param threads number of proxy threads */
export function createDescriptorCells(threads: number): DescriptorCells {
  const cells = new Int32Array(
    new SharedArrayBuffer((FIRST_THREAD + CELLS_PER_THREAD * threads) * Int32Array.BYTES_PER_ELEMENT),
  );
  cells[LIMIT] = NO_LIMIT;
  return cells;
}

let cells = createDescriptorCells(1);
/** Sockets of this thread; the next cell counts those closed without a close event so far, then the expected ones. */
let ownCell = FIRST_THREAD;
let closeSome = (): void => {};
let socketsUntilRead = SOCKETS_PER_READ;
/** Stays open: without a free descriptor it could not be opened. */
let limitsFile: number | null = null;
const limits = Buffer.alloc(LIMITS_BYTES);

/**
 * Counts the sockets of this thread in shared cells from now on.
 * @param thread index of the proxy thread
 * @param relieve closes connections of this thread that can go, if descriptors are missing
 */
export function shareDescriptors(shared: DescriptorCells, thread: number, relieve: () => void): void {
  cells = shared;
  closeSome = relieve;
  ownCell = FIRST_THREAD + CELLS_PER_THREAD * thread;
  cells.fill(0, ownCell, ownCell + CELLS_PER_THREAD);
  readDescriptorLimit();
}

/** Counts the socket until it is closed. */
export function trackSocket(socket: Socket): void {
  Atomics.add(cells, ownCell, 1);
  socket.once("close", untrack);
  socketsUntilRead -= 1;
  if (socketsUntilRead > 0 || limitsFile === null) return;
  socketsUntilRead = SOCKETS_PER_READ;
  readDescriptorLimit();
}

/**
 * Destroys a tracked socket, and counts its descriptor as free at once: the close event comes later, and until then further
 * sockets would be closed in its place.
 */
export function destroySocket(socket: Socket): void {
  if (!socket.closed) {
    Atomics.add(cells, ownCell + 1, 1);
    socket.once("close", endEarlyCount);
  }
  socket.destroy();
}

/** @param change in the number of sockets that this thread expects to need soon. Only new clients leave room for them. */
export function expectSockets(change: number): void {
  Atomics.add(cells, ownCell + 2, change);
}

/** Closes connections of this thread that can go, if descriptors are missing. */
export function relieveDescriptors(): void {
  readDescriptorLimit();
  closeSome();
}

/** Closes connections of this thread that can go, if a new socket needs it. @returns whether this use may take a descriptor */
export function makeRoom(use: DescriptorUse): boolean {
  if (missingDescriptors("mirror") <= 0) return true;
  relieveDescriptors();
  return missingDescriptors(use) <= 0;
}

/** Returns how many descriptors have to be closed before this use may take one; 0 or less if it may. */
export function missingDescriptors(use: DescriptorUse): number {
  const limit = cells[LIMIT] ?? NO_LIMIT;
  if (limit === NO_LIMIT) return 0;
  const reserve = Math.min(Math.max(limit * RESERVE_SHARE, MIN_RESERVE), MAX_RESERVE);
  const countsExpected = use !== "primary" && use !== "refusal";
  let used = cells[OTHERS] ?? 0;
  for (let cell = FIRST_THREAD; cell < cells.length; cell += CELLS_PER_THREAD) {
    used += (cells[cell] ?? 0) - (cells[cell + 1] ?? 0);
    if (countsExpected) used += cells[cell + 2] ?? 0;
  }
  return Math.ceil(MARGINS[use] * reserve) - (limit - used);
}

/**
 * Describes the limit if it allows fewer clients than a busy service has.
 * @returns a sentence for people, or null
 */
export function describeFewDescriptors(): string | null {
  const limit = cells[LIMIT] ?? NO_LIMIT;
  if (limit >= FEW) return null;
  // Below the reserve new clients are refused, and each client can need a connection to its primary.
  const clients = Math.max(0, Math.floor(-missingDescriptors("client") / 2));
  return `the limit of open files is ${limit}, enough for about ${clients} clients at a time; raise it (ulimit -n, LimitNOFILE=)`;
}

/** Sets the number of descriptors that are no sockets of proxy threads. */
export function setOtherDescriptors(count: number): void {
  cells[OTHERS] = count;
}

/** Returns the number of open sockets of the proxy threads. */
export function countTrackedSockets(): number {
  let sockets = 0;
  for (let cell = FIRST_THREAD; cell < cells.length; cell += CELLS_PER_THREAD) {
    sockets += (cells[cell] ?? 0) - (cells[cell + 1] ?? 0);
  }
  return sockets;
}

/** Reads the limit of open files, and notes it for all threads. @returns null where the system does not say */
export function readDescriptorLimit(): number | null {
  try {
    limitsFile ??= openSync(LIMITS_FILE, "r");
    const text = limits.toString("latin1", 0, readSync(limitsFile, limits, 0, LIMITS_BYTES, 0));
    const limit = Number(LIMIT_PATTERN.exec(text)?.[1] ?? NO_LIMIT);
    cells[LIMIT] = Math.min(limit, NO_LIMIT);
    return limit;
  } catch {
    return null;
  }
}

function untrack(): void {
  Atomics.sub(cells, ownCell, 1);
}

function endEarlyCount(): void {
  Atomics.sub(cells, ownCell + 1, 1);
}
