/** Runs before the tests and installs the programs that they start. */
import { installTools } from "./install-tools.ts";
import { TOOLS, type ToolName } from "./require-tool.ts";

installTools(Object.keys(TOOLS) as ToolName[]);
