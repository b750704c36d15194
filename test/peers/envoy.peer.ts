import { ENVOY_PEERS } from "./heavy-peers.ts";
import { describeIdenticalLegs } from "./identical-legs.ts";

for (const peer of ENVOY_PEERS) describeIdenticalLegs(peer);
