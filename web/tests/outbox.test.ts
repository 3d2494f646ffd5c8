import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Outcome } from "../src/api.ts";
import { Drafts, KEPT_MS } from "../src/drafts.ts";
import { type Entry, Outbox, type Shelf } from "../src/outbox.ts";
import type { ProblemDocument } from "../src/types.ts";

class Memory implements Shelf {
  readonly kept = new Map<string, string>();
  getItem(key: string): string | null { return this.kept.get(key) ?? null; }
  setItem(key: string, value: string): void { this.kept.set(key, value); }
  removeItem(key: string): void { this.kept.delete(key); }
}

const problem = (status: number, code = "x"): Outcome<unknown> => ({
  ok: false,
  problem: { title: code, status, code, detail: "", fix: "", fields: [] },
});
const FINE: Outcome<unknown> = { ok: true, value: {} };
const entry = (key: string, value = ""): Entry => ({ key, path: "/p", body: { value } });

function server(...replies: Outcome<unknown>[]) {
  const sent: unknown[] = [];
  const refused: ProblemDocument[] = [];
  const shelf = new Memory();
  const make = (): Outbox =>
    new Outbox(
      shelf,
      "box",
      (_path, body) => { sent.push(body); return Promise.resolve(replies.shift() ?? FINE); },
      (_entry, why) => refused.push(why),
    );
  return { sent, refused, shelf, make };
}

test("what is put in is sent at once and leaves nothing behind", async () => {
  const { sent, shelf, make } = server();
  const box = make();
  box.put(entry("a", "1"));
  await turn();
  assert.deepEqual(sent, [{ value: "1" }]);
  assert.equal(shelf.kept.size, 0);
});

test("what nobody answered outlives the page and is sent by the next one", async () => {
  const { sent, make } = server({ ok: false, problem: null });
  const first = make();
  first.put(entry("a", "1"));
  await turn();
  first.stop();
  const second = make();
  assert.equal(second.waiting.value.length, 1);
  second.hurry();
  await turn();
  assert.deepEqual(sent, [{ value: "1" }, { value: "1" }]);
  assert.equal(second.waiting.value.length, 0);
});

test("a newer word about the same thing replaces the older one that waits", async () => {
  const { sent, make } = server({ ok: false, problem: null });
  const box = make();
  box.put(entry("a", "1"));
  await turn();
  box.put(entry("a", "2"));
  await turn();
  assert.deepEqual(sent.at(-1), { value: "2" });
  assert.equal(box.waiting.value.length, 0);
});

test("a word that was replaced while it was on its way is sent in its newer form too", async () => {
  let release: (outcome: Outcome<unknown>) => void = () => undefined;
  const sent: unknown[] = [];
  const box = new Outbox(
    new Memory(), "box",
    (_path, body) => { sent.push(body); return sent.length === 1 ? new Promise((resolve) => { release = resolve; }) : Promise.resolve(FINE); },
    () => undefined,
  );
  box.put(entry("a", "1"));
  box.put(entry("a", "2"));
  release(FINE);
  await turn();
  assert.deepEqual(sent, [{ value: "1" }, { value: "2" }]);
});

for (const passing of [problem(503, "store_busy"), problem(500), problem(401), problem(403, "csrf"), problem(429)]) {
  test(`a refusal that passes keeps the word: ${JSON.stringify(passing).slice(0, 60)}`, async () => {
    const { make, refused } = server(passing);
    const box = make();
    box.put(entry("a"));
    await turn();
    box.stop();
    assert.equal(box.waiting.value.length, 1);
    assert.equal(refused.length, 0);
  });
}

test("a refusal for good is shown, and the words behind it go on", async () => {
  const { make, refused, sent } = server(problem(422, "answer_not_offered"));
  const box = make();
  box.put(entry("a", "1"));
  box.put(entry("b", "2"));
  await turn();
  assert.equal(refused[0]?.code, "answer_not_offered");
  assert.deepEqual(sent, [{ value: "1" }, { value: "2" }]);
});

test("a spoilt shelf is an empty one", () => {
  const { shelf, make } = server();
  shelf.setItem("box", "{no json");
  assert.deepEqual(make().waiting.value, []);
});

test("calls without a result are remembered for as long as the server takes one", () => {
  let now = 0;
  const shelf = new Memory();
  const drafts = new Drafts(shelf, "drafts", () => now);
  drafts.begin("a1", "सीता");
  drafts.change("a1", { notes: "call her son" });
  now = 1000;
  drafts.begin("a2", "रानी");
  assert.deepEqual(drafts.unfinished("a2").map(([id]) => id), ["a1"]);
  const again = new Drafts(shelf, "drafts", () => now);
  assert.equal(again.of("a1").notes, "call her son");
  again.change("a1", { code: "informed" });
  assert.deepEqual(again.unfinished(null).map(([id]) => id), ["a2"]);
  now = KEPT_MS + 2000;
  assert.deepEqual(new Drafts(shelf, "drafts", () => now).unfinished(null), []);
});
