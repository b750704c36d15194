/** Target of all requests. */
export const PATH = "/items/42";

export const SHAPE_NAMES = ["get-1k", "get-20k", "post-2k"] as const;
export type ShapeName = (typeof SHAPE_NAMES)[number];

/** Size of request and response. */
export interface Shape {
  readonly method: "GET" | "POST";
  /** Bytes of JSON in the request; 0 for GET. */
  readonly requestBytes: number;
  /** Bytes of JSON in the response. */
  readonly responseBytes: number;
}

export const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  "get-1k": { method: "GET", requestBytes: 0, responseBytes: 1024 },
  "get-20k": { method: "GET", requestBytes: 0, responseBytes: 20 * 1024 },
  "post-2k": { method: "POST", requestBytes: 2 * 1024, responseBytes: 1024 },
};

/** Returns JSON of about `bytes` that contains this id. */
export function jsonBody(bytes: number, id: string): string {
  const items: { id: number; name: string; price: number; tags: string[] }[] = [];
  const body = { request: id, items };
  let { length } = JSON.stringify(body);
  while (length < bytes) {
    const id = items.length;
    const item = { id, name: `item number ${id}`, price: 9.5 + id, tags: ["first", "second"] };
    items.push(item);
    length += JSON.stringify(item).length + (id === 0 ? 0 : 1);
  }
  return JSON.stringify(body);
}
