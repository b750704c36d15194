import type { CaptureCollector } from "../../capture/capture-collector.ts";
import { OVERFLOW_ENDPOINT } from "../../model/difference.ts";
import { KEPT_MARK, type ArmedCause, type FoundRequest, type SeenExchange } from "../../model/isolate/armed-cause.ts";
import type { MirroredExchange, MirrorInput } from "../../model/mirror-stage.ts";
import { KeptExchange } from "./kept-exchange.ts";
import { KeptRequest } from "./kept-request.ts";

/** Requests that wait for their comparison. Further ones are not kept, so a cause that is not rare is found all the same. */
const MAX_REQUESTS = 64;
/** Targets, header fields and bodies of all of them. */
const MAX_BYTES = 1024 * 1024;
/** A request whose comparison takes longer, or never comes because it was dropped, is forgotten. */
const MAX_AGE_MS = 20_000;

interface Recipient {
  readonly target: { readonly subset: string };
}

/**
 * Keeps mirrored requests in the memory of a proxy thread, as they were sent, from their arrival until their comparison: only
 * while an isolation is armed, only of the endpoints and candidates for which it waits, and within limits. They reach neither the
 * store nor a log.
 */
export class RequestKeeper {
  readonly #collector: CaptureCollector;
  readonly #now: () => number;
  #causes: readonly ArmedCause[] = [];
  /** By id of the exchange, oldest first. */
  readonly #kept = new Map<string, KeptRequest>();
  #bytes = 0;

  /** @param now monotonic milliseconds */
  constructor(collector: CaptureCollector, now: () => number) {
    this.#collector = collector;
    this.#now = now;
    collector.onIdentical = (id) => this.forget(id);
  }

  get isArmed(): boolean {
    return this.#causes.length > 0;
  }

  /** Requests in memory. */
  get size(): number {
    return this.#kept.size;
  }

  /** Replaces the causes. Without any, everything is forgotten at once. */
  arm(causes: readonly ArmedCause[]): void {
    this.#causes = causes;
    if (causes.length > 0) return;
    this.#kept.clear();
    this.#bytes = 0;
  }

  /** Whether a request is kept if it is mirrored to these recipients. */
  wants(recipients: readonly Recipient[], { route, request }: MirrorInput): boolean {
    this.#forgetOld();
    if (this.#kept.size >= MAX_REQUESTS || this.#bytes >= MAX_BYTES) return false;
    const endpoint = this.#collector.endpoints.endpointOf(route.name, request.method, request.target);
    return this.#causes.some(
      (cause) =>
        (cause.endpoint === endpoint || cause.endpoint === OVERFLOW_ENDPOINT) &&
        recipients.some(({ target }) => target.subset === cause.candidate),
    );
  }

  /** The id of an exchange whose request is kept. */
  markedId(id: string): string {
    return `${id}${KEPT_MARK}`;
  }

  /** Keeps a request. @returns the exchange through which its body passes */
  keep(id: string, input: MirrorInput, mirrored: MirroredExchange): MirroredExchange {
    const kept = new KeptRequest(id, input, this.#now());
    this.#kept.set(id, kept);
    this.#bytes += kept.bytes;
    return new KeptExchange(mirrored, {
      data: (chunk) => this.#add(kept, chunk),
      forget: () => this.forget(id),
    });
  }

  /** The exchange shows nothing: all its responses are identical, or it was dropped. */
  forget(id: string): void {
    // Unarmed, the id of every identical exchange would be hashed for nothing.
    const kept = this.#kept.size === 0 ? undefined : this.#kept.get(id);
    if (kept === undefined) return;
    this.#bytes -= kept.bytes;
    this.#kept.delete(id);
  }

  /** Exchanges were compared. @returns the requests that show a cause, which are no longer kept */
  compared(seen: readonly SeenExchange[]): readonly FoundRequest[] {
    return seen.flatMap(({ id, causes }) => {
      const kept = this.#kept.get(id);
      this.forget(id);
      if (kept === undefined) return [];
      return causes
        .filter((cause) => this.#isArmedFor(cause))
        .map((cause) => ({ cause, request: kept.toLiveRequest() }));
    });
  }

  #isArmedFor(cause: string): boolean {
    return this.#causes.some(({ id }) => id === cause);
  }

  #add(kept: KeptRequest, chunk: Buffer): void {
    if (!this.#kept.has(kept.id)) return;
    if (this.#bytes + chunk.length > MAX_BYTES) return this.forget(kept.id);
    kept.add(chunk);
    this.#bytes += chunk.length;
  }

  #forgetOld(): void {
    const oldest = this.#now() - MAX_AGE_MS;
    for (const [id, { keptAt }] of this.#kept) {
      if (keptAt > oldest) return;
      this.forget(id);
    }
  }
}
