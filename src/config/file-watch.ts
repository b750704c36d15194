import { type FSWatcher, readFileSync, watch } from "node:fs";
import { dirname, resolve } from "node:path";

/** Delay after the last event. Editors write in several steps. */
const DEFAULT_QUIET_MS = 100;
/** For changes without events: network file systems, and link targets in other folders. */
const DEFAULT_POLL_MS = 5_000;

export interface FileWatchOptions {
  readonly files: readonly string[];
  /** Called when the content has changed since the start or the last call, and is stable. */
  changed(): void;
  readonly quietMs?: number | undefined;
  readonly pollMs?: number | undefined;
}

export interface FileWatch {
  /** Takes the current content as known, for example before a reload that was requested otherwise. */
  markRead(): void;
  close(): void;
}

/**
 * Reports changes of the content of files, whether they are written in place, replaced by a rename (editors), or by a changed
 * link (Kubernetes' `..data`). Watches the folders, because a watch on a file ends with the file, and compares the content,
 * because folders report unrelated events. Content counts after two equal reads, so that a half-written file does not. The
 * deletion of a file is a change.
 */
export function watchFiles(options: FileWatchOptions): FileWatch {
  const { quietMs = DEFAULT_QUIET_MS, pollMs = DEFAULT_POLL_MS } = options;
  const files = options.files.map((file) => resolve(file));
  let known = contentOf(files);
  let lastRead = known;
  let timer: NodeJS.Timeout | undefined;

  function check(): void {
    timer = undefined;
    const content = contentOf(files);
    if (content === known) {
      lastRead = content;
      return;
    }
    if (content !== lastRead) {
      lastRead = content;
      scheduleCheck();
      return;
    }
    known = content;
    options.changed();
  }

  function scheduleCheck(): void {
    clearTimeout(timer);
    timer = setTimeout(check, quietMs);
  }

  const watchers = [...new Set(files.map((file) => dirname(file)))].flatMap((folder) =>
    watchFolder(folder, scheduleCheck),
  );
  const poll = setInterval(() => {
    if (timer === undefined) check();
  }, pollMs);
  return {
    markRead() {
      known = contentOf(files);
      lastRead = known;
    },
    close() {
      clearTimeout(timer);
      clearInterval(poll);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** Empty if the system has no watches left. The poll then finds changes. */
function watchFolder(folder: string, event: () => void): readonly FSWatcher[] {
  try {
    const watcher = watch(folder, event);
    watcher.on("error", () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}

function contentOf(files: readonly string[]): string {
  return JSON.stringify(files.map(textOf));
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
