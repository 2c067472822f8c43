import { baseName, type DroppedFile } from "../formats/dropped_file.ts";
import { readFiles } from "../formats/read_files.ts";
import { isDocumentPage, readDocumentPage } from "../export/document_page.ts";
import type { OpenedFile } from "./opened_file.ts";

/**
 * A file of any format that is read, or an HTML file that this page made.
 * @throws {ImportFault}
 */
export async function readOpened(files: readonly DroppedFile[]): Promise<OpenedFile> {
  const [first] = files;
  const name = files.length === 1 ? baseName(first!) : `${files.length} files`;
  if (files.length === 1 && isDocumentPage(first!.bytes)) {
    return { name, imported: readDocumentPage(first!.bytes).imported };
  }
  return { name, imported: await readFiles(files) };
}
