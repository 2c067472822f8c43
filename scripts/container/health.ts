/** HEALTHCHECK of the image: ends with 0 where the service in the same container answers /livez, with 1 otherwise. */
const port = Deno.env.get("MIDSTREAM_PORT") ?? "8000";
const base = (Deno.env.get("MIDSTREAM_BASE_PATH") ?? "").replace(/\/+$/, "");

const ok = await fetch(`http://127.0.0.1:${port}${base}/livez`, { signal: AbortSignal.timeout(4000) })
  .then((response) => response.ok, () => false);
Deno.exit(ok ? 0 : 1);
