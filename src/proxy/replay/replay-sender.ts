import type { RequestsConfig } from "../../model/config.ts";
import type { ScheduledRequest } from "../../model/replay/replay-counts.ts";
import type { ExchangeOwner, ExchangeResult, RequestHandler } from "../exchange/client-exchange.ts";
import { DiscardedResponse } from "../exchange/discarded-response.ts";
import { NO_BODY } from "../exchange/request-body.ts";
import { readHead } from "../exchange/request-head.ts";
import { RecordedBody } from "./recorded-body.ts";

/** Sends a recorded request. @param onEnd called once, when all versions have responded; null if the request is malformed */
export type SendRecorded = (request: ScheduledRequest, onEnd: (result: ExchangeResult | null) => void) => void;

/**
 * Sends recorded requests in place of a listener. The next request of a lane waits for the responses of all versions, so it is no
 * closed loop around the primary.
 * @param serve the proxy, out of band
 */
export function createReplaySender(serve: RequestHandler, requests: RequestsConfig): SendRecorded {
  return ({ method, target, headers, body }, onEnd) => {
    const hasBody = body.length > 0;
    const source = {
      method,
      url: target,
      // Such a request needs no Host: it gets the primary's.
      isHttp10: true,
      protocol: undefined,
      rawHeaders: hasBody ? [...headers, "Content-Length", String(body.length)] : headers,
      hasBody,
      pauseMs: Infinity,
      idleConnections: 0,
    };
    const head = readHead(source, { requests, scheme: "http" });
    if ("refused" in head) return onEnd(null);
    const owner: ExchangeOwner = { add: () => {}, remove: () => {}, settled: onEnd };
    return serve(head, hasBody ? new RecordedBody(body) : NO_BODY, new DiscardedResponse(), owner);
  };
}
