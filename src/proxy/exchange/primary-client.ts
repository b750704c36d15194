import type { LegFault, MirroredExchange } from "../../model/mirror-stage.ts";
import { withFault } from "../../upstream/faulty-client.ts";
import type { LegRequest, UpstreamClient } from "../../upstream/leg.ts";
import type { ForwardPlan } from "../routing/routing-table.ts";
import type { ClientRequest } from "./client-exchange.ts";
import { ReplayableBody } from "./replayable-body.ts";
import { forwardBody, takeWholeBody } from "./request-body.ts";
import { withRetries } from "./retrying-client.ts";

interface PrimaryClientOptions {
  readonly hasBody: boolean;
  readonly request: ClientRequest;
  /** Receives a copy of the body. */
  readonly mirrored: MirroredExchange | null;
  readonly client: UpstreamClient;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * @param fault injected in front of the primary
 * @returns the client and the body for the primary. With retries, the client offers the body to each attempt itself. Of a body
 *   in one piece, the mirror has not received a copy.
 */
export function primaryClient(
  { forward: { retries } }: ForwardPlan,
  { hasBody, request, mirrored, client, random }: PrimaryClientOptions,
  fault: LegFault | null,
): { readonly client: Pick<UpstreamClient, "send">; readonly body: LegRequest["body"] } {
  const faulty = (one: Pick<UpstreamClient, "send">): Pick<UpstreamClient, "send"> =>
    fault === null ? one : withFault(one, fault);
  if (retries === undefined) {
    return {
      client: faulty(client),
      body: hasBody ? (takeWholeBody(request) ?? forwardBody(request, mirrored)) : null,
    };
  }
  const body = hasBody ? new ReplayableBody(request, mirrored) : null;
  return { client: faulty(withRetries(client, { retries, body, random })), body: null };
}
