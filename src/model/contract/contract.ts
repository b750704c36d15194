/** The operations of an OpenAPI document, and what their responses look like. */
export interface Contract {
  /** In the order in which a request is matched: paths without parameters come first. */
  readonly operations: readonly ContractOperation[];
  /** The schemas of all responses as one JSON Schema (2020-12). A reference has the form `#/$defs/NAME`. */
  readonly schemas: { readonly $defs: Readonly<Record<string, unknown>> };
}

export interface ContractOperation {
  /** The endpoint of its requests: `GET /users/{id}`. */
  readonly endpoint: string;
  /** By status (`200`), class of statuses (`4XX`), or `default`. */
  readonly responses: Readonly<Record<string, ContractResponse>>;
}

export interface ContractResponse {
  /**
   * By media type in lower case (`application/json`), or range of them (`text/*`): the name of the schema in `$defs`, or null for
   * any content. Empty if the document describes no content: then none is judged.
   */
  readonly content: Readonly<Record<string, string | null>>;
}
