import { Picture } from "../state/picture.ts";
import type { ImportedPrompt } from "./imported.ts";

/** The picture of an imported prompt; of the service's own files one that can be exported as they were. */
export function pictureOf({ data, frames }: ImportedPrompt): Picture {
  if (frames === undefined) return Picture.of(data);
  const picture = new Picture();
  for (const frame of frames) picture.add(frame);
  return picture;
}
