import type { SampleDetail, SampleDetailLeg } from "../../../src/model/sample.ts";

/** The response of one role. */
export interface NamedLeg {
  readonly role: "primary" | "candidate" | "secondary";
  readonly leg: SampleDetailLeg;
}

/** The responses of an exchange, the primary's first. */
export function legsOf({ legs }: SampleDetail): readonly NamedLeg[] {
  const { primary, candidate, secondary } = legs;
  return [
    { role: "primary", leg: primary },
    { role: "candidate", leg: candidate },
    ...(secondary === null ? [] : [{ role: "secondary" as const, leg: secondary }]),
  ];
}

/** The role of a response with the name of its version, unless that is the name of the role. */
export function legName({ role, leg }: NamedLeg): string {
  return leg.subset === role ? role : `${role} ${leg.subset}`;
}
