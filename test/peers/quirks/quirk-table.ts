import { type QuirkProxy } from "./quirk-proxies.ts";
import { RawResponseServer } from "./raw-response-server.ts";
import { type Receipt, receiptOf, receiveAll } from "./received-response.ts";
import { QUIRK_GROUPS, type QuirkCase } from "./response-quirks.ts";

const CASES: readonly QuirkCase[] = QUIRK_GROUPS.flatMap(({ cases }) => cases);

/** What a client gets through one proxy, for each case in order. */
export type QuirkColumn = readonly Receipt[];

/** A row of the table: the case, and what a client gets through each proxy. */
export interface QuirkRow {
  /** Unique: the title of the group, a colon and the name of the case. */
  readonly name: string;
  readonly receipts: readonly Receipt[];
}

/** Puts a proxy in front of a server with unusual responses, and requests each of them. */
export async function measureQuirks(start: (upstreamPort: number) => Promise<QuirkProxy>): Promise<QuirkColumn> {
  const server = await startQuirkServer();
  const proxy = await start(server.port);
  const receipts = await requestAll(proxy.port);
  await proxy.stop();
  await server.stop();
  return receipts;
}

/** Starts a server that has each of the responses. */
export function startQuirkServer(): Promise<RawResponseServer> {
  return RawResponseServer.start(CASES);
}

/** Requests each response once. */
export async function requestAll(proxyPort: number): Promise<QuirkColumn> {
  const received = await receiveAll(proxyPort, CASES);
  return received.map((each, index) => receiptOf(each, CASES[index] as QuirkCase));
}

export function rowsOf(columns: readonly QuirkColumn[]): readonly QuirkRow[] {
  const names = QUIRK_GROUPS.flatMap(({ title, cases }) => cases.map(({ name }) => `${title}: ${name}`));
  return names.map((name, index) => ({ name, receipts: columns.map((column) => column[index] as Receipt) }));
}

/** The table as Markdown. @param titles of the columns */
export function renderQuirkTable(titles: readonly string[], rows: readonly QuirkRow[]): string {
  const lines = QUIRK_GROUPS.flatMap(({ title, cases }) => [
    "",
    `| ${[title, ...titles].join(" | ")} |`,
    `|${"---|".repeat(titles.length + 1)}`,
    ...cases.map(({ name }) => {
      const row = rows.find((each) => each.name === `${title}: ${name}`);
      return `| ${[name, ...(row?.receipts ?? [])].join(" | ")} |`;
    }),
  ]);
  return lines.slice(1).join("\n");
}

/** Reads the rows of a table that `renderQuirkTable` has written. @param text of the document that contains it */
export function parseQuirkTable(text: string): readonly QuirkRow[] {
  const titles = new Set(QUIRK_GROUPS.map(({ title }) => title));
  let group = "";
  const rows: QuirkRow[] = [];
  for (const line of text.split("\n")) {
    const [name = "", ...receipts] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (name === "") group = "";
    else if (titles.has(name)) group = name;
    else if (group !== "" && !name.startsWith("---")) {
      rows.push({ name: `${group}: ${name}`, receipts: receipts as Receipt[] });
    }
  }
  return rows;
}
