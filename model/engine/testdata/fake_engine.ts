import { runEngine } from "../run_engine.ts";
import { createFakeExecutor } from "./fake_executor.ts";

await runEngine(createFakeExecutor);
