import { PHP_AND_GO_PEERS } from "./heavy-peers.ts";
import { describeIdenticalLegs } from "./identical-legs.ts";

for (const peer of PHP_AND_GO_PEERS) describeIdenticalLegs(peer);
