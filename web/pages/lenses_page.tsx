import { useEffect, useReducer, useRef } from "preact/hooks";
import { EXPLORE } from "./explore.ts";
import { DropArea } from "./drop_area.tsx";
import { FileButton } from "./file_button.tsx";
import { ImportForm } from "./lenses/import_form.tsx";
import { LensCard } from "./lenses/lens_card.tsx";
import { UploadCard } from "./lenses/upload_card.tsx";
import type { Page, PageParts } from "./page.ts";

export const LENSES: Page = { name: "lenses", title: "Lenses", Show: LensesPage };

/** The lenses of the service: what they are, new ones from files and from the hub, old ones away. */
function LensesPage({ service, change, model, lenses, refresh, incoming }: PageParts) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => incoming.listen(() => redraw(undefined)), [incoming]);
  // Others may have changed them since they were asked for.
  useEffect(() => {
    if (lenses.length > 0) refresh();
  }, []);
  const use = (lens: string) => change({ lens, page: EXPLORE.name, view: "grid" });
  const add = (files: readonly File[]) => incoming.add(files, lenses.map(({ id }) => id));

  return (
    <DropArea class="page" take={add}>
      <section aria-label="New lenses">
        <h2>New lens</h2>
        <FileButton
          label="Choose a lens file"
          accept=".pt,.pth,.bin,.safetensors,.npz,.json"
          several
          take={add}
        >
          or drop it here: .pt of tuned-lens or jacobian-lens, .safetensors or .npz, with its config.json if it has one.
          It is read, never run.
        </FileButton>
        {incoming.stray !== null && (
          <p class="trouble" role="alert">{incoming.stray} belongs to a lens: choose the lens file first.</p>
        )}
        {incoming.uploads.length > 0 && (
          <ul class="cards">
            {incoming.uploads.map((upload, at) => (
              <UploadCard
                key={upload}
                at={at}
                upload={upload}
                lenses={lenses}
                limits={model?.limits}
                hasKeys={service.hasKey}
                use={use}
                remove={() => incoming.remove(upload)}
              />
            ))}
          </ul>
        )}
        <h2>From the hub</h2>
        <ImportForm hub={incoming.hub} use={use} />
      </section>
      <section aria-label="Lenses of this service">
        <h2 ref={title} tabIndex={-1}>Lenses of this service</h2>
        {lenses.length === 0 && <p class="hint">Not known yet: the service has not answered.</p>}
        <ul class="cards">
          {lenses.map((lens) => (
            <LensCard
              key={lens.id}
              lens={lens}
              service={service}
              use={() => use(lens.id)}
              changed={refresh}
              gone={() => {
                refresh();
                title.current!.focus();
              }}
            />
          ))}
        </ul>
      </section>
    </DropArea>
  );
}
