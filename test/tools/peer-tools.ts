/** Runs before `npm run test:peers` and installs the servers that it starts. */
import { installTools } from "./install-tools.ts";
import { PEER_TOOLS, TOOLS, type ToolName } from "./require-tool.ts";

installTools([...Object.keys(TOOLS), ...Object.keys(PEER_TOOLS)] as ToolName[]);
