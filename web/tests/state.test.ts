import assert from "node:assert/strict";
import { test } from "node:test";
import { type Desk, NOBODY, reduce, secondsSince } from "../src/state.ts";
import type { Me, Person, Seat, SeatMessage } from "../src/types.ts";

const ME: Me = { operator_id: 1, username: "sita", name: "सीता", role: "operator", language: "hi", seat: 7, csrf: "t", signed_in_at: 0 };
const WORDS = { office: {}, dispositions: [], pause_reasons: [], skip_reasons: [] };
const SEAT: Seat = {
  seat: 7, state: "talking", since: 100, reason: "", draining: false, reachable: true, attempt_id: "a1", campaign_id: 1,
  held: false, consults: null, guest_of: null, asks_help: false, interrupted: "", campaigns: [1],
};
const PERSON: Person = {
  attempt_id: "a1", campaign_id: 1, campaign: "योजना", contact_id: 1, phone: "", name: "रानी", language: "hi", constituency: 62,
  booth: "", kind: "citizen", role: "", schemes: [], attributes: {}, survey: null, answers: {}, inbound: false, notes: [], result: null,
};

function message(seat: Partial<Seat>, call: Person | null, at = 110): SeatMessage {
  return { type: "seat", at, seat: { ...SEAT, ...seat }, call };
}

function signedIn(): Desk {
  return reduce(NOBODY, { type: "signed_in", me: ME, words: WORDS });
}

function heard(desk: Desk, one: SeatMessage, at = 110_000): Desk {
  return reduce(desk, { type: "heard", message: one, at });
}

test("a message is the whole state, and the line is up", () => {
  const desk = heard(signedIn(), message({}, PERSON));
  assert.equal(desk.link, "up");
  assert.equal(desk.message?.call?.name, "रानी");
});

test("a message that does not know the person yet keeps the one that is shown", () => {
  const desk = heard(heard(signedIn(), message({}, PERSON)), message({ state: "wrap_up" }, null));
  assert.equal(desk.message?.call?.name, "रानी");
});

test("the person of another call is never kept", () => {
  const desk = heard(heard(signedIn(), message({}, PERSON)), message({ attempt_id: "a2" }, null));
  assert.equal(desk.message?.call, null);
});

test("a cut line keeps what is shown and counts from the first moment", () => {
  let desk = heard(signedIn(), message({}, PERSON));
  desk = reduce(desk, { type: "line_cut", at: 5 });
  desk = reduce(desk, { type: "line_cut", at: 9 });
  assert.equal(desk.link, "lost");
  assert.equal(desk.downSince, 5);
  assert.equal(desk.message?.call?.name, "रानी");
});

test("a restart is told from a cut line", () => {
  let desk = reduce(signedIn(), { type: "heard", message: { type: "going_away" }, at: 1 });
  desk = reduce(desk, { type: "line_cut", at: 2 });
  assert.equal(desk.link, "restarting");
  assert.equal(heard(desk, message({}, null)).link, "up");
});

test("an ended sign-in leaves nothing but its reason", () => {
  const desk = reduce(heard(signedIn(), message({}, PERSON)), {
    type: "heard", message: { type: "session_ended", reason: "taken_over" }, at: 1,
  });
  assert.deepEqual(desk, { ...NOBODY, ended: "taken_over" });
});

test("a desk that was replaced does not call its closed line a fault", () => {
  let desk = reduce(heard(signedIn(), message({}, null)), { type: "heard", message: { type: "desk_replaced" }, at: 1 });
  desk = reduce(desk, { type: "line_cut", at: 2 });
  assert.equal(desk.replaced, true);
  assert.equal(desk.link, "up");
});

test("times are counted by the server's clock", () => {
  const desk = heard(signedIn(), message({ since: 100 }, null, 110), 50_000);
  assert.equal(secondsSince(desk, 100, 52_000), 12);
  assert.equal(secondsSince(desk, 900, 52_000), 0);
});
