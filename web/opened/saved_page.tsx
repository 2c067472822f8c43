import { useMemo } from "preact/hooks";
import { readContent } from "../export/document_content.ts";
import { ImportFault } from "../formats/imported.ts";
import { pictureOf } from "../formats/picture_of.ts";
import { PictureDocument } from "./picture_document.tsx";

/** A picture that was exported as HTML: it has its data with it, and asks nobody. */
export function SavedPage({ text }: { text: string }) {
  const read = useMemo(() => {
    try {
      const content = readContent(text);
      return { content, picture: pictureOf(content.imported.prompts[0]!) };
    } catch (error) {
      if (error instanceof ImportFault) return { fault: error.message };
      throw error;
    }
  }, [text]);
  if ("fault" in read) return <p class="fault" role="alert">This document cannot be shown: {read.fault}</p>;
  const { content: { question, statistics, model }, picture } = read;
  return (
    <>
      <header class="top">
        <h1>Midstream</h1>
        <div class="model">
          <span>model {picture.model === "" ? "not said" : picture.model}</span>
          <span>norm {picture.norm ?? "not said"}</span>
          <span>as it was kept: this file has its data with it, and asks no service</span>
        </div>
      </header>
      <PictureDocument picture={picture} start={question} statistics={statistics} model={model} />
    </>
  );
}
