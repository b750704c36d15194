import { describeIdenticalLegs } from "./identical-legs.ts";
import { NODE_AND_NGINX_PEERS } from "./node-and-nginx-peers.ts";

for (const peer of NODE_AND_NGINX_PEERS) describeIdenticalLegs(peer);
