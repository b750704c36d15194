import type { ReplicaIdentity } from "../../../model/shared/replica.ts";
import type { LoadSample } from "../../replica-load.ts";
import type { StoreWriterOptions } from "../../store-writer-options.ts";
import type { CommitMemory, LostCommits } from "./commit-memory.ts";

export interface PostgresWriterOptions extends StoreWriterOptions {
  readonly replica: ReplicaIdentity;
  /** Folder of SQL files; default: the migrations of this version. */
  readonly migrations?: string | undefined;
  /** What this replica has received and not committed, for its heartbeats. */
  load(): LoadSample;
  /** What was confirmed to this process, over all writers that it opens. */
  readonly commits: CommitMemory;
  /** The database does not have these commits any more, and now has their requests as forgotten. */
  onCommitsLost(lost: LostCommits): void;
  /** Exchanges could not be merged, and were given up. */
  onMergeLoss(exchanges: number): void;
  /** A merge has failed, and is repeated. */
  onMergeFailure(): void;
}
