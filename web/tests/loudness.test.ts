import assert from "node:assert/strict";
import { test } from "node:test";
import { loudestPart, pointer, QUIET } from "../src/phone/loudness.ts";

const sound = (samples: number, at: number, length: number): Float32Array =>
  new Float32Array(samples).map((_, n) => (n >= at && n < at + length ? 0.5 : 0));

test("silence is quiet, and not less than that", () => {
  assert.equal(loudestPart(new Float32Array(8192)), QUIET);
});

test("a click between two looks counts as loud as it is, wherever it falls", () => {
  const [early, late] = [loudestPart(sound(8192, 0, 2048)), loudestPart(sound(8192, 6144, 2048))];
  assert.equal(early, late);
  assert.ok(Math.abs(early - 20 * Math.log10(0.5)) < 0.01);
});

test("a pointer rises at once and falls slowly", () => {
  assert.equal(pointer(QUIET, -20, 0.1), -20);
  assert.equal(pointer(-20, QUIET, 0.1), -22);
  assert.equal(pointer(QUIET + 1, QUIET, 0.1), QUIET);
});
