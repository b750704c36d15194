import type { StatusPairCount } from "../../model/difference.ts";

/** Maximum number of status pairs per endpoint and candidate: a service uses few status codes. */
const MAX_STATUS_PAIRS = 500;

export type StatusPair = Pick<StatusPairCount, "role" | "primary" | "other">;

export interface StatusPairRows {
  /** The pairs of an endpoint that are counted already. */
  select(endpointKey: number): readonly StatusPair[];
}

/**
 * Decides under which status pair an exchange is counted. Once an endpoint has the maximum number of pairs, new ones are counted
 * by class, as x99, which keeps error rates exact. Known pairs are cached: call `forget` after another process has written, and
 * after a rollback.
 */
export class StatusPairs {
  readonly #rows: StatusPairRows;
  /** By endpoint key. */
  readonly #known = new Map<number, Set<string>>();

  constructor(rows: StatusPairRows) {
    this.#rows = rows;
  }

  forget(): void {
    this.#known.clear();
  }

  /** Must run in the transaction that counts the pair. */
  counted(endpointKey: number, pair: StatusPair): StatusPair {
    const known = this.#known.get(endpointKey) ?? this.#load(endpointKey);
    if (known.has(nameOf(pair))) return pair;
    if (known.size < MAX_STATUS_PAIRS) {
      known.add(nameOf(pair));
      return pair;
    }
    return { role: pair.role, primary: statusClass(pair.primary), other: statusClass(pair.other) };
  }

  #load(endpointKey: number): Set<string> {
    const known = new Set(this.#rows.select(endpointKey).map(nameOf));
    this.#known.set(endpointKey, known);
    return known;
  }
}

function nameOf({ role, primary, other }: StatusPair): string {
  return `${role} ${primary} ${other}`;
}

function statusClass(status: number): number {
  return status === 0 ? 0 : Math.floor(status / 100) * 100 + 99;
}
