/** Target of all requests. */
export const PATH = "/items/42";

/** What clients speak. With gRPC, upstreams speak it too; otherwise they speak HTTP/1.1. */
export type Protocol = "http1" | "h2" | "grpc";

export const SHAPE_NAMES = ["get-1k", "get-20k", "post-2k", "h2-1k", "grpc", "service"] as const;
export type ShapeName = (typeof SHAPE_NAMES)[number];

export interface Shape {
  readonly protocol: Protocol;
  /** Body of the POST; empty for GET. */
  readonly body: string;
  /** Bytes of JSON in the constant response; `service` for that of a realistic upstream. */
  readonly response: number | "service";
}

/** A message with one text field, and the prefix of its length. */
export const GRPC_REQUEST = "\0\0\0\0\x06\n\x04name";
export const GRPC_RESPONSE = "\0\0\0\0\x10\n\x0esmall response";

export const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  "get-1k": { protocol: "http1", body: "", response: 1024 },
  "get-20k": { protocol: "http1", body: "", response: 20 * 1024 },
  "post-2k": { protocol: "http1", body: jsonBody(2 * 1024, "sent"), response: 1024 },
  "h2-1k": { protocol: "h2", body: "", response: 1024 },
  grpc: { protocol: "grpc", body: GRPC_REQUEST, response: GRPC_RESPONSE.length },
  service: { protocol: "http1", body: "", response: "service" },
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
