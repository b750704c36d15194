import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline, Readable, type Transform, type TransformOptions } from "node:stream";
import { createGunzip, createZstdDecompress, type ZlibOptions } from "node:zlib";

/** A recording cannot be read at all. The message names it and says what to do. */
export class ReplayInputError extends Error {
  override readonly name = "ReplayInputError";
}

/** The bytes of a compressed file end early or are damaged; everything before was read. */
export class DamagedCompressionError extends Error {
  override readonly name = "DamagedCompressionError";
}

/** Stands for the standard input. */
export const STDIN = "-";

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** An error discards what waits to be read, so that must be nothing. */
const ONE_PIECE: Pick<ZlibOptions, "chunkSize"> & Pick<TransformOptions, "readableHighWaterMark"> = {
  readableHighWaterMark: 1,
};
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** @returns the size in bytes; null if it is unknown @throws {ReplayInputError} if the file cannot be read */
export async function sizeOf(file: string): Promise<number | null> {
  if (file === STDIN) return null;
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new ReplayInputError(`${file} is a folder; name the files in it`);
    return found.isFile() ? found.size : null;
  } catch (error) {
    if (error instanceof ReplayInputError) throw error;
    throw new ReplayInputError(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** @param onBytes receives the number of bytes as they are read */
export async function* readBytes(
  file: string,
  stdin: AsyncIterable<Buffer>,
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer> {
  const input = file === STDIN ? stdin : (createReadStream(file) as AsyncIterable<Buffer>);
  try {
    for await (const bytes of input) {
      onBytes(bytes.length);
      yield bytes;
    }
  } catch (error) {
    throw new ReplayInputError(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Decompresses gzip and zstd, which the first bytes tell, and drops a byte order mark.
 * @throws {DamagedCompressionError} after the last byte that can be decompressed
 */
export async function* plainBytes(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const pieces = input[Symbol.asyncIterator]();
  try {
    const start = await atLeast(ZSTD.length, pieces);
    const rest = decompressed(prepend(start, pieces), start)[Symbol.asyncIterator]();
    const first = await atLeast(BYTE_ORDER_MARK.length, rest);
    yield* prepend(startsWith(first, BYTE_ORDER_MARK) ? first.subarray(BYTE_ORDER_MARK.length) : first, rest);
  } finally {
    await pieces.return?.();
  }
}

function decompressed(input: AsyncIterable<Buffer>, start: Buffer): AsyncIterable<Buffer> {
  if (startsWith(start, GZIP)) return decompress(input, createGunzip(ONE_PIECE));
  return startsWith(start, ZSTD) ? decompress(input, createZstdDecompress(ONE_PIECE)) : input;
}

async function* decompress(input: AsyncIterable<Buffer>, decompressor: Transform): AsyncGenerator<Buffer> {
  pipeline(Readable.from(input, { objectMode: false }), decompressor, () => undefined);
  try {
    yield* decompressor as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof ReplayInputError) throw error;
    throw new DamagedCompressionError((error as Error).message, { cause: error });
  }
}

/** Returns the first pieces as one of this length or more, or all if the input is shorter. */
async function atLeast(length: number, pieces: AsyncIterator<Buffer>): Promise<Buffer> {
  const taken: Buffer[] = [];
  let total = 0;
  while (total < length) {
    const next = await pieces.next();
    if (next.done === true) break;
    taken.push(next.value);
    total += next.value.length;
  }
  return taken.length === 1 && taken[0] !== undefined ? taken[0] : Buffer.concat(taken);
}

/** Iterates over a piece and those that follow. */
async function* prepend(start: Buffer, pieces: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (start.length > 0) yield start;
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
  } finally {
    await pieces.return?.();
  }
}

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.subarray(0, prefix.length).equals(prefix);
}
