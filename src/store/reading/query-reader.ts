import type { EndpointName, SampleFilter, StoreReader, TimedExchangeFilter } from "../store.ts";

type QueryName = Exclude<keyof StoreReader, "snapshot" | "close">;
type ResultOf<Name extends QueryName> = Awaited<ReturnType<StoreReader[Name]>>;

/** The queries of a reader, synchronous or not. */
type StoreQueries = {
  readonly [Name in QueryName]: (
    ...parameters: Parameters<StoreReader[Name]>
  ) => ResultOf<Name> | Promise<ResultOf<Name>>;
};

/** Runs queries. @throws StoreError if the database cannot be read */
export type PerformQuery = <Result>(work: (queries: StoreQueries) => Result | Promise<Result>) => Promise<Result>;

interface QueryReaderOptions extends Pick<StoreReader, "snapshot" | "close"> {
  readonly perform: PerformQuery;
}

/** A reader whose methods are queries of one engine. */
export class QueryReader implements StoreReader {
  readonly #perform: PerformQuery;
  readonly snapshot: StoreReader["snapshot"];
  readonly close: StoreReader["close"];

  constructor({ perform, snapshot, close }: QueryReaderOptions) {
    this.#perform = perform;
    this.snapshot = snapshot;
    this.close = close;
  }

  version(): ReturnType<StoreReader["version"]> {
    return this.#perform((queries) => queries.version());
  }

  runs(): ReturnType<StoreReader["runs"]> {
    return this.#perform((queries) => queries.runs());
  }

  lostReplicas(runId: string): ReturnType<StoreReader["lostReplicas"]> {
    return this.#perform((queries) => queries.lostReplicas(runId));
  }

  accounting(runId: string, candidate: string): ReturnType<StoreReader["accounting"]> {
    return this.#perform((queries) => queries.accounting(runId, candidate));
  }

  outcomes(runId: string, candidate: string): ReturnType<StoreReader["outcomes"]> {
    return this.#perform((queries) => queries.outcomes(runId, candidate));
  }

  latencies(runId: string, candidate: string): ReturnType<StoreReader["latencies"]> {
    return this.#perform((queries) => queries.latencies(runId, candidate));
  }

  latencyMinutes(
    runId: string,
    candidate: string,
    endpoint: string | undefined,
  ): ReturnType<StoreReader["latencyMinutes"]> {
    return this.#perform((queries) => queries.latencyMinutes(runId, candidate, endpoint));
  }

  relations(runId: string, candidate: string): ReturnType<StoreReader["relations"]> {
    return this.#perform((queries) => queries.relations(runId, candidate));
  }

  statuses(runId: string, candidate: string): ReturnType<StoreReader["statuses"]> {
    return this.#perform((queries) => queries.statuses(runId, candidate));
  }

  failures(runId: string, candidate: string): ReturnType<StoreReader["failures"]> {
    return this.#perform((queries) => queries.failures(runId, candidate));
  }

  ruleHits(runId: string, candidate: string): ReturnType<StoreReader["ruleHits"]> {
    return this.#perform((queries) => queries.ruleHits(runId, candidate));
  }

  blocks(runId: string, candidate: string): ReturnType<StoreReader["blocks"]> {
    return this.#perform((queries) => queries.blocks(runId, candidate));
  }

  attributes(runId: string, candidate: string, endpoint?: EndpointName): ReturnType<StoreReader["attributes"]> {
    return this.#perform((queries) => queries.attributes(runId, candidate, endpoint));
  }

  marks(runId: string): ReturnType<StoreReader["marks"]> {
    return this.#perform((queries) => queries.marks(runId));
  }

  isolations(runId: string, candidate?: string): ReturnType<StoreReader["isolations"]> {
    return this.#perform((queries) => queries.isolations(runId, candidate));
  }

  rules(): ReturnType<StoreReader["rules"]> {
    return this.#perform((queries) => queries.rules());
  }

  templates(): ReturnType<StoreReader["templates"]> {
    return this.#perform((queries) => queries.templates());
  }

  keptApart(): ReturnType<StoreReader["keptApart"]> {
    return this.#perform((queries) => queries.keptApart());
  }

  reviews(): ReturnType<StoreReader["reviews"]> {
    return this.#perform((queries) => queries.reviews());
  }

  audit(limit: number): ReturnType<StoreReader["audit"]> {
    return this.#perform((queries) => queries.audit(limit));
  }

  samples(runId: string, candidate: string, filter: SampleFilter): ReturnType<StoreReader["samples"]> {
    return this.#perform((queries) => queries.samples(runId, candidate, filter));
  }

  sample(runId: string, id: string, candidate: string): ReturnType<StoreReader["sample"]> {
    return this.#perform((queries) => queries.sample(runId, id, candidate));
  }

  timedExchanges(
    runId: string,
    candidate: string,
    filter: TimedExchangeFilter,
  ): ReturnType<StoreReader["timedExchanges"]> {
    return this.#perform((queries) => queries.timedExchanges(runId, candidate, filter));
  }
}
