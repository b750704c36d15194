import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** One value in this many endpoints, or requests, is special. */
const DIFFERS_EVERY = 10;
const BREAKS_EVERY = 97;
/** Endpoints of the part of the service that has a new framework. */
const NEW_FRAMEWORK_EVERY = 3;
const WIDE_FIELDS = 2_000;
const LARGE_BYTES = 1_000_000;
const LARGE_CHANGES: readonly number[] = [0.3, 0.6, 0.9];

type Role = "primary" | "candidate" | "secondary";

/** The path of an endpoint. Its name is in letters, because numbers would be one endpoint. */
export function shopPath(endpoint: number, id: number): string {
  const name = endpoint.toString(8).replace(/\d/g, (digit) => "bcdfghkm".charAt(Number(digit)));
  return `/shop/${name}/${id}`;
}

export const WIDE_PATH = "/wide/1";
export const LARGE_PATH = "/large/1";

interface Response {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

function responseOf(path: string, role: Role): Response {
  const isCandidate = role === "candidate";
  if (path === WIDE_PATH) return { status: 200, body: wide(isCandidate) };
  if (path === LARGE_PATH) return { status: 200, body: large(isCandidate) };
  const [, , name = "", id = "0"] = path.split("/");
  const number = Number(id);
  const weight = [...Buffer.from(name)].reduce((sum, byte) => sum * 31 + byte, 7);
  const isDifferent = isCandidate && weight % DIFFERS_EVERY === 0;
  if (isCandidate && weight % BREAKS_EVERY === 0 && number % 2 === 0) return { status: 404, body: { error: "gone" } };
  return {
    status: 200,
    headers: isCandidate && weight % NEW_FRAMEWORK_EVERY === 0 ? { "x-framework": "next" } : {},
    body: {
      id: number,
      name,
      price: isDifferent ? number + 0.01 : number,
      ...(isDifferent ? { currency: "EUR" } : {}),
      tags: ["new", "sale"],
      at: new Date().toISOString(),
    },
  };
}

/** An object whose 2,000 members all differ, except for their names. */
function wide(isCandidate: boolean): object {
  return Object.fromEntries(
    Array.from({ length: WIDE_FIELDS }, (_, index) => [`field_${index}`, isCandidate ? index + 1 : index]),
  );
}

function rowOf(index: number): object {
  return { id: index, title: `Row ${index}`, note: "as before, and as long as this" };
}

/** 1 MB of rows, of which three differ. */
function large(isCandidate: boolean): object {
  const count = Math.floor(LARGE_BYTES / JSON.stringify(rowOf(10_000)).length) - 1;
  const changed = new Set(LARGE_CHANGES.map((share) => Math.floor(count * share)));
  return {
    rows: Array.from({ length: count }, (_, index) => ({
      ...rowOf(index),
      ...(isCandidate && changed.has(index) ? { title: `Line ${index}` } : {}),
    })),
  };
}

export interface Service {
  readonly urls: Readonly<Record<Role, string>>;
  stop(): void;
}

/** Starts the three versions of a service on free ports. */
export async function startService(): Promise<Service> {
  const servers = new Map<Role, Server>();
  const urls: Partial<Record<Role, string>> = {};
  for (const role of ["primary", "candidate", "secondary"] as const) {
    const server = createServer((request, response) => {
      const { status, headers, body } = responseOf(request.url ?? "", role);
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.set(role, server);
    urls[role] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  return {
    urls: urls as Record<Role, string>,
    stop() {
      for (const server of servers.values()) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
