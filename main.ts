import { createLog } from "./log/create_log.ts";
import { checkService, type Service, startService } from "./service.ts";
import { parseSettings, SettingsError } from "./settings/parse.ts";
import type { Settings } from "./settings/table.ts";

/** Exit codes. */
const STOPPED = 0;
const FAILED_CHECK = 1;
const FAILED_START = 1;
const SECOND_CTRL_C = 130;

if (import.meta.main) await main();

async function main(): Promise<void> {
  const settings = readSettings();
  const log = createLog(settings);
  if (settings.selfCheck) return await check(settings, log);
  let service: Service;
  try {
    service = await startService(settings, log);
  } catch (error) {
    return failedStart(settings, error);
  }
  stopOnSignals(service, log);
  log.info("listening on {url}; loading the model", { url: service.url });
  try {
    const model = await service.ready;
    log.info("ready: {model} in {precision} at {url}", {
      model: model.id,
      precision: model.precision,
      url: service.url,
    });
  } catch (error) {
    failedStart(settings, error);
  }
}

/** Prints the table of the self-check and ends. */
async function check(settings: Settings, log: ReturnType<typeof createLog>): Promise<never> {
  try {
    const { passed, text } = await checkService(settings, log);
    console.log(text);
    Deno.exit(passed ? STOPPED : FAILED_CHECK);
  } catch (error) {
    return failedStart(settings, error);
  }
}

function readSettings(): Settings {
  try {
    const settings = parseSettings(Deno.args, Deno.env.toObject());
    if (!("help" in settings)) return settings;
    console.log(settings.help);
    Deno.exit(STOPPED);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    Deno.exit(FAILED_START);
  }
}

/** One clear line; the stack only for those who ask for it. */
function failedStart(settings: Settings, error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`midstream could not start: ${message}`);
  if (settings.logLevel === "debug" && error instanceof Error) console.error(error.stack);
  Deno.exit(FAILED_START);
}

/** The first SIGTERM or Ctrl-C drains, the second Ctrl-C ends at once. */
function stopOnSignals(service: Service, log: ReturnType<typeof createLog>): void {
  let stopping = false;
  const stop = (signal: Deno.Signal) => async () => {
    if (stopping) {
      if (signal === "SIGINT") Deno.exit(SECOND_CTRL_C);
      return;
    }
    stopping = true;
    log.info("{signal}: finishing what runs, taking nothing new", { signal });
    await service.drain();
    log.info("stopped");
    Deno.exit(STOPPED);
  };
  Deno.addSignalListener("SIGINT", stop("SIGINT"));
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop("SIGTERM"));
}
