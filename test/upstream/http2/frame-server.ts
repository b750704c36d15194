import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import {
  ACK,
  decodeFrames,
  encodeFrame,
  encodeHeaders,
  END_STREAM,
  type Frame,
  type FrameType,
  PREFACE,
} from "../../proxy/listener/http2-frames.ts";

export const NO_ERROR = 0;
export const REFUSED_STREAM = 7;
const MAX_CONCURRENT_STREAMS = 3;
const NOTHING = Buffer.alloc(0);

export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

/** Settings with a limit of concurrent streams (RFC 9113 §6.5.1); without one, they are empty. */
export function settings(limit?: number): Buffer {
  return limit === undefined ? NOTHING : Buffer.concat([Buffer.of(0, MAX_CONCURRENT_STREAMS), uint32(limit)]);
}

/** One connection of a `FrameServer`. */
export class FrameConnection {
  readonly socket: Socket;
  /** Streams that were opened and are not closed, from the server's point of view. */
  readonly open = new Set<number>();
  /** Streams that the client has reset, with their codes. */
  readonly resets = new Map<number, number>();
  readonly bodies = new Map<number, string>();
  /** The client has applied the settings. */
  isAcknowledged = false;
  /** Replies to PING frames. */
  pongs = 0;
  #received = NOTHING;
  #hasSettings = false;

  constructor(socket: Socket, onFrame: (connection: FrameConnection, frame: Frame) => void) {
    this.socket = socket;
    let hasPreface = false;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      if (!hasPreface) {
        if (this.#received.length < PREFACE.length) return;
        hasPreface = true;
        this.#received = this.#received.subarray(PREFACE.length);
      }
      const frames = decodeFrames(this.#received);
      this.#received = this.#received.subarray(frames.reduce((sum, { payload }) => sum + 9 + payload.length, 0));
      for (const frame of frames) {
        this.#note(frame);
        onFrame(this, frame);
      }
    });
  }

  send(type: FrameType, flags: number, stream: number, payload: Buffer = NOTHING): void {
    if (type === "SETTINGS") this.#hasSettings = true;
    this.socket.write(encodeFrame(type, flags, stream, payload));
  }

  sendHeaders(stream: number, fields: readonly string[], flags = 0): void {
    this.socket.write(encodeHeaders(stream, fields, flags));
  }

  /** Sends a complete response. */
  respond(stream: number, body = "ok", status = "200"): void {
    this.open.delete(stream);
    this.socket.write(
      Buffer.concat([
        encodeHeaders(stream, [":status", status]),
        encodeFrame("DATA", END_STREAM, stream, Buffer.from(body)),
      ]),
    );
  }

  reset(stream: number, code: number): void {
    this.open.delete(stream);
    this.send("RST_STREAM", 0, stream, uint32(code));
  }

  goAway(lastStream: number, code = NO_ERROR): void {
    this.send("GOAWAY", 0, 0, uint32(lastStream, code));
  }

  #note({ type, flags, stream, payload }: Frame): void {
    // An acknowledgment must not be the first frame.
    if (type === "SETTINGS" && (flags & ACK) === 0 && this.#hasSettings) this.send("SETTINGS", ACK, 0);
    if (type === "SETTINGS" && (flags & ACK) !== 0) this.isAcknowledged = true;
    if (type === "PING" && (flags & ACK) !== 0) this.pongs += 1;
    if (type === "HEADERS") this.open.add(stream);
    if (type === "DATA") this.bodies.set(stream, (this.bodies.get(stream) ?? "") + payload.toString("latin1"));
    if (type === "RST_STREAM") {
      this.open.delete(stream);
      this.resets.set(stream, payload.readUInt32BE(0));
    }
  }
}

interface FrameServerOptions {
  /** Sent at the start of each connection; null for a server that sends no settings. */
  readonly settings?: Buffer | null;
  /** Called for each frame of a client, on whichever connection. */
  readonly onFrame: (connection: FrameConnection, frame: Frame) => void;
}

/** An HTTP/2 server that writes each frame itself, including those that no library would send. */
export class FrameServer {
  readonly connections: FrameConnection[] = [];
  readonly #server: Server;

  private constructor({ settings: first = NOTHING, onFrame }: FrameServerOptions) {
    this.#server = createServer((socket) => {
      const connection = new FrameConnection(socket.setNoDelay(), onFrame);
      this.connections.push(connection);
      if (first !== null) connection.send("SETTINGS", 0, 0, first);
    });
  }

  static async start(options: FrameServerOptions): Promise<FrameServer> {
    const server = new FrameServer(options);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Accepts no further connections; open ones stay. */
  refuseConnections(): void {
    this.#server.close();
  }

  async stop(): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Whether a frame is the last one of a request. */
export function endsRequest({ type, flags }: Frame): boolean {
  return (type === "HEADERS" || type === "DATA") && (flags & END_STREAM) !== 0;
}
