import type { FieldReport, Report } from "../../../model/report.ts";
import { kindWords } from "../../../presentation/words/difference-words.ts";
import { fieldNotes } from "../../../presentation/words/field-notes.ts";
import { formatCount, formatPlural, formatShare } from "../../../presentation/words/number-format.ts";
import type { Page } from "./page.ts";
import { escapeText, fit, fitRight, nameEndpoints } from "./terminal-text.ts";

const MAX_FIELDS = 20;
const KIND_WIDTH = 13;
const INDENT = "      ";
const SECTION_WIDTH = 10;
/** Most paths fit. On wider pages, the column grows and leaves a margin, because numbers far from their names are hard to read. */
const COMMON_PATH_WIDTH = 41;
const MARGIN = 10;

/** The columns of a field table to the right of the path. */
interface FieldColumns {
  readonly heading: string;
  /** Columns of the widest cell. */
  readonly width: number;
  readonly cell: (field: FieldReport) => string;
  /** Lines below the field. */
  readonly notes?: (field: FieldReport) => readonly string[];
  /** Adds up the same field of several endpoints; without it, each endpoint has its own list. */
  readonly add?: (fields: readonly FieldReport[]) => FieldReport;
}

/** Fields in which the secondary differs as well. They do not count, and are listed so that this can be checked. */
export function noiseSection(report: Report, page: Page): readonly string[] {
  return fieldSection(
    report,
    page,
    "noise: the secondary differs here too, so these fields do not count",
    ({ verdict, rule }) => verdict === "noise" && rule === null,
    {
      width: KIND_WIDTH + 10 + 9,
      heading: `${fit("kind", KIND_WIDTH)}${fitRight("responses", 10)}${fitRight("noise", 9)}`,
      cell: ({ kind, count, noise }) =>
        `${fit(kindWords(kind), KIND_WIDTH)}${fitRight(formatCount(count), 10)}${fitRight(formatCount(noise), 9)}`,
      notes: fieldNotes,
      add: addFields,
    },
  );
}

/** The counts of a field on several endpoints; what limits it most on any of them. */
function addFields(fields: readonly FieldReport[]): FieldReport {
  return fields.reduce((sum, { count, noise, mayHide, inflation }) => ({
    ...sum,
    count: sum.count + count,
    noise: sum.noise + noise,
    mayHide: sum.mayHide === null ? mayHide : Math.max(sum.mayHide, mayHide ?? 0),
    inflation: Math.max(sum.inflation, inflation),
  }));
}

/** What Diffy would show for every field. */
export function diffySection(report: Report, page: Page): readonly string[] {
  return fieldSection(
    report,
    page,
    "diffy: a field is a difference if raw > noise, relative > 20% and absolute > 0.03%",
    ({ rule }) => rule === null,
    {
      width: KIND_WIDTH + 10 + 11 + 12,
      heading: `${fit("kind", KIND_WIDTH)}${fitRight("relative", 10)}${fitRight("absolute", 11)}  diffy`,
      cell: ({ kind, diffy: { relative, absolute, flagged } }) =>
        `${fit(kindWords(kind), KIND_WIDTH)}${fitRight(formatShare(relative / 100), 10)}${fitRight(formatShare(absolute / 100), 11)}` +
        `  ${flagged ? "difference" : "noise"}`,
    },
  );
}

function fieldSection(
  { endpoints }: Report,
  page: Page,
  heading: string,
  isShown: (field: FieldReport) => boolean,
  columns: FieldColumns,
): readonly string[] {
  const shown = endpoints
    .map(({ endpoint, differences }) => ({ endpoint, fields: differences.filter(isShown) }))
    .filter(({ fields }) => fields.length > 0);
  if (shown.length === 0) return [];
  return [
    ...page.wrap(heading, { start: "", indent: "  " }).map((line) => page.paint("bold", line)),
    ...mergeAlike(shown, columns.add).flatMap(({ title, fields }) => [
      ...page.wrap(escapeText(title), { start: "  ", indent: "    " }),
      ...fieldLines(fields, columns, page),
    ]),
  ];
}

interface EndpointFields {
  readonly endpoint: string;
  readonly fields: readonly FieldReport[];
}

/** Endpoints with the same fields, such as those of slugs, are one list: the fields are what matters. */
function mergeAlike(
  endpoints: readonly EndpointFields[],
  add: FieldColumns["add"],
): readonly { readonly title: string; readonly fields: readonly FieldReport[] }[] {
  if (add === undefined) return endpoints.map(({ endpoint, fields }) => ({ title: endpoint, fields }));
  const groups = Map.groupBy(endpoints, ({ fields }) => fields.map(fieldName).toSorted().join("\n"));
  return [...groups.values()].map((group) => {
    const byName = Map.groupBy(
      group.flatMap(({ fields }) => fields),
      fieldName,
    );
    const names = nameEndpoints(group);
    return {
      title: group.length === 1 ? names : `${formatPlural(group.length, "endpoint")}: ${names}`,
      fields: [...byName.values()].map(add),
    };
  });
}

function fieldName({ section, path, kind }: FieldReport): string {
  return `${section} ${path} ${kind}`;
}

function fieldLines(
  fields: readonly FieldReport[],
  { heading, width, cell, notes = () => [] }: FieldColumns,
  page: Page,
): string[] {
  const rest = fields.length - MAX_FIELDS;
  const room = page.width - INDENT.length - SECTION_WIDTH - 1 - width;
  const pathWidth = Math.max(Math.min(room, COMMON_PATH_WIDTH), room - MARGIN);
  return [
    page.paint("dim", `${INDENT}${fit("section", SECTION_WIDTH)}${fit("path", pathWidth)} ${heading}`),
    ...fields.slice(0, MAX_FIELDS).flatMap((field) => {
      const indent = `${INDENT}${" ".repeat(SECTION_WIDTH)}`;
      const [first, ...more] = page.inColumn(field.path, pathWidth, ` ${cell(field)}`, indent);
      return [
        `${INDENT}${fit(field.section, SECTION_WIDTH)}${first}`,
        ...more,
        ...notes(field).flatMap((note) => page.wrap(note, { start: `${indent}  `, indent: `${indent}  ` })),
      ];
    }),
    ...(rest > 0 ? [`${INDENT}… and ${formatPlural(rest, "more field")}`] : []),
  ];
}
