/**
 * Sends each request as another client behind a balancer, for a service that trusts one on loopback: an address that fails
 * too often is told to wait.
 */
export function fromOtherAddresses(): (request: Request) => Promise<Response> {
  let asked = 0;
  return (request) => {
    const address = ++asked;
    request.headers.set("X-Forwarded-For", `10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`);
    return fetch(request);
  };
}
