import { createContext, useContext } from "react";
import type { Connection } from "./connection.ts";

export const ConnectionContext = createContext<Connection>({ state: "connecting" });

/** The state of the connection to the process behind the page. */
export function useConnection(): Connection {
  return useContext(ConnectionContext);
}
