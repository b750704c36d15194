/**
 * A replica whose last heartbeat is older is not live: its requests in flight are lost, others merge, and its run can end without it.
 * It writes one every second, also when it has nothing to commit.
 */
export const SILENT_SECONDS = 10;
