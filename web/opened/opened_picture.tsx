import { useMemo, useState } from "preact/hooks";
import { pictureOf } from "../formats/picture_of.ts";
import type { Question } from "../state/question.ts";
import type { StatisticInfo } from "../state/service.ts";
import { FileBar } from "./file_bar.tsx";
import { OpenButton } from "./open_button.tsx";
import type { OpenedFile } from "./opened_file.ts";
import { PictureDocument } from "./picture_document.tsx";
import type { Opened } from "./use_opened.ts";

interface Props {
  readonly file: OpenedFile;
  readonly opened: Opened;
  readonly start: Question;
  readonly statistics: readonly StatisticInfo[];
}

/** A file in place of the service's answers, until it is closed. */
export function OpenedPicture({ file, opened, start, statistics }: Props) {
  const [chosen, choose] = useState(0);
  const prompt = file.imported.prompts[chosen]!;
  const picture = useMemo(() => pictureOf(prompt), [prompt]);
  return (
    <>
      <FileBar file={file} chosen={chosen} choose={choose} close={opened.close} />
      <PictureDocument picture={picture} start={start} statistics={statistics} model={null}>
        <OpenButton opened={opened} />
      </PictureDocument>
    </>
  );
}
