import type { Socket } from "node:net";
import { STATUS_CODES } from "../http/node-http.ts";
import { ApiError } from "./api-error.ts";
import { SECURITY_HEADERS } from "./session/security-headers.ts";

/** Responds to bytes that Node cannot parse as a request, in the format of the API, and closes the connection. */
export function rejectMalformedRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code !== "ECONNRESET" && socket.writable) {
    const apiError = errorOf(error.code);
    const body = JSON.stringify(apiError);
    const fields = {
      ...SECURITY_HEADERS,
      "Content-Type": "application/json; charset=utf-8",
      "Content-Length": Buffer.byteLength(body),
      Connection: "close",
    };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${apiError.status} ${STATUS_CODES[apiError.status]}\r\n${lines.join("")}\r\n${body}`);
  }
  socket.destroy();
}

function errorOf(code: string | undefined): ApiError {
  if (code === "HPE_HEADER_OVERFLOW") {
    return new ApiError("header-too-large", "The headers are too large.", "Send at most 16 KiB of headers.");
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new ApiError("request-timeout", "The request did not arrive in time.", "Send it again, within 10 seconds.");
  }
  return new ApiError("invalid-request", "The request is not HTTP.", "Send a valid HTTP/1.1 request.");
}
