import type { Service } from "../../state/service.ts";
import { HubImport } from "./hub_import.ts";
import { Upload } from "./upload.ts";

/** Lenses that are on their way to the service: they go on whatever page is looked at. */
export class Incoming {
  readonly #service: Service;
  readonly #arrived: () => void;
  readonly #listeners = new Set<() => void>();
  #done = 0;
  uploads: readonly Upload[] = [];
  /** Name of a config.json that came without a lens. */
  stray: string | null = null;
  readonly hub: HubImport;

  /** @param arrived called when the service has another lens */
  constructor(service: Service, arrived: () => void) {
    this.#service = service;
    this.#arrived = arrived;
    this.hub = new HubImport(service, () => this.#tell());
  }

  /** Calls `changed` after every change, until the function that is returned is called. */
  listen(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  /** Takes lens files; a config.json among them belongs to the lens it came with, else to the last one that waits. */
  add(files: readonly File[]): void {
    const isConfig = ({ name }: File) => name.toLowerCase().endsWith(".json");
    const lenses = files.filter((file) => !isConfig(file));
    this.uploads = [
      ...this.uploads,
      ...lenses.map((file) => new Upload(this.#service, file, () => this.#tell())),
    ];
    const config = files.find(isConfig);
    const its = config && this.uploads.findLast(({ phase }) => phase.kind === "ready");
    its?.fill({ config: config! });
    this.stray = config !== undefined && its === undefined ? config.name : null;
    this.#tell();
  }

  remove(upload: Upload): void {
    upload.cancel();
    this.uploads = this.uploads.filter((other) => other !== upload);
    this.#tell();
  }

  stop(): void {
    for (const upload of this.uploads) upload.cancel();
    this.hub.cancel();
  }

  #tell(): void {
    const done = [...this.uploads, this.hub].filter(({ phase }) => phase.kind === "done").length;
    if (done > this.#done) this.#arrived();
    this.#done = done;
    for (const listener of this.#listeners) listener();
  }
}
