import { render } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Explorer } from "./explorer.tsx";
import { DATA_ID } from "./export/document_page.ts";
import { SavedPage } from "./opened/saved_page.tsx";
import { Service } from "./state/service.ts";

/** Of the session's storage, which ends with the tab: a key is in no link and outlives no visit. */
const KEY = "midstream-key";

/** Another key is another service: what the one before was told is gone. */
function Page() {
  const [secret, setSecret] = useState(() => sessionStorage.getItem(KEY));
  const service = useMemo(() => new Service(new URL(".", document.baseURI), secret), [secret]);
  function keep(secret: string | null) {
    if (secret === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, secret);
    setSecret(secret);
  }
  return <Explorer key={secret} service={service} hasKey={secret !== null} keep={keep} />;
}

const saved = document.getElementById(DATA_ID);
render(saved === null ? <Page /> : <SavedPage text={saved.textContent} />, document.getElementById("explorer")!);
