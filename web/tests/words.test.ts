import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { agree, calledAgain, choose, dialog, finish } from "../src/actions.ts";
import { colleaguesNotes, colleaguesResult, drafts, followCalls, outbox } from "../src/call.ts";
import { Drafts } from "../src/drafts.ts";
import { Outbox, type Shelf } from "../src/outbox.ts";
import { desk, happen, notice } from "../src/store.ts";
import type { Me, Person, Seat, Words } from "../src/types.ts";

class Memory implements Shelf {
  readonly kept = new Map<string, string>();
  getItem(key: string): string | null { return this.kept.get(key) ?? null; }
  setItem(key: string, value: string): void { this.kept.set(key, value); }
  removeItem(key: string): void { this.kept.delete(key); }
}

const ME = { operator_id: 1, name: "मीना", seat: 1, role: "operator" } as Me;
const CALL: Person = {
  attempt_id: "a1", campaign_id: 1, campaign: "योजना", contact_id: 1, phone: "+91••••••3210", name: "सीता", language: "hi",
  constituency: null, booth: "", kind: "citizen", role: "", schemes: [], attributes: {}, survey: null, answers: {},
  inbound: false, notes: [], result: null,
};
const SEAT = {
  seat: 1, state: "talking", since: 0, reason: "", draining: false, reachable: true, attempt_id: "a1", campaign_id: 1,
  held: false, consults: null, guest_of: null, asks_help: false, interrupted: "", campaigns: [1],
} satisfies Seat;

let asked: [string, Record<string, unknown>][] = [];
let refusal: { status: number; title: string; fix: string } | null = null;
let shelf = new Memory();

globalThis.fetch = ((path: string, init?: RequestInit) => {
  if (init?.method === "POST") asked.push([path, JSON.parse(String(init.body ?? "{}")) as Record<string, unknown>]);
  const isRefused = refusal !== null && path.endsWith("/callback");
  const body = JSON.stringify(isRefused ? { code: "x", ...refusal } : { attempt_id: "a1", earlier: [] });
  const status = isRefused ? 422 : 200;
  return Promise.resolve(new Response(body, { status, headers: { "Content-Type": "application/json" } }));
}) as typeof fetch;

function stored(path: string): Record<string, unknown>[] {
  return asked.filter(([one]) => one.endsWith(path)).map(([, body]) => body);
}

/** A page of this operator with what the browser kept before. */
function page(): void {
  outbox.value = new Outbox(shelf, "box", (path, body) => { asked.push([path, body as Record<string, unknown>]); return Promise.resolve({ ok: true, value: {} }); }, () => undefined);
  drafts.value = new Drafts(shelf, "drafts");
  happen({ type: "signed_in", me: ME, words: { dispositions: [] } as unknown as Words });
}

async function told(call: Person, state: Seat["state"] = "talking"): Promise<void> {
  happen({ type: "heard", message: { type: "seat", at: 0, seat: { ...SEAT, state }, call }, at: 0 });
  await turn();
}

beforeEach(() => {
  asked = [];
  refusal = null;
  shelf = new Memory();
  dialog.value = "none";
  calledAgain.value = null;
  desk.value = { ...desk.value, message: null };
  page();
});

followCalls();

test("a callback is stored with its time, and nothing before", async () => {
  await told(CALL);
  choose("a1", "सीता", "call_back");
  assert.equal(dialog.value, "callback");
  dialog.value = "none";
  await turn();
  assert.deepEqual(asked, []);
  assert.equal(drafts.value?.of("a1").code, "");
  choose("a1", "सीता", "call_back");
  assert.equal(await agree(1_800_000_000, true), "");
  await turn();
  assert.deepEqual(stored("/callback"), [{ attempt_id: "a1", due_at: 1_800_000_000, mine: true }]);
  assert.deepEqual(stored("/disposition").map((body) => body["code"]), ["call_back"]);
  assert.equal(dialog.value, "none");
});

test("a time that is not agreed to is asked for again", async () => {
  refusal = { status: 422, title: "This time cannot be agreed.", fix: "Choose another." };
  choose("a1", "सीता", "call_back");
  assert.match(await agree(1, false), /cannot be agreed/);
  assert.equal(dialog.value, "callback");
  assert.deepEqual(stored("/disposition"), []);
});

test("every other result is stored at once", async () => {
  await told(CALL);
  choose("a1", "सीता", "informed");
  await turn();
  assert.deepEqual(stored("/disposition").map((body) => body["code"]), ["informed"]);
  assert.equal(dialog.value, "none");
});

test("another computer goes on with the words that the server has", async () => {
  await told({ ...CALL, notes: [{ operator_id: 1, name: "मीना", notes: "पानी नहीं", at: 5 }] });
  assert.equal(drafts.value?.of("a1").notes, "पानी नहीं");
});

test("what was typed here and not sent is not replaced by what the server had before", async () => {
  drafts.value?.begin("a1", "सीता");
  drafts.value?.change("a1", { notes: "पानी नहीं आता", typed: true });
  page();
  await told({ ...CALL, notes: [{ operator_id: 1, name: "मीना", notes: "पानी", at: 5 }] });
  assert.equal(drafts.value?.of("a1").notes, "पानी नहीं आता");
  await turn();
  assert.deepEqual(stored("/note").map((body) => body["notes"]), ["पानी नहीं आता"]);
});

test("a colleague's words stand beside one's own, and their result may be left as it is", async () => {
  const theirs = { operator_id: 2, name: "रानी", notes: "हैंडपंप", at: 5 };
  const call = { ...CALL, notes: [theirs], result: { operator_id: 2, name: "रानी", code: "informed", at: 6 } };
  await told(call, "wrap_up");
  assert.deepEqual(colleaguesNotes(call), [theirs]);
  assert.equal(colleaguesResult(call)?.code, "informed");
  assert.equal(drafts.value?.of("a1").notes, "");
  await finish();
  assert.equal(notice.value, null);
  assert.equal(stored("/wrap-up-done").length, 1);
  assert.deepEqual(stored("/disposition"), []);
});
