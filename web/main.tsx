import { render } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Explorer } from "./explorer.tsx";
import { DATA_ID } from "./export/document_page.ts";
import { SavedPage } from "./opened/saved_page.tsx";
import { KeptKey } from "./state/kept_key.ts";
import { Service } from "./state/service.ts";

/** Another key is another service: what the one before was told is gone. */
function Page() {
  const [kept] = useState(() => new KeptKey(() => sessionStorage));
  const [secret, setSecret] = useState(kept.secret);
  const service = useMemo(() => new Service(new URL(".", document.baseURI), secret), [secret]);
  function keep(secret: string | null) {
    kept.keep(secret);
    setSecret(secret);
  }
  return <Explorer key={secret} service={service} hasKey={secret !== null} keep={keep} />;
}

const saved = document.getElementById(DATA_ID);
render(saved === null ? <Page /> : <SavedPage text={saved.textContent} />, document.getElementById("explorer")!);
