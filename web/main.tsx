import { render } from "preact";
import { Explorer } from "./explorer.tsx";
import { Service } from "./service.ts";

const service = new Service(new URL(".", document.baseURI));
render(<Explorer service={service} />, document.getElementById("explorer")!);
