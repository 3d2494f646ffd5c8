import assert from "node:assert/strict";
import { test } from "node:test";
import { nearness, offered, officeTime } from "../src/callbacks.ts";

const clock = (at: number): string =>
  new Date(at * 1000).toLocaleString("en-GB", { timeZone: "Asia/Kolkata", day: "numeric", hour: "numeric", minute: "2-digit" });

test("in the morning this evening is offered too", () => {
  const times = offered(Date.parse("2026-11-24T10:02:00+05:30"));
  assert.deepEqual(times.map(clock), ["24, 11:05", "24, 13:05", "24, 18:00", "25, 11:00", "25, 17:00"]);
});

test("in the evening only the next hours and tomorrow are", () => {
  const times = offered(Date.parse("2026-11-24T17:00:00+05:30"));
  assert.deepEqual(times.map(clock), ["24, 18:00", "24, 20:00", "25, 11:00", "25, 17:00"]);
});

test("late in the evening only tomorrow is offered", () => {
  const times = offered(Date.parse("2026-11-24T20:15:00+05:30"));
  assert.deepEqual(times.map(clock), ["25, 11:00", "25, 17:00"]);
});

test("a time that is typed is the office's", () => {
  assert.equal(officeTime("2026-11-24T11:00"), Date.parse("2026-11-24T05:30:00Z") / 1000);
});

test("an agreed time comes nearer", () => {
  const due = officeTime("2026-11-24T11:00");
  const found = [-601, -600, -1, 0, 3600].map((seconds) => nearness(due, due + seconds));
  assert.deepEqual(found, ["later", "soon", "soon", "due", "due"]);
});
