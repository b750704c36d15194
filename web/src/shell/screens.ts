import type { KeyOf } from "../ui/key-map.ts";

/** The one that says nothing about a process whose store is not shared. */
export const REPLICAS = "/replicas";

/** The screens of the main navigation, in its order, each with the key that opens it. */
export const SCREENS = [
  { to: "/", name: "Overview", key: "g o" },
  { to: "/endpoints", name: "Endpoints", key: "g e" },
  { to: "/latency", name: "Latency", key: "g l" },
  { to: "/tail", name: "Live tail", key: "g t" },
  { to: "/rules", name: "Rules", key: "g r" },
  { to: "/reviews", name: "Reviews", key: "g v" },
  { to: "/runs", name: "Runs", key: "g u" },
  { to: "/control", name: "Mirror control", key: "g m" },
  { to: "/configuration", name: "Configuration", key: "g c" },
  { to: REPLICAS, name: "Replicas", key: "g p" },
] as const satisfies readonly { readonly to: string; readonly name: string; readonly key: KeyOf<"Every page"> }[];
