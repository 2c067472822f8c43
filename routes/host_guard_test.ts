import assert from "node:assert/strict";
import { testApp } from "./testing/test_app.ts";

async function statusFor(headers: Record<string, string>, settings: Record<string, unknown> = {}) {
  const { app } = await testApp({ settings });
  const response = await app.request("/livez", { headers });
  return { status: response.status, body: await response.json() };
}

Deno.test("hostGuard() lets loopback names in, with any port", async () => {
  for (
    const Host of [
      "localhost",
      "localhost:8000",
      "127.0.0.1:9",
      "127.1.2.3",
      "[::1]:8000",
      "app.localhost",
      "LOCALHOST.",
    ]
  ) {
    assert.equal((await statusFor({ Host })).status, 200, Host);
  }
});

Deno.test("hostGuard() refuses a name that was made to resolve here", async () => {
  for (
    const Host of [
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "10.0.0.1",
      "0.0.0.0",
      "[::2]",
      "",
    ]
  ) {
    const { status, body } = await statusFor({ Host });
    assert.deepEqual([status, body.type], [403, "urn:midstream:problem:foreign-host"], Host);
    assert.equal(body.errors[0].name, "Host");
  }
});

Deno.test("hostGuard() refuses pages of other sites, and those without a site", async () => {
  for (const Origin of ["https://evil.example", "null", "http://localhost.evil.example:8000", "file://"]) {
    const { status, body } = await statusFor({ Host: "localhost", Origin });
    assert.deepEqual([status, body.type], [403, "urn:midstream:problem:foreign-origin"], Origin);
  }
  for (const Origin of ["http://localhost:8888", "http://127.0.0.1", "http://[::1]:3000"]) {
    assert.equal((await statusFor({ Host: "localhost", Origin })).status, 200, Origin);
  }
});

Deno.test("hostGuard() lets in what --allowed-host names, and everything where it is off", async () => {
  const allowed = { allowedHosts: ["Lab.example"] };
  assert.equal((await statusFor({ Host: "lab.example:8000", Origin: "https://lab.example" }, allowed)).status, 200);
  assert.equal((await statusFor({ Host: "other.example" }, allowed)).status, 403);
  assert.equal(
    (await statusFor({ Host: "evil.example", Origin: "https://evil.example" }, { guardHosts: false })).status,
    200,
  );
});
