import {
  type Client,
  Metadata,
  Server,
  type ServerOptions,
  ServerCredentials,
  type MethodDefinition,
  type ServiceError,
  type StatusObject,
  type UntypedHandleCall,
} from "@grpc/grpc-js";

export const same = (bytes: Buffer): Buffer => bytes;
const method = (name: string, requestStream: boolean, responseStream: boolean): MethodDefinition<Buffer, Buffer> => ({
  path: `/test.Echo/${name}`,
  requestStream,
  responseStream,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});
export const ECHO = {
  unary: method("Unary", false, false),
  split: method("Split", false, true),
  join: method("Join", true, false),
  both: method("Both", true, true),
};

interface UnaryReply {
  readonly bytes?: Buffer;
  readonly error?: Partial<StatusObject>;
  /** Sends the head first, so that an error is sent in trailers. */
  readonly headFirst?: boolean;
}

export type Unary = (message: Buffer) => UnaryReply | Promise<UnaryReply>;

function trailers(): Metadata {
  const metadata = new Metadata();
  metadata.set("x-checked", "yes");
  return metadata;
}

export interface GrpcUpstream {
  readonly url: string;
  stop(): void;
}

/**
 * A gRPC upstream whose messages are bytes.
 * @param options of the server, such as its limit of concurrent calls
 */
export async function startGrpc(unary: Unary, options: ServerOptions = {}): Promise<GrpcUpstream> {
  const server = new Server(options);
  const handlers: Record<keyof typeof ECHO, unknown> = {
    unary: async (
      call: { request: Buffer; sendMetadata(metadata: Metadata): void },
      callback: (error: Partial<StatusObject> | null, bytes: Buffer | null, trailer: Metadata) => void,
    ) => {
      const { bytes = null, error = null, headFirst = false } = await unary(call.request);
      if (headFirst) call.sendMetadata(new Metadata());
      callback(error, bytes, trailers());
    },
    split: (call: { request: Buffer; write(bytes: Buffer): void; end(): void }) => {
      for (const byte of call.request) call.write(Buffer.of(byte));
      call.end();
    },
    join: (call: NodeJS.ReadableStream, callback: (error: null, bytes: Buffer) => void) => {
      const all: Buffer[] = [];
      call.on("data", (bytes: Buffer) => all.push(bytes));
      call.on("end", () => callback(null, Buffer.concat(all)));
    },
    both: (call: NodeJS.ReadWriteStream) => {
      call.on("data", (bytes: Buffer) => call.write(bytes));
      call.on("end", () => call.end());
    },
  };
  server.addService(ECHO, handlers as Record<keyof typeof ECHO, UntypedHandleCall>);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => server.forceShutdown() };
}

interface Reply {
  readonly bytes: Buffer | undefined;
  readonly code: number;
  readonly details: string;
  readonly trailer: unknown;
}

/** Makes a unary call and returns its status, even an error. */
export async function call(client: Client, message: Buffer): Promise<Reply> {
  const { path, requestSerialize, responseDeserialize } = ECHO.unary;
  return new Promise((resolve) => {
    let bytes: Buffer | undefined;
    client
      .makeUnaryRequest(path, requestSerialize, responseDeserialize, message, (_error: ServiceError | null, value) => {
        bytes = value;
      })
      .on("status", ({ code, details, metadata }) => {
        setImmediate(() => resolve({ bytes, code, details, trailer: metadata.get("x-checked") }));
      });
  });
}
