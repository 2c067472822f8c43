const MIB = 2 ** 20;

/**
 * PUTs a file over a connection of its own, with its Content-Length or in chunks without: `fetch` leaves no choice.
 *
 * @returns the JSON of a 200 or 201
 */
export async function rawPut(url: string, path: string, { sized }: { readonly sized: boolean }): Promise<unknown> {
  const { hostname, port, pathname, host } = new URL(url);
  using file = await Deno.open(path);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const body = connection.readable;
  const length = sized ? `Content-Length: ${(await file.stat()).size}` : "Transfer-Encoding: chunked";
  const text = new TextEncoder();
  await write(
    connection,
    text.encode(`PUT ${pathname} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${length}\r\n\r\n`),
  );
  const buffer = new Uint8Array(MIB);
  for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
    if (!sized) await write(connection, text.encode(`${read.toString(16)}\r\n`));
    await write(connection, buffer.subarray(0, read));
    if (!sized) await write(connection, text.encode("\r\n"));
  }
  if (!sized) await write(connection, text.encode("0\r\n\r\n"));
  const [head = "", answer = ""] = (await new Response(body).text()).split("\r\n\r\n");
  if (!/^HTTP\/1\.1 20[01] /.test(head)) throw new Error(`the upload was answered ${head.split("\r\n")[0]}: ${answer}`);
  return JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1));
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
