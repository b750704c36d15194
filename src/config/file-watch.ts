import { type FSWatcher, readFileSync, watch } from "node:fs";
import { dirname, resolve } from "node:path";

/** After the last event: editors write in several steps. */
const DEFAULT_QUIET_MS = 100;
/** For what the system does not report: network file systems, targets of links in other folders. */
const DEFAULT_POLL_MS = 5_000;

export interface FileWatchOptions {
  readonly files: readonly string[];
  /** The content of the files is another one than at the start or at the last call, and has come to rest. */
  changed(): void;
  readonly quietMs?: number | undefined;
  readonly pollMs?: number | undefined;
}

export interface FileWatch {
  /** The files are about to be read as they are: from now on another content is a change. */
  taken(): void;
  close(): void;
}

/**
 * Tells when the content of files changes, however it is replaced: written in place, renamed over (editors), or by a link
 * that now leads elsewhere (Kubernetes' `..data`). Folders are watched, since a watch on a file ends with the file, and
 * the content is compared, since folders report much else. Content counts once two readings in a row agree, so that a
 * file which is half written is not taken for a whole one. A file that is gone is content too.
 */
export function watchFiles(options: FileWatchOptions): FileWatch {
  const { quietMs = DEFAULT_QUIET_MS, pollMs = DEFAULT_POLL_MS } = options;
  const files = options.files.map((file) => resolve(file));
  let known = contentOf(files);
  let seen = known;
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    timer = undefined;
    const content = contentOf(files);
    if (content === known) {
      seen = content;
      return;
    }
    if (content !== seen) {
      seen = content;
      lookSoon();
      return;
    }
    known = content;
    options.changed();
  }

  function lookSoon(): void {
    clearTimeout(timer);
    timer = setTimeout(look, quietMs);
  }

  const watchers = [...new Set(files.map((file) => dirname(file)))].flatMap((folder) => watchFolder(folder, lookSoon));
  const poll = setInterval(() => {
    if (timer === undefined) look();
  }, pollMs);
  return {
    taken() {
      known = contentOf(files);
      seen = known;
    },
    close() {
      clearTimeout(timer);
      clearInterval(poll);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** None when the system has no more watches to give: then the poll alone finds changes. */
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
