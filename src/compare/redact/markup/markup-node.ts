export interface MarkupAttribute {
  name: string;
  value: string;
}

/** A node of parse5's tree, or one of XML in the same form. */
export interface MarkupNode {
  readonly nodeName: string;
  readonly tagName?: string;
  readonly attrs?: MarkupAttribute[];
  readonly childNodes?: MarkupNode[];
  /** The content of a `template` element. */
  readonly content?: { readonly childNodes: MarkupNode[] };
  /** Text of a text node, a CDATA section, a processing instruction or a document type. */
  value?: string;
  /** Text of a comment. */
  data?: string;
  readonly sourceCodeLocation?: SourceLocation | null | undefined;
}

interface SourceLocation {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly attrs?: Readonly<Record<string, SourceLocation>>;
  readonly startTag?: SourceLocation;
}
