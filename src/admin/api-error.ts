import { STATUS_CODES } from "../http/node-http.ts";

/** The status code of each error code. */
const STATUS = {
  "invalid-request": 400,
  "candidate-needed": 400,
  "token-needed": 401,
  "token-wrong": 401,
  "token-limited": 403,
  "foreign-origin": 403,
  "not-found": 404,
  "unknown-run": 404,
  "unknown-candidate": 404,
  "unknown-sample": 404,
  "unknown-endpoint": 404,
  "unknown-rule": 404,
  "unknown-template": 404,
  "unknown-cause": 404,
  "unknown-isolation": 404,
  "body-not-kept": 404,
  "method-not-allowed": 405,
  "request-timeout": 408,
  "rule-of-configuration": 409,
  "too-many-rules": 409,
  "template-of-traffic": 409,
  "too-many-templates": 409,
  "run-changing": 409,
  "confirm-needed": 409,
  "masked-request": 409,
  "not-resendable": 409,
  "resend-running": 409,
  "not-isolatable": 409,
  "isolation-running": 409,
  "request-too-large": 413,
  "target-too-long": 414,
  "json-needed": 415,
  "foreign-host": 421,
  "over-broad": 422,
  "unusable-baseline": 422,
  "too-many-failures": 429,
  "too-many-marks": 429,
  "header-too-large": 431,
  internal: 500,
  "store-unavailable": 503,
  "too-many-listeners": 503,
  stopping: 503,
} as const satisfies Readonly<Record<string, number>>;

export type ApiErrorCode = keyof typeof STATUS;

/** What makes a store work again, of any kind. The message says which reason it is. */
export const STORE_REMEDY =
  "Make the store work: a file must be readable and writable with free space on its disk, a database must be reachable and accept writes.";

/** An error response with a remedy for the user. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly remedy: string;

  constructor(code: ApiErrorCode, message: string, remedy: string, options?: ErrorOptions) {
    // The message is a sentence, because the remedy follows it.
    super(/[.?!]$/.test(message) ? message : `${message}.`, options);
    this.name = "ApiError";
    this.code = code;
    this.remedy = remedy;
  }

  get status(): number {
    return STATUS[this.code];
  }

  /** The body of the response. */
  toJSON(): { readonly error: { readonly code: ApiErrorCode; readonly message: string; readonly remedy: string } } {
    return { error: { code: this.code, message: this.message, remedy: this.remedy } };
  }
}

/** Error codes of fastify and @fastify/static. */
const FRAMEWORK_ERRORS: Readonly<Record<string, ApiErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "request-too-large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "json-needed",
  FST_ERR_MAX_PARAM_LENGTH: "target-too-long",
};

/** Client errors by status code. A forbidden path is reported like one that does not exist. */
const STATUS_ERRORS: Readonly<Record<number, ApiErrorCode>> = {
  400: "invalid-request",
  403: "not-found",
  404: "not-found",
  413: "request-too-large",
  414: "target-too-long",
  415: "json-needed",
};

const REMEDIES: Readonly<Partial<Record<ApiErrorCode, string>>> = {
  "json-needed": "Send a small JSON document with Content-Type: application/json.",
  "not-found": "GET /api/v1/openapi.json lists the API.",
  internal: "See the log of shadowdiff for details.",
};

/** Converts any error of a request handler to a response. Messages of internal errors appear only in the log. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const { code, statusCode, message } = error as { code?: unknown; statusCode?: unknown; message?: unknown };
  const apiCode = FRAMEWORK_ERRORS[String(code)] ?? STATUS_ERRORS[Number(statusCode)] ?? "internal";
  const text = apiCode === "invalid-request" ? String(message) : STATUS_CODES[STATUS[apiCode]];
  const remedy = REMEDIES[apiCode] ?? "GET /api/v1/openapi.json describes the valid requests.";
  return new ApiError(apiCode, text ?? apiCode, remedy, { cause: error });
}
