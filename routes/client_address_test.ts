import assert from "node:assert/strict";
import { clientAddress, trustedProxies } from "./client_address.ts";

Deno.test("clientAddress() believes X-Forwarded-For only where a trusted balancer wrote it", () => {
  const trusted = trustedProxies(["10.0.0.0/8", "192.168.1.5", "fd00::/8"]);
  const cases: [string | undefined, string | undefined, string][] = [
    ["203.0.113.9", "1.2.3.4", "203.0.113.9"],
    ["10.1.2.3", "1.2.3.4", "1.2.3.4"],
    ["::ffff:10.1.2.3", "9.9.9.9, 1.2.3.4", "1.2.3.4"],
    ["10.1.2.3", "1.2.3.4, 192.168.1.5", "1.2.3.4"],
    ["10.1.2.3", "1.2.3.4:5678", "1.2.3.4"],
    ["fd00::1", "[2001:db8::1]:443", "2001:db8::1"],
    ["10.1.2.3", "rubbish", "10.1.2.3"],
    ["10.1.2.3", undefined, "10.1.2.3"],
    [undefined, "1.2.3.4", "unknown"],
  ];
  for (const [socket, forwarded, expected] of cases) {
    assert.equal(clientAddress(socket, forwarded, trusted), expected, `${socket} for ${forwarded}`);
  }
});
