import assert from "node:assert/strict";
import { Loopback } from "./loopback.ts";
import { Turns } from "./turns.ts";

Deno.test("the engine sees what its sockets got during a turn of a few milliseconds before the next begins", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  using client = await Deno.connect({ port: listener.addr.port });
  using server = await accepted;
  const loopback = await Loopback.open();
  const turns = new Turns(loopback);
  const { signal } = new AbortController();
  const seenBefore: boolean[] = [];
  for (let turn = 0; turn < 20; turn++) {
    let seen = false;
    const read = server.read(new Uint8Array(1)).then(() => seen = true);
    await turns.take(signal, () => {
      client.write(Uint8Array.of(1));
      for (const began = performance.now(); performance.now() - began < 8;);
      return Promise.resolve();
    });
    await turns.take(signal, () => Promise.resolve(seenBefore.push(seen)));
    await read;
  }
  loopback.close();
  assert.deepEqual(seenBefore, seenBefore.map(() => true));
});

Deno.test("a turn of the loopback ends when it is closed meanwhile", async () => {
  const loopback = await Loopback.open();
  const turn = loopback.turn();
  loopback.close();
  await turn;
  await loopback.turn();
});
