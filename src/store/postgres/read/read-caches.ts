import { LRUCache } from "lru-cache";
import { AttributeCache } from "../../reading/attribute-cache.ts";
import { BlockCache } from "../../reading/block-cache.ts";
import { EndpointDecoder } from "../../reading/endpoint-decoder.ts";

/** The runs whose decoded rows are kept in memory: the current one, and one or two that people look at. */
const MAX_RUNS = 3;

/** What a reader has decoded. All its sessions share it. */
export class ReadCaches {
  readonly blocks = new BlockCache();
  readonly attributes = new AttributeCache();
  readonly #decoders = new LRUCache<string, EndpointDecoder>({ max: MAX_RUNS });

  /** Keys of endpoints are those of a run. */
  decoderOf(runId: string): EndpointDecoder {
    const known = this.#decoders.get(runId);
    if (known !== undefined) return known;
    const decoder = new EndpointDecoder();
    this.#decoders.set(runId, decoder);
    return decoder;
  }
}
