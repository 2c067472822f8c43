import { createExecutor } from "./executor.ts";
import { runEngine } from "./run_engine.ts";

await runEngine(createExecutor);
