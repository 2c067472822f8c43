export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Sums a JUnit report as `deno test --junit-path` writes it; a step counts as a test, a skipped one as "disabled". */
export function testCounts(report: string): TestCounts {
  let passed = 0, failed = 0, skipped = 0;
  for (const [, attributes = ""] of report.matchAll(/<testsuite\s([^>]*)>/g)) {
    const count = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1] ?? 0);
    const bad = count("failures") + count("errors");
    failed += bad;
    skipped += count("disabled");
    passed += count("tests") - bad - count("disabled");
  }
  return { passed, failed, skipped };
}
