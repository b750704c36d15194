import { RawClient } from "../proxy-harness.ts";

/** Frame types by number (RFC 9113 §6). */
const NAMES = [
  "DATA",
  "HEADERS",
  "PRIORITY",
  "RST_STREAM",
  "SETTINGS",
  "PUSH_PROMISE",
  "PING",
  "GOAWAY",
  "WINDOW_UPDATE",
  "CONTINUATION",
] as const;
export type FrameType = (typeof NAMES)[number];

const FRAME_HEAD = 9;
const MAX_FRAME = 16_384;
const ONE_BYTE = 127;
export interface Frame {
  readonly type: string;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export const END_STREAM = 1;
const END_HEADERS = 4;
export const ACK = 1;
export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Encodes a frame (RFC 9113 §4.1). */
export function encodeFrame(type: FrameType, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(NAMES.indexOf(type), 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Encodes a field section, in several frames if needed. */
export function encodeHeaders(stream: number, fields: readonly string[], flags = 0): Buffer {
  const block = literals(fields);
  const parts = Math.max(1, Math.ceil(block.length / MAX_FRAME));
  return Buffer.concat(
    Array.from({ length: parts }, (_, part) => {
      const end = part === parts - 1 ? END_HEADERS : 0;
      const payload = block.subarray(part * MAX_FRAME, (part + 1) * MAX_FRAME);
      return encodeFrame(part === 0 ? "HEADERS" : "CONTINUATION", (part === 0 ? flags : 0) | end, stream, payload);
    }),
  );
}

/** Returns the complete frames of what was received after the preface. */
export function decodeFrames(received: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + FRAME_HEAD <= received.length;) {
    const end = at + FRAME_HEAD + received.readUIntBE(at, 3);
    if (end > received.length) break;
    frames.push({
      type: NAMES[received.readUInt8(at + 3)] ?? "",
      flags: received.readUInt8(at + 4),
      stream: received.readUInt32BE(at + 5),
      payload: received.subarray(at + FRAME_HEAD, end),
    });
    at = end;
  }
  return frames;
}

/** An HTTP/2 client that writes each frame itself, including frames that no library would send. */
export class FrameClient {
  readonly raw: RawClient;

  private constructor(raw: RawClient) {
    this.raw = raw;
  }

  /** Sends the preface, the settings, and the acknowledgment of the server's settings. */
  static async open(port: number): Promise<FrameClient> {
    const raw = await RawClient.open(port);
    const client = new FrameClient(raw);
    raw.send(PREFACE);
    client.send("SETTINGS", 0, 0, Buffer.alloc(0));
    await client.until((frames) => frames.some(({ type }) => type === "SETTINGS"));
    client.send("SETTINGS", ACK, 0, Buffer.alloc(0));
    return client;
  }

  send(type: FrameType, flags: number, stream: number, payload: Buffer): void {
    this.raw.send(encodeFrame(type, flags, stream, payload));
  }

  sendHeaders(stream: number, fields: readonly string[], flags = 0): void {
    this.raw.send(encodeHeaders(stream, fields, flags));
  }

  /** Frames received so far. */
  get frames(): Frame[] {
    return decodeFrames(this.raw.received);
  }

  async until(condition: (frames: readonly Frame[]) => boolean): Promise<void> {
    await this.raw.until(() => condition(this.frames));
  }
}

/** Encodes each field as a literal without indexing and without Huffman coding (RFC 7541 §6.2.2). */
function literals(fields: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    parts.push(Buffer.of(0), text(fields[index] ?? ""), text(fields[index + 1] ?? ""));
  }
  return Buffer.concat(parts);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length < ONE_BYTE) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [ONE_BYTE];
  let rest = bytes.length - ONE_BYTE;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}
