import { BlockList, isIP } from "node:net";
import { createMiddleware } from "hono/factory";
import type { ServiceEnv } from "./env.ts";

/**
 * Tells every handler the client's address.
 *
 * @example
 * ```ts
 * app.use(address(["10.0.0.0/8"]));
 * ```
 */
export function address(proxies: readonly string[]) {
  const trusted = trustedProxies(proxies);
  return createMiddleware<ServiceEnv>(async function address(c, next) {
    c.set("address", clientAddress(c.env?.remoteAddress, c.req.header("X-Forwarded-For"), trusted));
    await next();
  });
}

/** Whether an address is of a balancer that may say for whom it asks. */
export type TrustedProxies = (address: string) => boolean;

/** @param ranges addresses, or networks as `10.0.0.0/8`; checked by the settings */
export function trustedProxies(ranges: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const range of ranges) {
    const [address, bits] = range.split("/") as [string, string?];
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/**
 * The address that a request comes from: the socket's, or, where that is a trusted balancer's, the last one of
 * X-Forwarded-For that is not a balancer's too. What stands before it may be invented.
 */
export function clientAddress(
  socket: string | undefined,
  forwardedFor: string | undefined,
  trusted: TrustedProxies,
): string {
  let address = plain(socket ?? "");
  const hops = forwardedFor?.split(",").map((hop) => plain(hop.trim())) ?? [];
  while (trusted(address) && hops.length > 0) {
    const hop = hops.pop()!;
    if (isIP(hop) === 0) break;
    address = hop;
  }
  return address === "" ? "unknown" : address;
}

/** IPv4 behind an IPv6 socket (RFC 4291, 2.5.5.2), brackets and ports are another spelling of the same address. */
function plain(address: string): string {
  const bare = /^\[(.+?)\](?::\d+)?$/.exec(address)?.[1] ?? address;
  const withoutPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(bare)?.[1] ?? bare;
  return withoutPort.replace(/^::ffff:(?=\d+\.)/i, "");
}
