import { startEngine } from "../client.ts";

/** Starts a fake engine, prints its process id, and waits to be killed. */
const log = { info() {}, warn() {}, error() {} };
const engine = startEngine({ model: "{}", precision: "f32" }, {
  log,
  entry: new URL("fake_engine.ts", import.meta.url),
});
await engine.loaded;
console.log(engine.pid);
setInterval(() => {}, 1000);
