import type { Attribute, AttributeRecord, AttributeSource } from "../../model/explain/attribute.ts";
import { decodeFields, encodeFields } from "../packing/column-encoding.ts";
import type { RowPacker } from "./packed-rows.ts";

/** A record; `texts` and `attributes` are numbers of texts. Most exchanges have most attributes in common. */
export interface PackedAttributes extends Pick<AttributeRecord, "id" | "at" | "draw" | "limit" | "paired"> {
  readonly texts: readonly [route: number, endpoint: number, candidate: number, stratum: number, fields: number];
  readonly cut?: readonly AttributeSource[];
  readonly attributes: readonly number[];
}

export function packAttributes(record: AttributeRecord, packer: RowPacker): PackedAttributes {
  const { id, at, draw, limit, paired, route, endpoint, candidate, stratum, fields, cut, attributes } = record;
  const numberOf = (text: string): number => packer.numberOf(text);
  return {
    id,
    at,
    draw,
    limit,
    paired,
    texts: [
      numberOf(route),
      numberOf(endpoint),
      numberOf(candidate),
      numberOf(stratum),
      numberOf(encodeFields(fields)),
    ],
    ...(cut.length > 0 && { cut }),
    attributes: attributes.map(({ source, name, value }) => numberOf(JSON.stringify([source, name, value]))),
  };
}

/** @param texts see `RowPacker.texts` */
export function unpackAttributes(packed: PackedAttributes, texts: readonly string[]): AttributeRecord {
  const { texts: named, cut = [], attributes, ...record } = packed;
  const [route = "", endpoint = "", candidate = "", stratum = "", fields = "[]"] = named.map((text) => texts[text]);
  return {
    ...record,
    route,
    endpoint,
    candidate,
    stratum,
    fields: decodeFields(fields),
    cut,
    attributes: attributes.map((text): Attribute => {
      const [source, name, value] = JSON.parse(texts[text] ?? "[]") as [AttributeSource, string, Attribute["value"]];
      return { source, name, value };
    }),
  };
}
