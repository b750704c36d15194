import { randomBytes } from "node:crypto";
import type { DecidingPart, IsolatedRequest } from "../../model/isolate/isolation.ts";
import type { ProbeRequest } from "../../model/isolate/probe.ts";
import type { ClearDecidingPart } from "../reduce/isolate-cause.ts";
import { neutralValue } from "../request/neutral-value.ts";
import { curlCommand, type CurlOptions } from "./curl-command.ts";
import { decidingWords } from "./deciding-words.ts";
import { RequestMasker } from "./mask-request.ts";

const KEY_BYTES = 32;

/** Requests and parts as people see them. */
export class RequestView {
  readonly #masker = new RequestMasker(randomBytes(KEY_BYTES));

  request(request: ProbeRequest, options: CurlOptions): IsolatedRequest {
    const masked = this.#masker.request(request);
    const { method, target, headers, body } = masked;
    return { method, target, headers, body, curl: curlCommand(masked, options) };
  }

  /** @param target of the request */
  deciding({ part, value, needsValue, replacement }: ClearDecidingPart, target: string): DecidingPart {
    // The replacement is from a stored request, in which secrets are masked already.
    const shown = { ...this.#masker.part(part, value, target), replacement };
    return { ...shown, words: decidingWords(shown, { needsValue, neutral: neutralValue(part) }) };
  }
}
