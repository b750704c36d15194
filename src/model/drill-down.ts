/**
 * One place that a person should see highlighted when two JSON bodies stand side by side.
 * `pointer` is a JSON Pointer (RFC 6901): into the candidate for `add`, into the primary for `remove`, into both for
 * `replace` (arrays are paired by index). The empty pointer is the whole body.
 */
export interface Change {
  readonly op: "add" | "remove" | "replace";
  readonly pointer: string;
}
