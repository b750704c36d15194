import { SerialQueue } from "../../../lib/async/serial-queue.ts";
import type { SampleFilter, StoreReader, TimedExchangeFilter } from "../../store.ts";
import { FileGuard } from "../file-guard.ts";
import { openForReading } from "../open-database.ts";
import { toStoreError } from "../sqlite-errors.ts";
import { SqliteQueries } from "./sqlite-queries.ts";

/**
 * Opens a database for reports and the dashboard. Another process can write to it; each query sees the last commit.
 * @throws Error if the file is missing, is not a shadowdiff database or has another schema version; the message names the file
 */
export function openSqliteReader(
  path: string,
  options: { readonly migrations?: string | undefined } = {},
): StoreReader {
  const db = openForReading(path, options.migrations);
  const queries = new SqliteQueries(db, new FileGuard(path, "reading"));
  const queue = new SerialQueue();
  // A connection has one transaction. Queries that came from outside of a snapshot would read its state, which may be older than
  // what their caller has just written.
  const perform: Perform = (work) => queue.run(() => attempt(() => work(queries)));
  return new SqliteReader(perform, (read) => queue.run(() => readSnapshot(queries, read)));
}

/** Runs queries. */
type Perform = <Result>(work: (queries: SqliteQueries) => Result) => Promise<Result>;

type ReadSnapshot = StoreReader["snapshot"];

class SqliteReader implements StoreReader {
  readonly #perform: Perform;
  readonly snapshot: ReadSnapshot;

  constructor(perform: Perform, snapshot: ReadSnapshot) {
    this.#perform = perform;
    this.snapshot = snapshot;
  }

  version(): ReturnType<StoreReader["version"]> {
    return this.#perform((queries) => queries.version());
  }

  runs(): ReturnType<StoreReader["runs"]> {
    return this.#perform((queries) => queries.runs());
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

  close(): ReturnType<StoreReader["close"]> {
    return this.#perform((queries) => queries.close());
  }
}

/** Reads within a transaction of the connection. Nothing else may use it in the meantime. */
async function readSnapshot<Result>(
  queries: SqliteQueries,
  read: (reader: StoreReader) => Promise<Result>,
): Promise<Result> {
  const perform: Perform = async (work) => attempt(() => work(queries));
  const snapshot: StoreReader = new SqliteReader(perform, (nested) => nested(snapshot));
  await perform(() => queries.beginSnapshot());
  try {
    return await read(snapshot);
  } finally {
    await perform(() => queries.endSnapshot());
  }
}

/** @throws StoreError if the database cannot be read */
function attempt<Result>(query: () => Result): Result {
  try {
    return query();
  } catch (error) {
    throw toStoreError(error);
  }
}
