/** A client that labs generate: its folder in clients/ has the options, and a program that uses it. */
export interface Client {
  readonly name: string;
  readonly language: "typescript" | "python" | "java";
  /** Which of the frozen documents the generator reads. */
  readonly document: "openapi.json" | "openapi-3.0.json";
  readonly generator: Generator;
  /** What the generator says that no document could mend, with the reason. */
  readonly known: readonly { readonly says: RegExp; readonly because: string }[];
}

/** How the generator is started, in the client's folder beside the document, and what of its output is a warning. */
export interface Generator {
  /** The package that has its version. */
  readonly package: string;
  readonly kind: "npm" | "jar" | "python";
  readonly arguments: readonly string[];
  readonly warning: RegExp;
}

const OF_NPM = {
  kind: "npm",
  arguments: ["task", "--quiet", "generate"],
  warning: /^.*(?:warn|error|⚠).*$/gim,
} as const;

const OF_JAR = {
  package: "openapi-generator-cli",
  kind: "jar",
  arguments: ["generate", "-c", "config.json", "-i", "openapi.json", "-o", "generated"],
  warning: /^(?:\[main\] (?:WARN|ERROR)|Exception|\s*-attribute).*$/gm,
} as const;

const NAMELESS = {
  says: /ModelUtils - Failed to get the schema name: null/,
  because: "the generator asks for the name of a nameless schema, such as any additionalProperties; nothing is missing",
};

export const CLIENTS: readonly Client[] = [
  {
    name: "openapi-typescript",
    language: "typescript",
    document: "openapi.json",
    generator: { package: "openapi-typescript", ...OF_NPM },
    known: [],
  },
  {
    name: "hey-api",
    language: "typescript",
    document: "openapi.json",
    generator: { package: "@hey-api/openapi-ts", ...OF_NPM },
    known: [],
  },
  {
    name: "openapi-python-client",
    language: "python",
    document: "openapi.json",
    generator: {
      package: "openapi-python-client",
      kind: "python",
      arguments: [
        "generate",
        "--path=openapi.json",
        "--config=config.yaml",
        "--meta=none",
        "--output-path=generated/midstream_client",
      ],
      warning: /^(?:(?:WARNING|ERROR) .*\n+.*|Skipping.*)$/gm,
    },
    known: [{
      says: /^WARNING parsing \w+ \S+ within .*\s+Cannot parse response.*application\/x-ndjson/,
      because:
        "it knows no streams: their operations have no answer, their frames have classes, and client.py reads them",
    }, {
      says: /^WARNING parsing POST \/jobs within jobs\.\s+Unsupported content type application\/x-ndjson/,
      because:
        "it writes no lines: its operation takes a job as JSON, and a file of lines can go through its httpx client",
    }],
  },
  {
    name: "openapi-generator-python",
    language: "python",
    document: "openapi-3.0.json",
    generator: OF_JAR,
    known: [NAMELESS, {
      says: /AbstractPythonCodegen - Failed to lookup model in createImportMapOfSet str/,
      because: "the generator looks for a class of `str`, a branch of a union; there is nothing to import",
    }],
  },
  {
    name: "openapi-generator-typescript-fetch",
    language: "typescript",
    document: "openapi-3.0.json",
    generator: OF_JAR,
    known: [NAMELESS],
  },
  {
    name: "openapi-generator-java",
    language: "java",
    document: "openapi-3.0.json",
    generator: OF_JAR,
    known: [NAMELESS, {
      says: /AbstractJavaCodegen - Ignoring complex example on request body/,
      because: "it would write examples into comments, and can only of texts",
    }],
  },
];
