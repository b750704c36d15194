/** `npm run hostile` tries everything, for a few minutes; the test command a part of it, for seconds. */
export const IS_FULL = process.env["HOSTILE"] === "full";
