/** A path segment below one template. */
export interface TemplatePosition {
  readonly route: string;
  readonly method: string;
  /** The template up to the segment: `/repos/{repo}`; empty for the first segment. */
  readonly parent: string;
}

/** Who has decided about the values of a segment, and when. */
export interface TemplateDecision {
  readonly by: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** A path segment whose values stay endpoints of their own, however many there are. */
export type KeptApart = TemplatePosition & TemplateDecision;

/** A template that would count endpoints as one that look alike, for a person to decide about. */
export interface TemplateProposal extends TemplatePosition {
  /** `GET /e/{name}` */
  readonly template: string;
  readonly parameter: string;
  /** Values that would be counted as one. */
  readonly values: number;
  readonly examples: readonly string[];
  /** Values that would stay as they are, because they are far more frequent. */
  readonly literals: readonly string[];
}

/** A template in force. */
export interface TemplateInForce extends TemplatePosition {
  /** `GET /posts/{post}` */
  readonly template: string;
  readonly parameter: string;
  /** Values that stay as they are. */
  readonly literals: readonly string[];
  /** Null if it was learned from traffic. */
  readonly decided: TemplateDecision | null;
}

/** What traffic and people have decided about path segments. */
export interface TemplateDecisions {
  readonly templates: readonly TemplateInForce[];
  readonly keptApart: readonly KeptApart[];
}

/** A template with the endpoints of a run below it. */
export interface RunTemplate extends TemplateInForce {
  readonly endpoints: readonly string[];
}

/** All decisions, and what is proposed for a run. */
export interface Templates extends TemplateDecisions {
  readonly templates: readonly RunTemplate[];
  readonly proposals: readonly TemplateProposal[];
}
