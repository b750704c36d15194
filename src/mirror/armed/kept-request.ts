import type { LiveRequest } from "../../model/isolate/probe.ts";
import type { MirrorInput } from "../../model/mirror-stage.ts";

/** A request as it was sent to the primary, in memory. */
export class KeptRequest {
  readonly id: string;
  /** Monotonic milliseconds. */
  readonly keptAt: number;
  readonly #input: Pick<MirrorInput, "route" | "primarySubset" | "request" | "hasBody">;
  readonly #chunks: Buffer[] = [];
  #bytes: number;

  constructor(id: string, { route, primarySubset, request, hasBody }: MirrorInput, keptAt: number) {
    this.id = id;
    this.keptAt = keptAt;
    this.#input = { route, primarySubset, request, hasBody };
    this.#bytes = request.headers.reduce((sum, text) => sum + text.length, request.target.length);
  }

  /** Of its target, header fields and body. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds to its body. The chunk is copied. */
  add(chunk: Buffer): void {
    this.#chunks.push(Buffer.from(chunk));
    this.#bytes += chunk.length;
  }

  /** Only for a request that has been compared, whose body is therefore complete. */
  toLiveRequest(): LiveRequest {
    const { route, primarySubset, request, hasBody } = this.#input;
    const { method, target, headers } = request;
    return {
      exchangeId: this.id,
      route: route.name,
      primary: primarySubset,
      request: { method, target, headers, body: hasBody ? new Uint8Array(Buffer.concat(this.#chunks)) : null },
    };
  }
}
