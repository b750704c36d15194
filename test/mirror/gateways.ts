import { afterEach } from "vitest";
import { Gateway, type GatewayOptions, type RoutedOptions, RawUpstream } from "../proxy/proxy-harness.ts";

/** Starts gateways and upstreams for the tests of a file. After each test they stop, gateways first. */
export function createGateways() {
  const stops: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of stops.splice(0)) await one.stop();
  });
  const stopLater = (raw: RawUpstream): RawUpstream => {
    stops.push(raw);
    return raw;
  };
  return {
    start: async (options: GatewayOptions | RoutedOptions): Promise<Gateway> => {
      const gateway = await Gateway.start(options);
      stops.unshift(gateway);
      return gateway;
    },
    upstream: async (...parameters: Parameters<typeof RawUpstream.start>): Promise<RawUpstream> =>
      stopLater(await RawUpstream.start(...parameters)),
    respondingWith: async (...parameters: Parameters<typeof RawUpstream.respondingWith>): Promise<RawUpstream> =>
      stopLater(await RawUpstream.respondingWith(...parameters)),
  };
}
