/** Where every shape sends its requests. */
export const PATH = "/items/42";

export const SHAPE_NAMES = ["get-1k", "get-20k", "post-2k"] as const;
export type ShapeName = (typeof SHAPE_NAMES)[number];

/** What a client sends and gets. */
export interface Shape {
  readonly method: "GET" | "POST";
  /** JSON in the request; empty for GET. */
  readonly requestBytes: number;
  /** JSON in the answer. */
  readonly answerBytes: number;
}

export const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  "get-1k": { method: "GET", requestBytes: 0, answerBytes: 1024 },
  "get-20k": { method: "GET", requestBytes: 0, answerBytes: 20 * 1024 },
  "post-2k": { method: "POST", requestBytes: 2 * 1024, answerBytes: 1024 },
};

/** JSON of about `bytes`, with this id in it. */
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
