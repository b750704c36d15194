/** The upstream reset the stream or closed the connection. */
export class StreamResetError extends Error {
  readonly code = "ERR_HTTP2_STREAM_ERROR";

  constructor(code: number) {
    super(`stream closed with code ${code}`);
  }
}
