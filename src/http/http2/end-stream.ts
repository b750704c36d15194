import type { Http2Stream } from "node:http2";

/**
 * Calls a function when the peer ends its message with END_STREAM. Node ends the readable side of a stream for RST_STREAM with
 * NO_ERROR in the same way, but such a message is incomplete (RFC 9113 §8.1). It has marked the stream as closed by then.
 * @param onEnd called before the stream emits its end, even if a reset follows in the same read
 */
export function onEndStream(stream: Http2Stream, onEnd: () => void): void {
  const push = stream.push.bind(stream);
  stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk === null && !stream.closed) onEnd();
    return push(chunk, encoding);
  };
}
