/** What to do next with an answer (OpenAPI's links): for people a hint, for a stateful fuzzer the way to walk. */
interface Link {
  readonly operationId: string;
  readonly description: string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** A value in which texts that begin with `$` are expressions on the answer or its request. */
  // deno-lint-ignore no-explicit-any -- as the registry's own type has it
  readonly requestBody?: any;
}

type Links = Readonly<Record<string, Link>>;

/** What can be done with a lens whose id an expression gives. */
function ofLens(id: string) {
  const parameters = { lens_id: id };
  return {
    describe: { operationId: "getLens", description: "Describe the lens.", parameters },
    download: { operationId: "getLensWeights", description: "Download the lens.", parameters },
    note: {
      operationId: "updateLens",
      description: "Change what is said about the lens.",
      parameters,
      requestBody: { note: "step 250" },
    },
    remove: { operationId: "deleteLens", description: "Delete the lens.", parameters },
    probe: {
      operationId: "createProbe",
      description: "Read a prompt through the lens.",
      requestBody: { prompt: "Once upon a time", lenses: [id], layers: [-2] },
    },
    compare: {
      operationId: "streamProbe",
      description: "Compare the logit lens with the lens.",
      requestBody: { prompt: "Once upon a time", against: id, layers: [-2] },
    },
    batch: {
      operationId: "createProbeBatch",
      description: "Read several prompts through the lens.",
      requestBody: { prompts: ["Once upon a time", "One day"], lenses: [id], layers: [-2] },
    },
  } satisfies Links;
}

/** Of an answer that is a LensInfo. */
export const LENS_LINKS: Links = ofLens("$response.body#/id");

const { describe, download, probe } = ofLens("$response.body#/lenses/1/id");

/** Of a list of lenses: the first that is not built in, which may be one that cannot be changed. */
export const LENS_LIST_LINKS: Links = { describe, download, probe };

/** Of a lens that is gone: looking again is a 404. */
export const DELETED_LENS_LINKS: Links = {
  describe: {
    operationId: "getLens",
    description: "There is no such lens any more: 404.",
    parameters: { lens_id: "$request.path.lens_id" },
  },
};

/** Of token ids. */
export const TOKEN_LINKS: Links = {
  text: {
    operationId: "detokenizeIds",
    description: "Put the ids back into text.",
    requestBody: { ids: "$response.body#/ids" },
  },
  probe: {
    operationId: "createProbe",
    description: "Decode these very tokens.",
    requestBody: { prompt: "$response.body#/ids", layers: [-1] },
  },
  states: {
    operationId: "createActivations",
    description: "Get the residual states of these very tokens.",
    requestBody: { prompt: "$response.body#/ids", layers: [-1] },
  },
};

/** Of token ids as text. */
export const TEXT_LINKS: Links = {
  tokens: {
    operationId: "tokenizePrompt",
    description: "Split the text into tokens again.",
    requestBody: { prompt: "$response.body#/text", add_special_tokens: false },
  },
};

/** Of tokens that were looked up: the first. */
export const VOCABULARY_LINKS: Links = {
  track: {
    operationId: "createProbe",
    description: "Follow the first token through the depth.",
    requestBody: { prompt: "Once upon a time", layers: [-1], track_ids: ["$response.body#/tokens/0/id"] },
  },
  text: {
    operationId: "detokenizeIds",
    description: "The first token as text.",
    requestBody: { ids: ["$response.body#/tokens/0/id"] },
  },
};

/** Of a probe. */
export const PROBE_LINKS: Links = {
  next: {
    operationId: "detokenizeIds",
    description: "The likeliest next token as text.",
    requestBody: { ids: ["$response.body#/output/0/top/0/id"] },
  },
  lens: {
    operationId: "getLens",
    description: "Describe the first lens that was read through.",
    parameters: { lens_id: "$response.body#/lenses/0/id" },
  },
  stream: {
    operationId: "streamProbe",
    description: "The same as a stream.",
    requestBody: "$request.body",
  },
  states: {
    operationId: "createActivations",
    description: "The residual states of the same prompt.",
    requestBody: { prompt: "$request.body#/prompt", layers: [-1] },
  },
};

/** Of a batch. */
export const BATCH_LINKS: Links = {
  stream: {
    operationId: "streamProbeBatch",
    description: "The same as a stream.",
    requestBody: "$request.body",
  },
};

/** What can be done with a job whose id an expression gives. */
function ofJob(id: string) {
  const parameters = { job_id: id };
  return {
    describe: { operationId: "getJob", description: "How far the job is.", parameters },
    follow: { operationId: "streamJobEvents", description: "Follow the job until it has ended.", parameters },
    results: { operationId: "getJobResult", description: "What is done so far.", parameters },
    share: {
      operationId: "updateJob",
      description: "Let others see the job.",
      parameters,
      requestBody: { shared: true },
    },
    remove: { operationId: "deleteJob", description: "Cancel the job, or remove it when it has ended.", parameters },
  } satisfies Links;
}

/** Of an answer that is a Job. */
export const JOB_LINKS: Links = ofJob("$response.body#/id");

const { describe: first, results: resultsOfFirst } = ofJob("$response.body#/jobs/0/id");

/** Of a list of jobs: the newest. */
export const JOB_LIST_LINKS: Links = { describe: first, results: resultsOfFirst };

const { results: resultsOfCancelled, remove: removeCancelled } = ofJob("$response.body#/id");

/** Of a job that was cancelled. */
export const CANCELLED_JOB_LINKS: Links = { results: resultsOfCancelled, remove: removeCancelled };

/** Of a job that is gone: looking again is a 404. */
export const DELETED_JOB_LINKS: Links = {
  describe: {
    operationId: "getJob",
    description: "There is no such job any more: 404.",
    parameters: { job_id: "$request.path.job_id" },
  },
};
