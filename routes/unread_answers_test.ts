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

Deno.test("UnreadAnswers makes room for reading ahead by those that have taken nothing for a while", () => {
  let now = 0;
  const unread = new UnreadAnswers({ aheadBytes: 100, patienceMs: 10, now: () => now });
  const givenUp: string[] = [];
  const [slow, slower, fresh] = ["slow", "slower", "fresh"].map((name) => unread.add(() => void givenUp.push(name)));
  slow!.made(60);
  slower!.made(60);
  fresh!.made(1);
  now = 9;
  slow!.taken(1);
  assert.deepEqual([fresh!.mayReadAhead(), givenUp], [false, []]);
  now = 10;
  assert.deepEqual([fresh!.mayReadAhead(), givenUp, unread.bytes], [true, ["slower"], 60]);
});
