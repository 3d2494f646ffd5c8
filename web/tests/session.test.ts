import assert from "node:assert/strict";
import { test } from "node:test";
import type { Me } from "../src/types.ts";

const ME: Me = { operator_id: 1, username: "sita", name: "सीता", role: "operator", language: "hi", seat: 7, csrf: "t", signed_in_at: 0 };
const WORDS = { office: {}, dispositions: [], pause_reasons: [], skip_reasons: [] };

test("who is refused to sign out stays, and is told why and what to do", async () => {
  Object.assign(globalThis, { localStorage: { getItem: () => null } });
  const { signOut } = await import("../src/session.ts");
  const { desk, happen, notice } = await import("../src/store.ts");
  happen({ type: "signed_in", me: ME, words: WORDS });
  const refusal = { title: "A person is on your line.", status: 409, code: "person_on_the_line", detail: "", fix: "Hang up first.", fields: [] };
  globalThis.fetch = () => Promise.resolve(Response.json(refusal, { status: 409 }));
  await signOut();
  assert.deepEqual(notice.value, { text: "A person is on your line. Hang up first.", isFault: true });
  assert.equal(desk.value.me?.seat, 7);
  globalThis.fetch = () => Promise.resolve(Response.json({ at: 1 }));
  await signOut();
  assert.equal(desk.value.me, null);
});
