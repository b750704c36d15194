/**
 * Every key of the dashboard, by the part that it works in. The type of `useKeys` allows no other key, and the `?` sheet is
 * generated from this table. `g o` is `g`, then `o`.
 */
export const KEY_MAP = {
  "Every page": {
    "?": "Show this sheet",
    "/": "Search",
    j: "Next row",
    k: "Previous row",
    u: "Undo the last decision",
    "g o": "Overview",
    "g e": "Endpoints",
    "g l": "Latency",
    "g t": "Live tail",
    "g r": "Rules",
    "g v": "Reviews",
    "g u": "Runs",
    "g m": "Mirror control",
    "g c": "Configuration",
    "g p": "Replicas",
  },
  Overview: {
    a: "Accept the cause in focus",
    d: "Deny the cause in focus",
    i: "Ignore the cause in focus",
    w: "Why: open the page of the cause in focus",
  },
  Endpoint: {
    x: "Select the cause or field",
    X: "Select everything up to it",
    a: "Accept the selected causes, or the open one",
    d: "Deny them",
    i: "Ignore them, or fields",
    w: "Why: open the page of the open cause",
    Escape: "Clear the selection",
  },
  Cause: {
    i: "Isolate the exchange in focus, else the newest",
    l: "Isolate the next live request",
    Escape: "Remove the filter",
  },
  "Live tail": {
    p: "Pause or resume",
  },
  Exchange: {
    n: "Next difference",
    p: "Previous difference",
    "]": "Next exchange of the list",
    "[": "Previous exchange of the list",
    i: "Ignore the selected field",
    s: "Side by side or unified",
    r: "Send the request again",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

export type KeyPart = keyof typeof KEY_MAP;
export type KeyOf<Part extends KeyPart> = keyof (typeof KEY_MAP)[Part];
