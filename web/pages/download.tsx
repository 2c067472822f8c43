import { useState } from "preact/hooks";
import { saveFile } from "../export/save_file.ts";
import { TroubleText } from "../form/trouble_text.tsx";
import type { Service } from "../state/service.ts";
import { type Trouble, troubleOf } from "../state/trouble.ts";

interface Props {
  readonly service: Service;
  readonly path: string;
  /** Of the file. */
  readonly name: string;
  readonly label: string;
  /** Whether the service may refuse it, which has to be said. */
  readonly mayRefuse?: boolean;
}

/**
 * A file of the service. A link cannot carry a key or show a refusal: there the file comes through the page. Otherwise the
 * browser writes it to disk as it comes.
 */
export function Download({ service, path, name, label, mayRefuse = false }: Props) {
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [busy, setBusy] = useState(false);
  if (!mayRefuse && !service.hasKey) {
    return <a class="button" href={service.url(path)} download={name}>{label}</a>;
  }
  async function load() {
    setBusy(true);
    setTrouble(null);
    try {
      saveFile(name, await (await service.ask(path)).blob());
    } catch (error) {
      setTrouble(troubleOf(error));
    }
    setBusy(false);
  }
  return (
    <>
      <button type="button" disabled={busy} onClick={() => void load()}>{label}</button>
      {trouble !== null && <TroubleText trouble={trouble} />}
    </>
  );
}
