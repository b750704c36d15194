import type { FieldReport, Report } from "../../model/report.ts";
import { kindWords } from "../../presentation/words/difference-words.ts";
import { fieldNotes } from "../../presentation/words/field-notes.ts";
import { formatCount, formatPlural, formatShare } from "../../presentation/words/number-format.ts";
import type { Paint } from "./terminal-color.ts";
import { escapeText, fit, fitRight, inColumn, nameEndpoints, wrap } from "./terminal-text.ts";

const MAX_FIELDS = 20;
const PATH_WIDTH = 41;
const KIND_WIDTH = 13;
const INDENT = "      ";

/** The columns of a field table to the right of the path. */
interface FieldColumns {
  readonly heading: string;
  readonly cell: (field: FieldReport) => string;
  /** Lines below the field. */
  readonly notes?: (field: FieldReport) => readonly string[];
  /** Adds up the same field of several endpoints; without it, each endpoint has its own list. */
  readonly add?: (fields: readonly FieldReport[]) => FieldReport;
}

/** Fields in which the secondary differs as well. They do not count, and are listed so that this can be checked. */
export function noiseSection(report: Report, paint: Paint): readonly string[] {
  return fieldSection(
    report,
    paint,
    "noise: the secondary differs here too, so these fields do not count",
    ({ verdict, rule }) => verdict === "noise" && rule === null,
    {
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
export function diffySection(report: Report, paint: Paint): readonly string[] {
  return fieldSection(
    report,
    paint,
    "diffy: a field is a difference if raw > noise, relative > 20% and absolute > 0.03%",
    ({ rule }) => rule === null,
    {
      heading: `${fit("kind", KIND_WIDTH)}${fitRight("relative", 10)}${fitRight("absolute", 11)}  diffy`,
      cell: ({ kind, diffy: { relative, absolute, flagged } }) =>
        `${fit(kindWords(kind), KIND_WIDTH)}${fitRight(formatShare(relative / 100), 10)}${fitRight(formatShare(absolute / 100), 11)}` +
        `  ${flagged ? "difference" : "noise"}`,
    },
  );
}

function fieldSection(
  { endpoints }: Report,
  paint: Paint,
  heading: string,
  isShown: (field: FieldReport) => boolean,
  columns: FieldColumns,
): readonly string[] {
  const shown = endpoints
    .map(({ endpoint, differences }) => ({ endpoint, fields: differences.filter(isShown) }))
    .filter(({ fields }) => fields.length > 0);
  if (shown.length === 0) return [];
  return [
    paint("bold", heading),
    ...mergeAlike(shown, columns.add).flatMap(({ title, fields }) => [
      ...wrap(escapeText(title), { start: "  ", indent: "    " }),
      ...fieldLines(fields, columns, paint),
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
  { heading, cell, notes = () => [] }: FieldColumns,
  paint: Paint,
): string[] {
  const rest = fields.length - MAX_FIELDS;
  return [
    paint("dim", `${INDENT}${fit("section", 10)}${fit("path", PATH_WIDTH)} ${heading}`),
    ...fields.slice(0, MAX_FIELDS).flatMap((field) => {
      const indent = `${INDENT}${" ".repeat(10)}`;
      const [first, ...more] = inColumn(field.path, PATH_WIDTH, ` ${cell(field)}`, indent);
      return [
        `${INDENT}${fit(field.section, 10)}${first}`,
        ...more,
        ...notes(field).flatMap((note) => wrap(note, { start: `${indent}  `, indent: `${indent}  ` })),
      ];
    }),
    ...(rest > 0 ? [`${INDENT}… and ${formatPlural(rest, "more field")}`] : []),
  ];
}
