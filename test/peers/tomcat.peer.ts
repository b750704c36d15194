import { TOMCAT_PEERS } from "./heavy-peers.ts";
import { describeIdenticalLegs } from "./identical-legs.ts";

for (const peer of TOMCAT_PEERS) describeIdenticalLegs(peer);
