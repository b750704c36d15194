import type { Role } from "../../model/capture.ts";
import type { Difference } from "../../model/difference.ts";
import type { Sample, SampleBody, SampleLeg } from "../../model/sample.ts";
import type { SampleSummary } from "../store.ts";
import { decodeFields, encodeFields } from "./column-encoding.ts";

/** A leg without the content of its body, which is a separate column. */
type StoredLeg = Omit<SampleLeg, "body"> & { readonly body: Omit<SampleBody, "content"> };

export interface SampleSummaryRow extends Omit<SampleSummary, "fields"> {
  readonly fields: string;
}

export interface SampleRow extends SampleSummaryRow {
  readonly key: number;
  readonly headers: string;
  readonly differences: string;
}

export interface LegRow {
  readonly role: Role;
  readonly head: string;
  readonly content: Uint8Array;
}

/** The columns of a sample, without its place and its ranking. */
export interface SampleContent extends Pick<Sample, "id" | "at" | "method" | "target"> {
  readonly headers: string;
  readonly fields: string;
  readonly differences: string;
  readonly primaryStatus: number | null;
  readonly candidateStatus: number | null;
}

export function encodeSample({ id, at, method, target, headers, fields, differences, legs }: Sample): SampleContent {
  return {
    id,
    at,
    method,
    target,
    headers: JSON.stringify(headers),
    fields: encodeFields(fields),
    differences: JSON.stringify(differences),
    primaryStatus: legs.primary.status,
    candidateStatus: legs.candidate.status,
  };
}

export function encodeLegs({ legs }: Pick<Sample, "legs">): readonly LegRow[] {
  return (Object.entries(legs) as [Role, SampleLeg | null][]).flatMap(([role, leg]) => {
    if (leg === null) return [];
    const { content, ...body } = leg.body;
    const head: StoredLeg = { ...leg, body };
    return [{ role, head: JSON.stringify(head), content }];
  });
}

export function decodeSummary({ fields, ...head }: SampleSummaryRow): SampleSummary {
  return { ...head, fields: decodeFields(fields) };
}

/** Assembles a sample from its rows. */
export function decodeSample(row: SampleRow, legs: readonly LegRow[]): Sample {
  const { id, at, route, endpoint, candidate, method, target } = row;
  const legOf = (role: Role): SampleLeg | null => {
    const leg = legs.find((leg) => leg.role === role);
    if (leg === undefined) return null;
    const head = JSON.parse(leg.head) as StoredLeg;
    return { ...head, body: { ...head.body, content: leg.content } };
  };
  return {
    id,
    at,
    route,
    endpoint,
    candidate,
    method,
    target,
    headers: JSON.parse(row.headers) as string[],
    fields: decodeFields(row.fields),
    differences: decodeDifferences(row.differences),
    // Both legs are written in the same transaction as the sample.
    legs: {
      primary: legOf("primary") as SampleLeg,
      candidate: legOf("candidate") as SampleLeg,
      secondary: legOf("secondary"),
    },
  };
}

/** The first version stored differences without a relation. */
function decodeDifferences(text: string): Difference[] {
  const differences = JSON.parse(text) as (Omit<Difference, "relation"> & Partial<Pick<Difference, "relation">>)[];
  return differences.map((difference) => ({ relation: null, ...difference }));
}
