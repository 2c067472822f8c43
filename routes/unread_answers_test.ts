import assert from "node:assert/strict";
import { UnreadAnswers } from "./unread_answers.ts";

Deno.test("UnreadAnswers lets each read ahead a part, and all together no more than their bound", () => {
  const unread = new UnreadAnswers({ aheadOfOne: 10, aheadBytes: 15, mostBytes: 100 });
  const [a, b] = [unread.add(assert.fail), unread.add(assert.fail)];
  a.made(9);
  assert.equal(a.mayReadAhead(), true);
  a.made(1);
  assert.equal(a.mayReadAhead(), false);
  assert.equal(b.mayReadAhead(), true);
  b.made(5);
  assert.equal(b.mayReadAhead(), false);
  a.taken(8);
  assert.deepEqual([a.mayReadAhead(), b.mayReadAhead(), unread.bytes], [true, true, 7]);
  a.end();
  a.end();
  a.taken(2);
  assert.equal(unread.bytes, 5);
});

Deno.test("UnreadAnswers gives up those that moved longest ago where too much waits", () => {
  const unread = new UnreadAnswers({ mostBytes: 100 });
  const givenUp: string[] = [];
  const [a, b, c] = ["a", "b", "c"].map((name) => unread.add(() => void givenUp.push(name))) as [
    ReturnType<UnreadAnswers["add"]>,
    ReturnType<UnreadAnswers["add"]>,
    ReturnType<UnreadAnswers["add"]>,
  ];
  a.made(40);
  b.made(40);
  a.taken(10);
  c.made(50);
  assert.deepEqual([givenUp, unread.bytes], [["b"], 80]);
  c.made(1000);
  assert.deepEqual([givenUp, unread.bytes], [["b", "a"], 1050]);
});
