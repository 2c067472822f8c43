import assert from "node:assert/strict";
import { serve, type ServePaces } from "./serve.ts";
import { memoryEngine } from "./testing/memory_engine.ts";
import { testApp } from "./testing/test_app.ts";

type Fetch = Parameters<typeof serve>[0];

async function served(fetch: Fetch, use: (port: number) => Promise<void>, paces?: ServePaces) {
  const server = await serve(fetch, { hostname: "127.0.0.1", port: 0, ...(paces ? { paces } : {}) });
  try {
    await use(server.port);
  } finally {
    await server.shutdown();
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Writes a request as it is, and gives what comes back until the server closes or `ms` are over. */
async function raw(port: number, request: string, ms = 1000): Promise<string> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const timer = setTimeout(() => connection.close(), ms);
  const bytes = new Uint8Array(1 << 16);
  let text = "";
  try {
    const sent = new TextEncoder().encode(request);
    for (let at = 0; at < sent.length;) at += await connection.write(sent.subarray(at));
    for (let read = await connection.read(bytes); read !== null; read = await connection.read(bytes)) {
      text += new TextDecoder().decode(bytes.subarray(0, read));
    }
    clearTimeout(timer);
    connection.close();
  } catch { /* closed by the timer */ }
  return text;
}

function post(path: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

for (const bytes of [100, 5000, 200_000]) {
  Deno.test(`serve() hears a client hang up while its answer is computed, after a body of ${bytes} bytes`, async () => {
    const heard = Promise.withResolvers<number>();
    const began = Promise.withResolvers<void>();
    await served(async (request) => {
      assert.equal((await request.text()).length, bytes);
      const at = performance.now();
      request.signal.addEventListener("abort", () => heard.resolve(performance.now() - at));
      began.resolve();
      await heard.promise;
      return new Response("for nobody");
    }, async (port) => {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      const request = new TextEncoder().encode(post("/", "x".repeat(bytes)));
      for (let sent = 0; sent < request.length;) sent += await connection.write(request.subarray(sent));
      await began.promise;
      connection.close();
      const timer = setTimeout(() => heard.resolve(Infinity), 2000);
      assert.ok(await heard.promise < 1000);
      clearTimeout(timer);
    });
  });
}

Deno.test("serve() stops a probe of the whole service when its client hangs up", async () => {
  const engine = memoryEngine({
    beforePosition: (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  const { app, lines } = await testApp({ engine });
  await served((request) => app.fetch(request), async (port) => {
    await raw(port, post("/probe", JSON.stringify({ prompt: Array(60).fill(5), layers: Array(300).fill(0) })), 50);
    await pause(50);
    assert.deepEqual(lines.map(({ properties }) => properties.status), [499]);
  });
});

Deno.test("serve() writes no faster than the client reads, and cancels the body when it goes", async () => {
  let pulled = 0;
  const cancelled = Promise.withResolvers<void>();
  const endless = () =>
    new Response(
      new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(1 << 16));
        },
        cancel: () => cancelled.resolve(),
      }),
    );
  await served(endless, async (port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    await pause(300);
    const early = pulled;
    await pause(300);
    assert.equal(pulled, early);
    assert.ok(pulled < 1000, `${pulled} chunks of 64 KiB for a client that reads nothing`);
    connection.close();
    await cancelled.promise;
  });
});

Deno.test("serve() breaks the connection with the body that breaks", async () => {
  const engine = memoryEngine({
    beforePosition: (layer) => {
      if (layer === 2) throw new Error("lost");
    },
  });
  const { app } = await testApp({ engine });
  await served((request) => app.fetch(request), async (port) => {
    const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"prompt":[1,2]}' };
    // Before or after its head was sent: never a whole answer.
    await assert.rejects(
      fetch(`http://127.0.0.1:${port}/activations`, init).then((response) => response.arrayBuffer()),
    );
  });
});

Deno.test("serve() answers the next request of a connection whose body was refused unread", async () => {
  await served((request) => new Response(null, { status: request.method === "POST" ? 422 : 204 }), async (port) => {
    const next = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const text = await raw(port, post("/", "x".repeat(400_000)) + next, 2000);
    assert.deepEqual(text.match(/HTTP\/1.1 \d+/g), ["HTTP/1.1 422", "HTTP/1.1 204"]);
  });
});

Deno.test("serve() answers a body that is refused unread", async () => {
  const { app } = await testApp({ settings: { maxBodyBytes: 1000 } });
  await served((request) => app.fetch(request), async (port) => {
    const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: new Uint8Array(20_000_000) };
    const response = await fetch(`http://127.0.0.1:${port}/probe`, init);
    assert.equal(response.status, 413);
    await response.text();
  });
});

Deno.test("serve() takes every target and method that HTTP allows, and none that it does not", async () => {
  const { app } = await testApp();
  await served((request) => app.fetch(request), async (port) => {
    const statusOf = async (line: string) =>
      Number((await raw(port, `${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).split(" ")[1]);
    assert.equal(await statusOf("GET /livez"), 200);
    assert.equal(await statusOf("GET http://localhost/livez"), 200);
    assert.equal(await statusOf("GET //livez"), 404);
    assert.equal(await statusOf("GET /%ff%00"), 404);
    assert.equal(await statusOf("OPTIONS *"), 400);
    assert.equal(await statusOf("TRACE /livez"), 405);
    assert.equal(await statusOf("TRACE /nothing"), 404);
  });
});

Deno.test("serve() lets the answers under way finish on shutdown", async () => {
  const server = await serve(() => pause(100).then(() => new Response("whole")), { hostname: "127.0.0.1", port: 0 });
  const answer = fetch(`http://127.0.0.1:${server.port}/`).then((response) => response.text());
  await pause(30);
  await server.shutdown();
  assert.equal(await answer, "whole");
});

Deno.test("serve() ends when nothing is under way, though a connection has carried several bodies", async () => {
  const handler = async (request: Request) => new Response(`${(await request.arrayBuffer()).byteLength}`);
  const server = await serve(handler, { hostname: "127.0.0.1", port: 0 });
  for (const size of [40_000, 50_000]) {
    const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: "PUT", body: new Uint8Array(size) });
    assert.equal(await response.text(), String(size));
  }
  const began = performance.now();
  await server.shutdown();
  assert.ok(performance.now() - began < 2000, "it waits for a connection that is idle");
});

const HASTY: ServePaces = {
  headMs: 200,
  request: { graceMs: 200, bytesPerSecond: 10_000 },
  answer: { graceMs: 200, bytesPerSecond: 0 },
};

/** Status, and the kind of problem, of a raw answer. */
function refusalIn(text: string): string {
  const [head = "", body = "{}"] = text.split("\r\n\r\n");
  assert.match(head, /^Content-Type: application\/problem\+json$/im, text);
  const { type, status } = JSON.parse(body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1));
  assert.equal(status, Number(head.split(" ")[1]));
  return `${status} ${type}`;
}

for (
  const [title, request, expected] of [
    ["what is not HTTP", "\x16\x03\x01\x02\r\n\r\n", "400 urn:midstream:problem:malformed-request"],
    ["a request without a host", "GET /livez HTTP/1.1\r\n\r\n", "400 urn:midstream:problem:malformed-request"],
    ["a tunnel", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "400 urn:midstream:problem:malformed-request"],
    [
      "a body of two lengths",
      "POST /probe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "400 urn:midstream:problem:malformed-request",
    ],
    [
      "a chunk without a length",
      "POST /probe HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "400 urn:midstream:problem:malformed-request",
    ],
    [
      "headers of 20 KiB",
      `GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
      "431 urn:midstream:problem:head-too-large",
    ],
    ["half a head", "GET /livez HTTP/1.1\r\nHost: lo", "408 urn:midstream:problem:request-too-slow"],
    [
      "half a body",
      "POST /probe HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
      "408 urn:midstream:problem:request-too-slow",
    ],
  ] as const
) {
  Deno.test(`serve() refuses ${title} as a problem, and closes the connection`, async () => {
    const { app } = await testApp();
    await served((request) => app.fetch(request), async (port) => {
      const began = performance.now();
      assert.equal(refusalIn(await raw(port, request, 8000)), expected);
      assert.ok(performance.now() - began < 7000);
    }, HASTY);
  });
}

Deno.test("serve() takes a body that comes slowly and fast enough", async () => {
  await served(async (request) => new Response(await request.text()), async (port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 25000\r\n\r\n"));
    for (let part = 0; part < 10; part++) {
      await connection.write(new Uint8Array(2500).fill(120));
      await pause(100);
    }
    const bytes = new Uint8Array(100);
    await connection.read(bytes);
    connection.close();
    assert.match(new TextDecoder().decode(bytes), /^HTTP\/1.1 200/);
  }, HASTY);
});

Deno.test("serve() does not count the time in which nobody reads the body as its client's", async () => {
  const late = async (request: Request) => {
    await pause(600);
    return new Response(await request.text());
  };
  await served(late, async (port) => {
    assert.match(await raw(port, post("/", "x".repeat(300_000)), 2000), /^HTTP\/1.1 200/);
  }, HASTY);
});

Deno.test("serve() gives up a client that takes nothing of its answer, and cancels the body", async () => {
  const cancelled = Promise.withResolvers<void>();
  const endless = () =>
    new Response(
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)),
        cancel: () => cancelled.resolve(),
      }),
    );
  await served(endless, async (port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    await cancelled.promise;
    connection.close();
  }, HASTY);
});

Deno.test("serve() lets a body be made before a slow client has read it, whole", async () => {
  const made = Promise.withResolvers<void>();
  const parts = 100;
  const size = 50_000;
  let pulled = 0;
  const answer = () =>
    new Response(
      new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(new Uint8Array(size).fill(65 + pulled % 26));
          if (++pulled < parts) return;
          controller.close();
          made.resolve();
        },
      }, { highWaterMark: 0 }),
    );
  await served(answer, async (port) => {
    const response = await fetch(`http://127.0.0.1:${port}/`);
    await made.promise;
    const text = await response.text();
    assert.equal(text.length, parts * size);
    for (let part = 0; part < parts; part++) assert.equal(text[part * size], String.fromCharCode(65 + part % 26));
  });
});
