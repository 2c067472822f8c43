import type { Service } from "../../state/service.ts";
import { HubImport } from "./hub_import.ts";
import { idOfFile } from "./lens_id.ts";
import { Upload } from "./upload.ts";

/** Lenses that are on their way to the service: they go on whatever page is looked at. */
export class Incoming {
  readonly #service: Service;
  readonly #news: () => void;
  readonly #listeners = new Set<() => void>();
  uploads: readonly Upload[] = [];
  /** Name of a config.json that came without a lens. */
  stray: string | null = null;
  readonly hub: HubImport;

  /** @param news called when the service has other lenses than it had */
  constructor(service: Service, news: () => void) {
    this.#service = service;
    this.#news = news;
    this.hub = new HubImport(service, (isNews) => this.#tell(isNews));
  }

  /** Calls `changed` after every change, until the function that is returned is called. */
  listen(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  /**
   * Takes lens files; a config.json among them belongs to the lens it came with, else to the last one that waits.
   * @param ids of lenses that there are: new ones are called otherwise, as long as nobody says so
   */
  add(files: readonly File[], ids: readonly string[]): void {
    const isConfig = ({ name }: File) => name.toLowerCase().endsWith(".json");
    const lenses = files.filter((file) => !isConfig(file));
    for (const file of lenses) {
      const taken = [...ids, ...this.uploads.map(({ form }) => form.id)];
      const upload = new Upload(this.#service, file, idOfFile(file.name, taken), (isNews) => this.#tell(isNews));
      this.uploads = [...this.uploads, upload];
    }
    const config = files.find(isConfig);
    const its = config && this.uploads.findLast(({ phase }) => phase.kind === "ready");
    its?.fill({ config: config! });
    this.stray = config !== undefined && its === undefined ? config.name : null;
    this.#tell(false);
  }

  remove(upload: Upload): void {
    upload.cancel();
    this.uploads = this.uploads.filter((other) => other !== upload);
    this.#tell(false);
  }

  stop(): void {
    for (const upload of this.uploads) upload.cancel();
    this.hub.cancel();
  }

  #tell(isNews: boolean): void {
    if (isNews) this.#news();
    for (const listener of this.#listeners) listener();
  }
}
