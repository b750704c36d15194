import { SeriesTree } from "../series-tree.ts";

/** Compared exchanges of an endpoint, before noise and rules. */
export interface EndpointComparisons {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  readonly matched: number;
  readonly differed: number;
}

interface Counts {
  readonly route: string;
  readonly endpoint: string;
  readonly candidate: string;
  matched: number;
  differed: number;
}

/** What a compare thread has counted since the main thread took it. */
export class EndpointTally {
  #counts = createTree();

  add(key: Pick<EndpointComparisons, "route" | "endpoint" | "candidate">, differs: boolean, count: number): void {
    const counts = this.#counts.at(key.route, key.candidate, key.endpoint);
    if (differs) counts.differed += count;
    else counts.matched += count;
  }

  /** The counts since the last call; empty without any. */
  take(): readonly EndpointComparisons[] {
    const taken = this.#counts.leaves();
    if (taken.length > 0) this.#counts = createTree();
    return taken;
  }
}

function createTree(): SeriesTree<Counts> {
  return new SeriesTree(([route, candidate, endpoint]) => ({
    route: String(route),
    candidate: String(candidate),
    endpoint: String(endpoint),
    matched: 0,
    differed: 0,
  }));
}
