import { type ParsedRequestHead, RequestParser } from "../../http/http1/request-parser.ts";
import { type FoundRequest, MAX_HEAD_BYTES } from "../request-outcome.ts";

interface Message {
  head: ParsedRequestHead | null;
  readonly body: Buffer[];
  /** Null while bytes are missing. */
  end: "complete" | "refused" | null;
}

/** Parses the bytes of one request of HTTP/1.1 or 1.0, as strictly as the listener. The body has no transfer coding. */
export function parseMessage(bytes: Buffer): FoundRequest | { readonly problem: string } {
  const message: Message = { head: null, body: [], end: null };
  const parser = new RequestParser(
    {
      head(head) {
        message.head = head;
        if (head.bodyLength === 0) message.end = "complete";
        return true;
      },
      body: (piece) => message.body.push(piece),
      end: () => {
        message.end = "complete";
      },
      refuse: () => {
        message.end = "refused";
      },
    },
    MAX_HEAD_BYTES,
  );
  let at = 0;
  while (at < bytes.length && message.end === null) at = parser.read(bytes, at);
  const { head, body, end } = message;
  if (end === "refused") return { problem: "not a well-formed request of HTTP/1.1" };
  if (head === null || end === null) return { problem: "the request is incomplete" };
  if (at < bytes.length) return { problem: `${bytes.length - at} bytes follow the request` };
  return { method: head.method, url: head.target, headers: head.fields, body: Buffer.concat(body) };
}
