const WRITE_REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "its folder does not exist"],
  ["ENOTDIR", "a part of its path is not a folder"],
  ["EISDIR", "it is a folder; write the path of a file"],
  ["EROFS", "the file system is read-only"],
  ["EACCES", "permission denied"],
  ["ENOSPC", "the disk is full"],
]);

/** Why a file cannot be written, as the end of a sentence. */
export function writeErrorReason(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return WRITE_REASONS.get(code) ?? message;
}
