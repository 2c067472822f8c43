import { useEffect, useState } from "preact/hooks";
import type { StartFrame } from "../../../clients/typescript/midstream.ts";
import { Picture } from "../../state/picture.ts";
import { promptOf } from "../../state/question.ts";
import type { Shown } from "../view.ts";
import { followProbe } from "./follow_probe.ts";

/**
 * The picture again with these tokens in every cell: which ones are suggested is known only when it has come. Null until
 * then, and where nobody can be asked: the lists of likeliest tokens say what they can.
 */
export function useTracked({ picture, question, lenses, service }: Shown, ids: readonly number[]): Picture | null {
  const [found, setFound] = useState<{ readonly of: Picture; readonly ids: string; readonly tracked: Picture }>();
  const isWhole = picture.frames.at(-1)?.type === "end";
  const asked = ids.join(".");
  useEffect(() => {
    if (service === null || !isWhole || ids.length === 0) return;
    const stop = new AbortController();
    async function ask(stream: NonNullable<Shown["service"]>["stream"]) {
      const options = { ...followProbe({ ...question, pins: ids }, lenses), top_k: 1 };
      const tracked = new Picture();
      for await (const frame of stream(promptOf(question), options, stop.signal)) tracked.add(frame);
      if (!stop.signal.aborted && isSame(tracked, picture)) setFound({ of: picture, ids: asked, tracked });
    }
    ask(service.stream.bind(service)).catch(() => {});
    return () => stop.abort();
  }, [service, picture, isWhole, asked]);
  return found !== undefined && found.of === picture && found.ids === asked ? found.tracked : null;
}

/** Is one model's answer to one prompt; a file's may be another's. */
function isSame(one: Picture, other: Picture): boolean {
  const digest = ({ frames: [start] }: Picture) => (start as StartFrame | undefined)?.model.digest;
  const ids = ({ tokens }: Picture) => tokens.map(({ id }) => id).join();
  return digest(one) === digest(other) && ids(one) === ids(other);
}
