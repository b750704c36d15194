import { describeIdenticalLegs } from "./identical-legs.ts";
import { PYTHON_PEERS } from "./python-peers.ts";

for (const peer of PYTHON_PEERS) describeIdenticalLegs(peer);
