import { APACHE_PEERS } from "./heavy-peers.ts";
import { describeIdenticalLegs } from "./identical-legs.ts";

for (const peer of APACHE_PEERS) describeIdenticalLegs(peer);
