import { type Problem, ProblemError } from "../../clients/typescript/midstream.ts";

/**
 * The lines of an NDJSON answer, each as its JSON value.
 * @throws {ProblemError} for a frame of type `error`
 */
export async function* frames<T>(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<T, void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let rest = "", read = await reader.read(); !read.done; read = await reader.read()) {
      const lines = (rest + read.value).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const frame = JSON.parse(line) as T | { readonly type: "error"; readonly problem: Problem };
        if (isError(frame)) throw new ProblemError(frame.problem);
        yield frame;
      }
    }
  } finally {
    await reader.cancel();
  }
}

function isError(frame: unknown): frame is { readonly type: "error"; readonly problem: Problem } {
  return (frame as { readonly type?: string }).type === "error";
}
