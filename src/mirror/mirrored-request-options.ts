import type { MirrorInput } from "../model/mirror-stage.ts";
import type { ClientLease } from "../upstream/client-registry.ts";
import type { MirrorRecipient } from "./mirror-recipients.ts";

export interface MirroredRequestOptions {
  readonly id: string;
  readonly input: MirrorInput;
  readonly candidates: readonly MirrorRecipient[];
  readonly secondary: MirrorRecipient | null;
  /** Held by this request until it is finished. */
  readonly lease: ClientLease;
}
